using System.Collections.Concurrent;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>
/// Makes faults of some kinds one after another and heals each; which, whom and how long comes from the seed. Several tracks run at the same
/// time, each unaware of the others.
/// </summary>
public sealed class FaultTrack(Cluster cluster, IReadOnlyList<string> kinds, int number, int seed, Recorder clock, ConcurrentQueue<FaultSpan> log)
{
    private const double ShortestQuiet = 2, LongestQuiet = 4, ShortestFault = 1;

    private readonly INemesis[] _nemeses = [.. kinds.Where(k => k != NemesisCatalog.None).Select(NemesisCatalog.Create)];
    private readonly Random _random = new(unchecked(seed * 31 + number));

    /// <summary>Until <paramref name="stop"/>; whatever fault holds then is healed before this returns.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        for (int count = 0; _nemeses.Length > 0 && await PauseAsync(Seconds(ShortestQuiet, LongestQuiet), stop); count++)
        {
            INemesis nemesis = _nemeses[_random.Next(_nemeses.Length)];
            int victim = _random.Next(cluster.Size);
            if (_random.Next(2) == 0 && await cluster.LeaderAsync(CancellationToken.None) is { } leader) victim = leader;
            TimeSpan duration = Seconds(ShortestFault, nemesis.LongestSeconds);
            long from = clock.Now;
            Fault fault = await nemesis.BeginAsync(new FaultContext(cluster, _random, $"fault_{number}_{count}", victim, duration));
            await PauseAsync(duration, stop);
            await fault.HealAsync();
            log.Enqueue(new FaultSpan(nemesis.Name, fault.What + fault.Note, from, clock.Now));
            if (nemesis.NeedsRecovery) await UntilServedAsync(stop);
        }
    }

    /// <summary>A cluster that is harmed again and again before it serves would have nothing acknowledged to lose.</summary>
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
        catch (TimeoutException)
        {
            // Another track's fault holds a member up: what does not serve at the end is found there.
            return;
        }
        catch (InvalidOperationException)
        {
            // It ended by itself, which the verdict will say; the next fault comes all the same.
            return;
        }
    }

    private TimeSpan Seconds(double shortest, double longest) => TimeSpan.FromSeconds(shortest + _random.NextDouble() * (longest - shortest));

    /// <summary>False when it was told to stop meanwhile.</summary>
    private static async Task<bool> PauseAsync(TimeSpan time, CancellationToken stop)
    {
        await Task.Delay(time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stop.IsCancellationRequested;
    }
}
