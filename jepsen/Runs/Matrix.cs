using System.Globalization;
using Hive.Jepsen.Members;
using Hive.Jepsen.Nemeses;
using Hive.Jepsen.Workloads;

namespace Hive.Jepsen.Runs;

/// <summary>
/// Many runs, one after the other: every workload under every single kind of fault that it can suffer on three members, and composed faults on
/// five, five times as long each. What was run stands in a ledger; a matrix that is begun again goes on where it was stopped.
/// </summary>
public static class Matrix
{
    /// <summary>How much of the matrix: all of it, or each workload once under a few kinds that take turns.</summary>
    public static IReadOnlyList<string> Sizes { get; } = ["short", Long];

    /// <summary>The whole matrix.</summary>
    public const string Long = "long";

    private const int ComposedCount = 10, ComposedFactor = 5;
    private const string ShortFaults = "kill,pause,partition";

    /// <summary>
    /// The runs of a matrix in their order. Of a long one every stretch, from the first on, holds all workloads, many kinds of faults and a
    /// composed run, so that a part of it is worth its share.
    /// </summary>
    public static IEnumerable<RunOptions> Cells(string size, RunOptions of)
    {
        RunOptions Cell(string workload, string nemesis, int members, TimeSpan time) =>
            of with { Workload = workload, Nemeses = RunOptions.Tracks(nemesis), Members = members, Time = time };
        if (size != Long) return WorkloadCatalog.Names.Select(workload => Cell(workload, ShortFaults, 3, of.Time));
        RunOptions[] single = [.. Diagonals().Select(pair => Cell(pair.Workload, pair.Nemesis, 3, of.Time))];
        RunOptions[] composed = [.. ComposedFaults.Deal(ComposedCount, of.Seed).Select(pair => Cell(pair.Workload, pair.Nemesis, 5, of.Time * ComposedFactor))];
        return Spread(single, composed);
    }

    /// <summary>Runs what the ledger does not have yet. Returns the worst exit code of all runs in it.</summary>
    public static async Task<int> ExecuteAsync(string size, RunOptions options, string build, TextWriter console, Func<RunOptions, Task<RunResult>> run, CancellationToken cancellation)
    {
        var ledger = Ledger.Open(options.Ledger);
        RunOptions[] cells = [.. Cells(size, options)];
        for (int i = options.Part.Number - 1; i < cells.Length; i += options.Part.Of)
        {
            if (ledger.Has(cells[i])) continue;
            cancellation.ThrowIfCancellationRequested();
            string place = string.Create(CultureInfo.InvariantCulture, $"[{i + 1} of {cells.Length}]");
            await console.WriteLineAsync($"{place} {cells[i].Workload} under {cells[i].Nemesis} on {cells[i].Members} members");
            LedgerLine line;
            try
            {
                line = LedgerLine.Of(await run(cells[i]), build);
            }
            catch (Exception failure) when (failure is TimeoutException or InvalidOperationException)
            {
                line = LedgerLine.Unfinished(cells[i], build, failure.Message);
            }
            ledger.Add(line);
            await console.WriteLineAsync($"{place} {line}");
        }
        await console.WriteLineAsync(ledger.Sum());
        return ledger.WorstExitCode;
    }

    /// <summary>Every workload with every kind that it can suffer: in each round each workload once, two kinds further than the workload before it.</summary>
    private static IEnumerable<(string Workload, string Nemesis)> Diagonals()
    {
        (string Workload, string[] Kinds)[] rows = [.. WorkloadCatalog.Names.Select(workload => (workload, NemesisCatalog.For(workload).ToArray()))];
        for (int round = 0; round < rows.Max(r => r.Kinds.Length); round++)
        {
            for (int row = 0; row < rows.Length; row++)
            {
                string[] kinds = rows[row].Kinds;
                if (round < kinds.Length) yield return (rows[row].Workload, kinds[(2 * row + round) % kinds.Length]);
            }
        }
    }

    private static IEnumerable<RunOptions> Spread(RunOptions[] many, RunOptions[] few)
    {
        int given = 0;
        for (int i = 0; i < many.Length; i++)
        {
            yield return many[i];
            for (; given < few.Length && (i + 1) * few.Length >= (given + 1) * many.Length; given++) yield return few[given];
        }
    }
}
