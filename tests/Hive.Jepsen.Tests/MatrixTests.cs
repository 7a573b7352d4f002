using Hive.Jepsen.Checkers;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Members;
using Hive.Jepsen.Nemeses;
using Hive.Jepsen.Runs;
using Hive.Jepsen.Workloads;
using Xunit;

namespace Hive.Jepsen.Tests;

public sealed class MatrixTests : IDisposable
{
    private const string Build = "abc";
    private static readonly Verdict Valid = new("checker", [], "");
    private static readonly LedgerLine Line = new("set", "kill", 3, 3600, 1, 100, 10, 2, 1, 1.5, 0.5, "valid", Build, "");

    private readonly string _store = Directory.CreateTempSubdirectory("hive-jepsen-store-").FullName;
    private readonly List<RunOptions> _run = [];

    private RunOptions Options => new() { Hive = "hive", Store = _store, Ledger = Path.Combine(_store, "runs.tsv"), Time = TimeSpan.FromSeconds(20) };

    public void Dispose() => Directory.Delete(_store, recursive: true);

    private Task<RunResult> Ran(RunOptions options, Verdict verdict)
    {
        _run.Add(options);
        return Task.FromResult(new RunResult(options, _store, "", [new Operation(0, 0, "k", new Hive.Jepsen.Histories.Action.Write(1), Outcome.Ok, 0, 1)], [], [], verdict, TimeSpan.FromSeconds(1), []));
    }

    private static bool NeedsDrones(string nemesis) => NemesisCatalog.Needs([nemesis]).HasFlag(MemberNeeds.Drones);

    [Fact]
    public void Every_workload_meets_every_single_fault_that_it_can_suffer_on_three_members()
    {
        RunOptions[] cells = [.. Matrix.Cells("long", Options)];
        foreach (string workload in WorkloadCatalog.Names)
        {
            string[] kinds = [.. NemesisCatalog.Names.Where(n => n != NemesisCatalog.None && (workload == "deployments" || !NeedsDrones(n)))];
            Assert.Equal(kinds.Order(), cells.Where(c => c.Workload == workload).Select(c => c.Nemesis).Order());
        }
        Assert.All(cells, c => Assert.True(c.Members == 3 && c.Time == Options.Time));
    }

    [Fact]
    public void The_first_rounds_of_a_long_matrix_hold_every_workload_and_every_fault_of_queens()
    {
        RunOptions[] first = [.. Matrix.Cells("long", Options).Take(2 * WorkloadCatalog.Names.Count)];
        Assert.Equal(WorkloadCatalog.Names.Order(), first.Select(c => c.Workload).Distinct().Order());
        Assert.Empty(NemesisCatalog.Names.Where(n => n != NemesisCatalog.None && !NeedsDrones(n)).Except(first.SelectMany(c => c.Nemeses).SelectMany(track => track)));
    }

    [Fact]
    public void Ten_composed_runs_and_one_of_engines_are_on_five_members()
    {
        RunOptions[] cells = [.. Matrix.Cells("composed", Options)];
        Assert.Equal(11, cells.Length);
        Assert.Equal(WorkloadCatalog.Names.Order(), cells.Select(c => c.Workload).Distinct().Order());
        Assert.All(cells, c => Assert.True(c.Members == 5 && c.Nemeses.Count > 1 && c.Time == Options.Time));
    }

    [Fact]
    public void Compositions_hold_every_kind_and_take_state_in_one_track_alone()
    {
        for (int seed = 1; seed < 100; seed++)
        {
            (string Workload, string Nemesis)[] dealt = [.. ComposedFaults.Deal(10, seed)];
            string[][][] tracks = [.. dealt.Select(d => RunOptions.Tracks(d.Nemesis).Select(t => t.ToArray()).ToArray())];
            Assert.Empty(NemesisCatalog.Names.Where(n => n != NemesisCatalog.None).Except(tracks.SelectMany(t => t).SelectMany(t => t)));
            Assert.All(tracks, run => Assert.True(run.Count(track => track.Any(kind => NemesisCatalog.Create(kind).TakesState)) <= 1));
            foreach ((string workload, string[][] run) in dealt.Zip(tracks, (d, t) => (d.Workload, t)))
            {
                string[] kinds = [.. run.SelectMany(t => t)];
                Assert.Equal(kinds.Distinct(), kinds);
                Assert.True(workload == "deployments" || !kinds.Any(NeedsDrones));
                Assert.False(kinds.Contains("engine-kill") && kinds.Any(k => k.StartsWith("drone-", StringComparison.Ordinal)));
            }
        }
    }

