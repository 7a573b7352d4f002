using System.Globalization;
using Hive.Jepsen.Members;
using Hive.Jepsen.Nemeses;
using Hive.Jepsen.Workloads;

namespace Hive.Jepsen.Runs;

/// <summary>
/// Many runs, one after the other: every workload under every single kind of fault on three members (faults of drones where there are drones), then composed faults on five, five times as long each.
/// What was run stands in a ledger; a matrix that is begun again goes on where it was stopped.
/// </summary>
public static class Matrix
{
    /// <summary>How much of the matrix: all of it, or each workload once under a few kinds that take turns.</summary>
    public static IReadOnlyList<string> Sizes { get; } = ["short", "long"];

    private const int ComposedFactor = 5;
    private const string ShortFaults = "kill,pause,partition";

    /// <summary>Tracks of faults that run at the same time, for five members.</summary>
    private static readonly string[] Composed =
    [
        "kill+partition", "pause+loss", "clock-strobe+partition-one-way", "kill,pause+slow", "transfer+partition-ring", "rolling-restart+clock-jump",
        "corrupt+transfer", "disk-full+pause", "kill-all+clock-jump", "partition+kill,pause+clock-strobe",
    ];

    /// <summary>The runs of a matrix in their order.</summary>
    public static IEnumerable<RunOptions> Cells(string size, RunOptions of)
    {
        RunOptions Cell(string workload, string nemesis, int members, TimeSpan time) =>
            of with { Workload = workload, Nemeses = RunOptions.Tracks(nemesis), Members = members, Time = time };
        if (size == "short") return WorkloadCatalog.Names.Select(workload => Cell(workload, ShortFaults, 3, of.Time));
        IEnumerable<RunOptions> single = NemesisCatalog.Names.Where(n => n != NemesisCatalog.None && !NemesisCatalog.Needs([n]).HasFlag(MemberNeeds.Drones))
            .SelectMany(nemesis => WorkloadCatalog.Names.Select(workload => Cell(workload, nemesis, 3, of.Time)));
        IEnumerable<RunOptions> drones = NemesisCatalog.Names.Where(n => n != NemesisCatalog.None && NemesisCatalog.Needs([n]).HasFlag(MemberNeeds.Drones))
            .Select(nemesis => Cell(WorkloadCatalog.WithDrones, nemesis, 3, of.Time));
        IEnumerable<RunOptions> composed = Composed.Select((nemesis, i) => Cell(WorkloadCatalog.Names[i % WorkloadCatalog.Names.Count], nemesis, 5, of.Time * ComposedFactor));
        return single.Concat(drones).Concat(composed);
    }

    /// <summary>Runs what the ledger does not have yet. Returns the worst exit code of all runs in it.</summary>
    public static async Task<int> ExecuteAsync(string size, RunOptions options, TextWriter console, Func<RunOptions, Task<RunResult>> run, CancellationToken cancellation)
    {
        Directory.CreateDirectory(options.Store);
        var ledger = Ledger.Open(Path.Combine(options.Store, "ledger.tsv"));
        RunOptions[] cells = [.. Cells(size, options)];
        for (int i = 0; i < cells.Length; i++)
        {
            if (ledger.Has(cells[i])) continue;
            cancellation.ThrowIfCancellationRequested();
            string place = string.Create(CultureInfo.InvariantCulture, $"[{i + 1} of {cells.Length}]");
            await console.WriteLineAsync($"{place} {cells[i].Workload} under {cells[i].Nemesis} on {cells[i].Members} members");
            LedgerLine line;
            try
            {
                line = LedgerLine.Of(await run(cells[i]));
            }
            catch (Exception failure) when (failure is TimeoutException or InvalidOperationException)
            {
                line = LedgerLine.Unfinished(cells[i], failure.Message);
            }
            ledger.Add(line);
            await console.WriteLineAsync($"{place} {line}");
        }
        await console.WriteLineAsync(ledger.Sum());
        return ledger.WorstExitCode;
    }
}
