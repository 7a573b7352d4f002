using System.Globalization;

namespace Hive.Benchmarks.Etcd;

/// <summary>
/// Drives one or two clusters that speak etcd's gRPC through the same workloads, in turn within each round so that the machine's mood falls on both alike, and prints medians
/// over the rounds, and ratios.
/// </summary>
internal static class EtcdComparison
{
    public const string Usage =
        """
        usage: Hive.Benchmarks etcd [--endpoints HOST:PORT,...|hive] [--against HOST:PORT,...|etcd] [--runs 5] [--seconds 3] [--only TEXT]
                 --endpoints  the cluster under test (plain-text gRPC); the word hive starts three members with the etcd face on loopback
                 --against    another cluster to compare with; the word etcd starts three members of the installed etcd on loopback
                 --only       workloads whose name contains the text
        """;

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        if (!TryParse(args, out var options))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }
        await using var hive = options.Endpoints == "hive" ? await LocalMembers.StartHiveAsync(cancellation) : null;
        await using var etcd = options.Against == "etcd" ? await LocalMembers.StartEtcdAsync(cancellation) : null;
        var targets = new List<Target>();
        if (options.Endpoints is not null) targets.Add(hive?.Target ?? Target.Parse("hive", options.Endpoints));
        if (options.Against is not null) targets.Add(etcd?.Target ?? Target.Parse("etcd", options.Against));

        Console.WriteLine(Baseline.Describe());
        foreach (var target in targets)
        {
            await target.WaitUntilServingAsync(cancellation);
            await LoadRun.FillAsync(target, cancellation);
        }
        Console.WriteLine($"medians of {options.Runs} alternating runs of {options.Seconds} s; keys of 8 bytes, values of {Workload.ValueBytes}");
        foreach (var workload in Workload.All.Where(w => w.Name.Contains(options.Only, StringComparison.Ordinal)))
        {
            await CompareAsync(workload.Name, workload.Goal, options, targets, target =>
                LoadRun.RunAsync(target, workload, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(options.Seconds), cancellation));
        }
        var watch = $"{WatchRun.Watchers} watchers of one key, {WatchRun.PutsPerSecond} puts/s";
        if (watch.Contains(options.Only, StringComparison.Ordinal))
        {
            await CompareAsync(watch, 0, options, targets, target => WatchRun.RunAsync(target, TimeSpan.FromSeconds(options.Seconds), cancellation));
        }
        foreach (var (name, members) in new[] { ("hive", hive), ("etcd", etcd) })
        {
            if (members?.Usage() is var (processor, memory)) Console.WriteLine($"{name}: {processor.TotalSeconds:n1} s of processor time and {memory >> 20:n0} MiB in all, three members");
        }
        return 0;
    }

    private sealed record Options(string? Endpoints, string? Against, int Runs, int Seconds, string Only);

    private static async Task CompareAsync(string name, double goal, Options options, List<Target> targets, Func<Target, Task<LoadResult>> run)
    {
        var results = targets.ConvertAll(_ => new List<LoadResult>());
        for (var round = 0; round < options.Runs; round++)
        {
            // Who goes first changes from round to round.
            for (var turn = 0; turn < targets.Count; turn++)
            {
                var which = (round + turn) % targets.Count;
                results[which].Add(await run(targets[which]));
            }
        }
        Console.WriteLine(name);
        for (var i = 0; i < targets.Count; i++)
        {
            Console.WriteLine(
                $"  {targets[i].Name,-6} {Distribution.Median(results[i].Select(r => r.Rate)),12:n0} /s   p50 {Median(results[i], r => r.P50),9:n2} ms   p99 {Median(results[i], r => r.P99),9:n2} ms" +
                $"   rates {string.Join(' ', results[i].Select(r => r.Rate.ToString("n0", CultureInfo.InvariantCulture)))}   errors {results[i].Sum(r => r.Errors)}");
        }
        if (targets.Count < 2) return;
        var rate = Distribution.Median(results[0].Select(r => r.Rate)) / Distribution.Median(results[1].Select(r => r.Rate));
        var p99 = Median(results[0], r => r.P99) / Median(results[1], r => r.P99);
        Console.WriteLine($"  ratio  {rate,12:n2} x rate{(goal > 0 ? $" (goal {goal} x)" : "")}   {p99:n2} x p99");
    }

    private static double Median(List<LoadResult> results, Func<LoadResult, TimeSpan> of) => Distribution.Median(results.Select(r => of(r).TotalMilliseconds));

    private static bool TryParse(string[] args, out Options options)
    {
        options = new Options(null, null, 5, 3, "");
        if (args.Length % 2 != 0) return false;
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = args[i + 1];
            switch (args[i])
            {
                case "--endpoints": options = options with { Endpoints = value }; break;
                case "--against": options = options with { Against = value }; break;
                case "--runs" when int.TryParse(value, CultureInfo.InvariantCulture, out var runs) && runs > 0: options = options with { Runs = runs }; break;
                case "--seconds" when int.TryParse(value, CultureInfo.InvariantCulture, out var seconds) && seconds > 0: options = options with { Seconds = seconds }; break;
                case "--only": options = options with { Only = value }; break;
                default: return false;
            }
        }
        return options.Endpoints is not null || options.Against is not null;
    }
}