    [Fact]
    public async Task Parts_of_a_matrix_make_the_whole()
    {
        foreach (string part in (string[])["1/3", "2/3", "3/3"])
        {
            RunOptions options = Options with { Part = RunOptions.Parse(["--part", part, "--hive", "/bin/sh"]).Part };
            await Matrix.ExecuteAsync("short", options, Build, TextWriter.Null, one => Ran(one, Valid), CancellationToken.None);
        }
        Assert.Equal(WorkloadCatalog.Names.Order(), _run.Select(r => r.Workload).Order());
    }

    [Fact]
    public async Task A_matrix_that_was_stopped_goes_on_where_it_was()
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAsync<OperationCanceledException>(() => Matrix.ExecuteAsync("short", Options, Build, TextWriter.Null, options =>
        {
            if (_run.Count == 2) stop.Cancel();
            return Ran(options, Valid);
        }, stop.Token));
        Assert.Equal(3, _run.Count);
        await Matrix.ExecuteAsync("short", Options, Build, TextWriter.Null, options => Ran(options, Valid), CancellationToken.None);
        Assert.Equal(WorkloadCatalog.Names, _run.Select(r => r.Workload));
    }

    [Fact]
    public async Task One_anomaly_fails_the_matrix_and_is_told_at_its_end_with_runs_that_could_not_be_finished()
    {
        using var told = new StringWriter();
        int code = await Matrix.ExecuteAsync("short", Options, Build, told, options => options.Workload switch
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
        var line = new LedgerLine("set", "kill+slow", 5, 100.5, 7, 100, 1234, 5, 6, 1.25, -1, "ANOMALY", "abcdef123456", "lost; crash");
        Assert.Equal(line, LedgerLine.Read(line.Write()));
        Assert.Throws<FormatException>(() => LedgerLine.Read("set\tkill"));
    }

    [Theory]
    [InlineData("", "too much to check")]
    [InlineData("lost", "")]
    public async Task What_is_not_valid_is_run_again_and_its_newest_run_decides(string anomaly, string inconclusive)
    {
        Anomaly[] anomalies = anomaly.Length > 0 ? [new Anomaly(anomaly, "an element")] : [];
        Task<int> All(Verdict verdictOfSet) => Matrix.ExecuteAsync("short", Options, Build, TextWriter.Null, options => Ran(options, options.Workload == "set" ? verdictOfSet : Valid), CancellationToken.None);
        Assert.NotEqual(0, await All(new Verdict("checker", [.. anomalies], inconclusive)));
        _run.Clear();
        Assert.Equal(0, await All(Valid));
        Assert.Equal(["set"], _run.Select(r => r.Workload));
        _run.Clear();
        Assert.Equal(0, await All(Valid));
        Assert.Empty(_run);
    }

    [Fact]
    public async Task A_run_that_breaks_does_not_end_the_matrix()
    {
        Assert.Equal(3, await Matrix.ExecuteAsync("short", Options, Build, TextWriter.Null, options => options.Workload == "cas" ? throw new IOException("device busy") : Ran(options, Valid), CancellationToken.None));
        Assert.Equal(WorkloadCatalog.Names.Count - 1, _run.Count);
    }

    [Fact]
    public async Task Lines_that_are_added_at_the_same_time_all_stand_in_the_ledger()
    {
        const int Writers = 8, LinesOfEach = 25;
        string path = Path.Combine(_store, "runs.tsv");
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            Ledger ledger = await Ledger.OpenAsync(path);
            for (int i = 0; i < LinesOfEach; i++) await ledger.AddAsync(Line with { Seed = writer * LinesOfEach + i });
        })));
        Assert.Equal(Enumerable.Range(0, Writers * LinesOfEach), File.ReadLines(path).Skip(1).Select(l => LedgerLine.Read(l).Seed).Order());
    }

    [Theory]
    [InlineData("0.1.0+d6d5d3506be09ee25324ee4134a9da39a7bbd9a4\n", "d6d5d3506be0")]
    [InlineData("0.1.0\n", "0.1.0")]
    public void A_binary_is_known_by_its_commit(string says, string name) => Assert.Equal(name, BuildUnderTest.Name(says));

    [Fact]
    public async Task The_table_sums_up_each_workload_and_leaves_out_what_was_not_judged()
    {
        string path = Path.Combine(_store, "runs.tsv");
        Ledger ledger = await Ledger.OpenAsync(path);
        foreach (LedgerLine one in (LedgerLine[])[Line, Line with { Nemesis = "pause", Stall = 2.25 }, Line with { Word = "unfinished", Stall = 99 }]) await ledger.AddAsync(one);

        string table = (await Ledger.OpenAsync(path)).Table();

        Assert.Contains("| set | 2 | 2.00 | 20 | 4 | 2 | 2.25 s | 0.50 s | 0 |", table, StringComparison.Ordinal);
        Assert.Contains("| all | 2 |", table, StringComparison.Ordinal);
    }
}
