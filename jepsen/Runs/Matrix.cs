using System.Globalization;
using Hive.Jepsen.Members;
using Hive.Jepsen.Nemeses;
using Hive.Jepsen.Workloads;

namespace Hive.Jepsen.Runs;

/// <summary>Many runs, one after the other. What was run stands in a ledger; a matrix that is begun again goes on where it was stopped.</summary>
public static class Matrix
{
    /// <summary>Every workload under every single kind of fault that it can suffer, on three members.</summary>
    public const string Long = "long";

    /// <summary>Faults of many kinds at the same time, dealt by seed, on five members: ten runs, and one of container engines.</summary>
    public const string Composed = "composed";

    /// <summary>Not a matrix with a ledger: see <see cref="FaultyBuilds"/>.</summary>
    public const string Faults = "faults";

    /// <summary>Each workload once, under a few kinds that take turns.</summary>
    private const string Short = "short";

    private const int ComposedCount = 10;
    private const string ShortFaults = "kill,pause,partition";

    public static IReadOnlyList<string> Sizes { get; } = [Short, Long, Composed, Faults];

    /// <summary>The runs of a matrix in their order. Every stretch of a long one, from the first on, holds all workloads and many kinds of faults, so that a part of it is worth its share.</summary>
    public static IEnumerable<RunOptions> Cells(string size, RunOptions of)
    {
        RunOptions Cell(string workload, string nemesis, int members) => of with { Workload = workload, Nemeses = RunOptions.Tracks(nemesis), Members = members };
        return size switch
        {
            Long => Diagonals().Select(pair => Cell(pair.Workload, pair.Nemesis, 3)),
            Composed => ComposedFaults.Deal(ComposedCount, of.Seed).Select(pair => Cell(pair.Workload, pair.Nemesis, 5)),
            _ => WorkloadCatalog.Names.Select(workload => Cell(workload, ShortFaults, 3)),
        };
    }

    /// <summary>Runs what the ledger does not have yet. Returns the worst exit code of all runs in it.</summary>
    public static async Task<int> ExecuteAsync(string size, RunOptions options, string build, TextWriter console, Func<RunOptions, Task<RunResult>> run, CancellationToken cancellation)
    {
        Ledger ledger = await Ledger.OpenAsync(options.Ledger);
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
            catch (Exception failure) when (failure is not MisuseException && !cancellation.IsCancellationRequested)
            {
                // A run that breaks, in whatever way, says nothing of the next one.
                line = LedgerLine.Unfinished(cells[i], build, $"{failure.GetType().Name}: {failure.Message}");
            }
            await ledger.AddAsync(line);
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
}
