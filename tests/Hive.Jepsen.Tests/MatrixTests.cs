using Hive.Jepsen.Checkers;
using Hive.Jepsen.Members;
using Hive.Jepsen.Nemeses;
using Hive.Jepsen.Runs;
using Hive.Jepsen.Workloads;
using Xunit;

namespace Hive.Jepsen.Tests;

public sealed class MatrixTests : IDisposable
{
    private readonly string _store = Directory.CreateTempSubdirectory("hive-jepsen-store-").FullName;
    private readonly List<RunOptions> _run = [];

    private RunOptions Options => new() { Hive = "hive", Store = _store, Time = TimeSpan.FromSeconds(20) };

    public void Dispose() => Directory.Delete(_store, recursive: true);

    private Task<RunResult> Ran(RunOptions options, Verdict verdict)
    {
        _run.Add(options);
        return Task.FromResult(new RunResult(options, _store, "", [], [], [], verdict, TimeSpan.FromSeconds(1), null));
    }

    private static bool NeedsDrones(string nemesis) => NemesisCatalog.Needs([nemesis]).HasFlag(MemberNeeds.Drones);

    [Fact]
    public void Every_workload_meets_every_single_fault_of_queens_and_ten_composed_runs_follow()
    {
        RunOptions[] cells = [.. Matrix.Cells("long", Options)];
        foreach (string workload in WorkloadCatalog.Names)
        {
            foreach (string nemesis in NemesisCatalog.Names.Where(n => n != NemesisCatalog.None && !NeedsDrones(n)))
            {
                Assert.Single(cells, c => (c.Workload, c.Nemesis, c.Members) == (workload, nemesis, 3) && c.Time == Options.Time);
            }
        }
        foreach (string nemesis in NemesisCatalog.Names.Where(n => n != NemesisCatalog.None && NeedsDrones(n))) Assert.Single(cells, c => (c.Workload, c.Nemesis, c.Members) == ("deployments", nemesis, 3));
        Assert.Equal(10, cells.Count(c => c.Members == 5 && c.Nemeses.Count > 1 && c.Time == 5 * Options.Time));
    }

    [Fact]
    public async Task A_matrix_that_was_stopped_goes_on_where_it_was()
    {
        using var stop = new CancellationTokenSource();
        var valid = new Verdict("checker", [], "");
        await Assert.ThrowsAsync<OperationCanceledException>(() => Matrix.ExecuteAsync("short", Options, TextWriter.Null, options =>
        {
            if (_run.Count == 2) stop.Cancel();
            return Ran(options, valid);
        }, stop.Token));
        Assert.Equal(3, _run.Count);
        await Matrix.ExecuteAsync("short", Options, TextWriter.Null, options => Ran(options, valid), CancellationToken.None);
        Assert.Equal(WorkloadCatalog.Names, _run.Select(r => r.Workload));
    }

    [Fact]
    public async Task One_anomaly_fails_the_matrix_and_is_told_at_its_end_with_runs_that_could_not_be_finished()
    {
        using var told = new StringWriter();
        int code = await Matrix.ExecuteAsync("short", Options, told, options => options.Workload switch
        {
            "set" => Ran(options, new Verdict("checker", [new Anomaly("lost", "an element")], "")),
            "cas" => throw new TimeoutException("it never served"),
            _ => Ran(options, new Verdict("checker", [], "")),
        }, CancellationToken.None);
        Assert.Equal(1, code);
        Assert.Contains("set under kill,pause,partition on 3, seed 1: ANOMALY", told.ToString(), StringComparison.Ordinal);
        Assert.Contains("it never served", told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_of_the_ledger_reads_back_as_it_was_written()
    {
        var line = new LedgerLine("set", "kill+slow", 5, 100.5, 7, 1234, 5, 6, 1.25, -1, "ANOMALY", "lost; crash");
        Assert.Equal(line, LedgerLine.Read(line.Write()));
        Assert.Throws<FormatException>(() => LedgerLine.Read("set\tkill"));
    }
}
