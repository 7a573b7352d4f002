using System.Collections.Immutable;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Workloads;

/// <summary>
/// Lists once and then watches, as every Kubernetes client does: a watch that ends is resumed where it was, one whose past is compacted is
/// begun anew with a list. All that it saw goes into the history.
/// </summary>
/// <param name="ends">Names whose appearance says that there is no more to come.</param>
internal sealed class Informer(string name, ObjectClient client, string member, Recorder recorder, Random random, IReadOnlySet<string> ends)
{
    private const int ShortestSeconds = 2, LongestSeconds = 8;
    private const int MostEventsOfOneWatch = 120;
    private const int ShortestPauseMilliseconds = 10, LongestPauseMilliseconds = 1000;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(200);

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!SawAll && !stop.IsCancellationRequested)
        {
            long at = await ListAsync(stop);
            while (at > 0 && !SawAll && !stop.IsCancellationRequested)
            {
                at = await WatchAsync(at, stop);
                // Now and then for so long that its past is compacted meanwhile.
                int pause = random.Next(4) == 0 ? LongestPauseMilliseconds : ShortestPauseMilliseconds;
                await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private bool SawAll => ends.All(_seen.Contains);

    /// <returns>The list's revision; 0: it failed.</returns>
    private async Task<long> ListAsync(CancellationToken stop)
    {
        int index = recorder.Invoke();
        long invoked = recorder.Now;
        ListReply reply = await ListQuietlyAsync(stop);
        Record(index, invoked, new ObjectActions.List(reply.Objects), reply.Fate, reply.Revision, reply.Error);
        foreach (ObjectState seen in reply.Objects) _seen.Add(seen.Name);
        if (reply.Revision == 0) await Task.Delay(PauseAfterFailure, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return reply.Revision;
    }

    private async Task<ListReply> ListQuietlyAsync(CancellationToken stop)
    {
        try
        {
            return await client.ListAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new ListReply(Outcome.Failed, 0, [], "the run is over");
        }
    }

    /// <returns>Where to go on; 0: from a new list.</returns>
    private async Task<long> WatchAsync(long after, CancellationToken stop)
    {
        int index = recorder.Invoke(), most = random.Next(1, MostEventsOfOneWatch), seconds = random.Next(ShortestSeconds, LongestSeconds);
        long invoked = recorder.Now;
        var told = ImmutableArray.CreateBuilder<ObjectEvent>();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // A member that is cut off does not end it.
        limit.CancelAfter(TimeSpan.FromSeconds(seconds + 1));
        await foreach (ObjectEvent happened in client.WatchAsync(after, seconds, limit.Token))
        {
            told.Add(happened);
            if (happened.IsChange) _seen.Add(happened.Object.Name);
            if (SawAll || told.Count >= most || happened.Type == ObjectEvent.Error) break;
        }
        var watched = new ObjectActions.Watch(after, told.ToImmutable());
        Record(index, invoked, watched, Outcome.Ok, 0, "");
        return told.Count > 0 && told[^1].Type == ObjectEvent.Error ? 0 : watched.Until;
    }

    private void Record(int index, long invoked, Histories.Action action, Outcome outcome, long revision, string error) =>
        recorder.Complete(new Operation(index, recorder.NewProcess(), name, action, outcome, invoked, recorder.Now) { Member = member, Revision = revision, Error = error });
}
