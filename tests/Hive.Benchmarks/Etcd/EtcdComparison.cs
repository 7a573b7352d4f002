using System.Globalization;
using Hive.EndToEnd.World;

namespace Hive.Benchmarks.Etcd;

/// <summary>
/// Drives one or two clusters that speak etcd's gRPC through the same workloads, in turn within each round so that the machine's mood falls on both alike, and prints medians
/// over the rounds, ratios, and whether the goals are met.
/// </summary>
internal static class EtcdComparison
{
    public const string Usage =
        """
        usage: Hive.Benchmarks etcd [--endpoints CLUSTER] [--against CLUSTER] [--rounds 5] [--seconds 3] [--first 4] [--only TEXT;...]
                 --endpoints  the cluster under test; --against: another to compare with. Each HOST:PORT,... (plain-text gRPC), or what starts three members on loopback:
                              hive (the queens of this build), etcd (the one installed), or the path of another build's executable
                 --rounds     measured runs of each workload against each cluster
                 --seconds    length of each
                 --first      seconds of load before the first round of a workload, not counted
                 --only       workloads whose name contains one of the texts
        """;

    // Within every run: connections open and the processor leaves its idle states.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        if (!TryParse(args, out var options))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }
        await using var first = await StartAsync(options.Endpoints, cancellation);
        await using var second = await StartAsync(options.Against, cancellation);
        var targets = new List<Target>();
        if (options.Endpoints is not null) targets.Add(first?.Target ?? Target.Parse("hive", options.Endpoints));
        if (options.Against is not null) targets.Add(second?.Target ?? Target.Parse("other", options.Against));

        Console.WriteLine(Baseline.Describe());
        foreach (var target in targets)
        {
            await target.WaitUntilServingAsync(cancellation);
            await KeySpace.FillAsync(target, cancellation);
        }
        Console.WriteLine($"medians of {options.Rounds} alternating runs of {options.Seconds} s; keys of 8 bytes, values of {KeySpace.ValueBytes}");
        var time = new RunTime(WarmUp, TimeSpan.FromSeconds(options.Seconds));
        var rows = new List<string> { Comparison.Head(targets) };
        foreach (var workload in WorkloadCatalog.All.Where(options.Selects))
        {
            var comparison = new Comparison(workload, targets);
            await comparison.RunAsync(time, TimeSpan.FromSeconds(options.First), options.Rounds, cancellation);
            Console.Write(comparison.Details());
            rows.Add(comparison.Row());
        }
        Console.WriteLine();
        foreach (var row in rows) Console.WriteLine(row);
        foreach (var members in new[] { first, second })
        {
            if (members?.Usage() is var (processor, memory))
                Console.WriteLine($"{members.Target.Name}: {processor.TotalSeconds:n1} s of processor time and {memory >> 20:n0} MiB in all, three members");
        }
        return 0;
    }

    /// <summary>Starts the cluster that is named; null where addresses of a running one are given.</summary>
    private static async Task<LocalMembers?> StartAsync(string? named, CancellationToken cancellation) => named switch
    {
        "hive" => await LocalMembers.StartHiveAsync("hive", Tool.Hive, cancellation),
        "etcd" => await LocalMembers.StartEtcdAsync(cancellation),
        _ when named?.Contains('/', StringComparison.Ordinal) == true => await LocalMembers.StartHiveAsync(new FileInfo(named).Directory!.Name, named, cancellation),
        _ => null,
    };

    private sealed record Options(string? Endpoints, string? Against, int Rounds, int Seconds, int First, string[] Only)
    {
        public bool Selects(IWorkload workload) => Only.Length == 0 || Only.Any(text => workload.Name.Contains(text, StringComparison.Ordinal));
    }

    private static bool TryParse(string[] args, out Options options)
    {
        options = new Options(null, null, 5, 3, 4, []);
        if (args.Length % 2 != 0) return false;
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = args[i + 1];
            switch (args[i])
            {
                case "--endpoints": options = options with { Endpoints = value }; break;
                case "--against": options = options with { Against = value }; break;
                case "--rounds" when TryCount(value, out var rounds): options = options with { Rounds = rounds }; break;
                case "--seconds" when TryCount(value, out var seconds): options = options with { Seconds = seconds }; break;
                case "--first" when TryCount(value, out var first): options = options with { First = first }; break;
                // Names hold commas, so the texts are parted by semicolons.
                case "--only": options = options with { Only = value.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) }; break;
                default: return false;
            }
        }
        return options.Endpoints is not null || options.Against is not null;
    }

    private static bool TryCount(string text, out int count) => int.TryParse(text, CultureInfo.InvariantCulture, out count) && count > 0;
}
