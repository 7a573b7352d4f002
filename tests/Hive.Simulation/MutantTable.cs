using System.Collections.Concurrent;
using System.Globalization;

namespace Hive.Simulation;

/// <summary>Switches on each known bug and counts the seeds until a checker notices; several trials, each from other seeds on.</summary>
internal static class MutantTable
{
    private const int UsualSeedsPerTrial = 600;

    /// <summary>One trial: how many seeds it took (null: none of them noticed), and the promise that was broken.</summary>
    private readonly record struct Trial(Mutant Mutant, int? Seeds, string? Promise);

    public static int Run(Arguments arguments)
    {
        int limit = arguments.Seeds > 1 ? (int)Math.Min(arguments.Seeds, int.MaxValue) : UsualSeedsPerTrial;
        var work = new ConcurrentQueue<(Mutant Mutant, ulong From)>();
        for (int trial = 0; trial < arguments.Trials; trial++)
            foreach (var mutant in arguments.Mutants) work.Enqueue((mutant, arguments.Seed + (ulong)(trial * limit)));
        var done = new ConcurrentBag<Trial>();
        var threads = Enumerable.Range(0, arguments.Threads).Select(_ => new Thread(() =>
        {
            while (work.TryDequeue(out var next))
            {
                var trial = UntilNoticed(next.Mutant, next.From, limit);
                done.Add(trial);
                Console.Error.WriteLine($"{trial.Mutant}: {trial.Seeds?.ToString(CultureInfo.InvariantCulture) ?? "not noticed"} {trial.Promise}");
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        int survived = 0;
        Console.WriteLine($"| bug | seeds until noticed: median of {arguments.Trials} (least to most) | noticed as |\n|---|---|---|");
        foreach (var mutant in arguments.Mutants)
            if (!Row(mutant, [.. done.Where(t => t.Mutant == mutant)])) survived++;
        Console.WriteLine($"{survived} survived");
        return survived == 0 ? 0 : 1;
    }

    /// <summary>Whether a mutant is noticed within so many seeds.</summary>
    public static bool IsNoticed(Mutant mutant, ulong from, int limit) => UntilNoticed(mutant, from, limit).Seeds is not null;

    private static bool Row(Mutant mutant, Trial[] trials)
    {
        int[] seeds = [.. trials.Where(t => t.Seeds is not null).Select(t => t.Seeds!.Value).Order()];
        var promises = trials.Where(t => t.Promise is not null).GroupBy(t => t.Promise!, StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal);
        bool killed = seeds.Length == trials.Length;
        string median = killed ? string.Create(CultureInfo.InvariantCulture, $"{seeds[seeds.Length / 2]} ({seeds[0]} to {seeds[^1]})")
            : string.Create(CultureInfo.InvariantCulture, $"survived {trials.Length - seeds.Length} of {trials.Length} trials ({string.Join(' ', seeds)})");
        Console.WriteLine($"| {mutant} | {median} | {string.Join(", ", promises.Select(g => g.Key))} |");
        return killed;
    }

    private static Trial UntilNoticed(Mutant mutant, ulong from, int limit)
    {
        for (int i = 0; i < limit; i++)
        {
            var result = Simulation.Run.Execute(new RunOptions(from + (ulong)i, mutant));
            // Only a named promise counts, or an invariant of production code: not that something fell over; nor what happens without the bug too.
            if (result.Broken is null or RunResult.Crashed) continue;
            if (Simulation.Run.Execute(new RunOptions(from + (ulong)i)).Broken is { } anyway) Console.Error.WriteLine($"seed {from + (ulong)i} breaks {anyway} without {mutant}");
            else return new Trial(mutant, i + 1, result.Broken);
        }
        return new Trial(mutant, null, null);
    }
}
