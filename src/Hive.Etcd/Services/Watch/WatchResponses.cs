using Hive.Etcd.Messages;
using Hive.Store;

namespace Hive.Etcd.Services.Watch;

/// <summary>Turns whole revisions into watch responses: one, or several fragments when the client asked for them and one would be too large.</summary>
internal sealed class WatchResponses(QueenGate gate)
{
    private readonly EncodedRevisions _encoded = new();

    /// <summary>The answers hold encoded events only: while a slow client lets them wait, nothing of the store is kept alive by them.</summary>
    public IEnumerable<EncodedWatchResponse> Of(StreamWatch watch, WatchBatch batch)
    {
        var events = _encoded.Get(batch, watch.WantsPrevious);
        if (watch.WantsFragments && events.Length > gate.Limits.WatchFragmentBytes) return Fragments(watch, batch);
        return [new EncodedWatchResponse(Head(watch, batch.Revision, fragment: false), [events])];
    }

    private IEnumerable<EncodedWatchResponse> Fragments(StreamWatch watch, WatchBatch batch)
    {
        var events = new List<ReadOnlyMemory<byte>>();
        long bytes = 0;
        foreach (var changes in batch.Changes)
        {
            var revision = _encoded.Get(changes, watch.WantsPrevious);
            var start = 0;
            foreach (var end in revision.Ends)
            {
                if (events.Count > 0 && bytes + end - start > gate.Limits.WatchFragmentBytes)
                {
                    yield return new EncodedWatchResponse(Head(watch, batch.Revision, fragment: true), events);
                    events = [];
                    bytes = 0;
                }
                events.Add(revision.Bytes[start..end]);
                bytes += end - start;
                start = end;
            }
        }
        yield return new EncodedWatchResponse(Head(watch, batch.Revision, fragment: false), events);
    }

    private WatchResponse Head(StreamWatch watch, Revision at, bool fragment) => new() { Header = gate.Header(at), WatchId = watch.Id, Fragment = fragment };
}
