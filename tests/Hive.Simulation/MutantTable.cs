using System.Globalization;

namespace Hive.Simulation;

/// <summary>Switches on each known bug and counts the seeds until a checker notices.</summary>
internal static class MutantTable
{
    private const int UsualSeedsPerTrial = 400;

    public static int Run(Arguments arguments)
    {
        int survived = 0;
        int limit = arguments.Seeds > 1 ? (int)Math.Min(arguments.Seeds, int.MaxValue) : UsualSeedsPerTrial;
        object gate = new();
        Parallel.ForEach(Enum.GetValues<Mutant>().Where(m => m != Mutant.None), new ParallelOptions { MaxDegreeOfParallelism = arguments.Threads }, mutant =>
        {
            var seeds = new List<int>();
            var promises = new SortedSet<string>(StringComparer.Ordinal);
            for (int trial = 0; trial < arguments.Trials; trial++)
            {
                if (SeedsUntilNoticed(mutant, arguments.Seed + (ulong)(trial * limit), promises, limit) is not { } needed) break;
                seeds.Add(needed);
            }
            seeds.Sort();
            lock (gate)
            {
                bool killed = seeds.Count == arguments.Trials;
                if (!killed) survived++;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {mutant} | {(killed ? seeds[arguments.Trials / 2] : "survived")} | {string.Join(", ", promises)} |"));
            }
        });
        Console.WriteLine($"{survived} survived");
        return survived == 0 ? 0 : 1;
    }

    /// <summary>How many seeds it takes; null when it was not noticed in all of them.</summary>
    public static int? SeedsUntilNoticed(Mutant mutant, ulong from, SortedSet<string> promises, int limit = UsualSeedsPerTrial)
    {
        for (int i = 0; i < limit; i++)
        {
            var result = Simulation.Run.Execute(new RunOptions(from + (ulong)i, mutant));
            if (result.Broken is null) continue;
            promises.Add(result.Broken);
            return i + 1;
        }
        return null;
    }
}
