using System.Collections.Concurrent;
using System.Globalization;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>A fault and when it held, in nanoseconds of the run's clock.</summary>
public sealed record FaultSpan(string What, long From, long Until)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{From / 1e9,7:0.00} s .. {Until / 1e9,7:0.00} s  {What}");
}

/// <summary>Makes faults one after another, of the kinds that it is given, and heals each; which, whom and how long comes from the seed.</summary>
public sealed class Nemesis(Cluster cluster, IReadOnlyList<string> kinds, Random random, Recorder clock)
{
    public static readonly IReadOnlyList<string> Kinds = ["none", "kill", "kill-all", "pause", "partition"];

    private const double ShortestQuiet = 2, LongestQuiet = 4, ShortestFault = 1, LongestFault = 4;

    private readonly ConcurrentQueue<FaultSpan> _log = new();

    public IReadOnlyList<FaultSpan> Log => [.. _log];

    /// <summary>Until <paramref name="stop"/>; whatever fault holds then is healed before this returns.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (kinds.Any(k => k != "none") && await PauseAsync(ShortestQuiet, LongestQuiet, stop))
        {
            string kind = kinds[random.Next(kinds.Count)];
            if (kind == "none") continue;
            int victim = random.Next(cluster.Size);
            bool leader = random.Next(2) == 0;
            if (leader && await LeaderAsync() is { } found) victim = found;
            long from = clock.Now;
            string what = await BeginAsync(kind, victim);
            await PauseAsync(ShortestFault, LongestFault, stop);
            await HealAsync();
            _log.Enqueue(new FaultSpan(what, from, clock.Now));
            if (kind == "kill-all") await UntilServedAsync(stop);
        }
    }

    private async Task<string> BeginAsync(string kind, int victim)
    {
        switch (kind)
        {
            case "kill":
                await cluster.KillAsync([victim]);
                return $"kill {Cluster.Name(victim)}";
            case "kill-all":
                await cluster.KillAsync([.. Enumerable.Range(0, cluster.Size)]);
                return "kill all";
            case "pause":
                await cluster.PauseAsync(victim);
                return $"pause {Cluster.Name(victim)}";
            case "partition":
                int[] others = [.. Enumerable.Range(0, cluster.Size).Where(m => m != victim)];
                random.Shuffle(others);
                int[] minority = [victim, .. others.Take(random.Next((cluster.Size - 1) / 2))];
                int[] majority = [.. Enumerable.Range(0, cluster.Size).Except(minority)];
                await ((NamespaceNetwork)cluster.Network).PartitionAsync([minority, majority]);
                return $"partition {string.Join(' ', minority.Select(Cluster.Name))} from {string.Join(' ', majority.Select(Cluster.Name))}";
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such fault");
        }
    }

    private async Task HealAsync()
    {
        await cluster.ResumeAllAsync();
        if (kinds.Contains("partition")) await ((NamespaceNetwork)cluster.Network).HealAsync();
        cluster.StartMissing();
    }

    /// <summary>A cluster that is killed again and again before it serves would have nothing acknowledged to lose.</summary>
    private async Task UntilServedAsync(CancellationToken stop)
    {
        try
        {
            for (int member = 0; member < cluster.Size; member++) await cluster.UntilServingAsync(member, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The run is over: the final reads wait for the members.
            return;
        }
    }

    private async Task<int?> LeaderAsync()
    {
        for (int member = 0; member < cluster.Size; member++)
        {
            using MemberClient client = cluster.Connect(member);
            if (await client.LeadsAsync(CancellationToken.None)) return member;
        }
        return null;
    }

    /// <summary>False when it was told to stop meanwhile.</summary>
    private async Task<bool> PauseAsync(double shortest, double longest, CancellationToken stop)
    {
        double seconds = shortest + random.NextDouble() * (longest - shortest);
        await Task.Delay(TimeSpan.FromSeconds(seconds), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stop.IsCancellationRequested;
    }
}
