using Hive.Etcd.Messages;
using Hive.Store;

namespace Hive.Etcd.Services.Watch;

/// <summary>A watch response whose events are encoded already.</summary>
/// <param name="Head">All but the events.</param>
/// <param name="Events">Encoded events, in order.</param>
internal readonly record struct EncodedWatchResponse(WatchResponse Head, IReadOnlyList<ReadOnlyMemory<byte>> Events);

/// <summary>Turns whole revisions into watch responses: one, or several fragments when the client asked for them and one would be too large.</summary>
internal sealed class WatchResponses(QueenGate gate)
{
    private readonly EncodedRevisions _encoded = new();

    public IEnumerable<EncodedWatchResponse> Of(StreamWatch watch, WatchBatch batch)
    {
        var revisions = new EncodedRevision[batch.Changes.Length];
        long bytes = 0;
        for (var i = 0; i < revisions.Length; i++)
        {
            revisions[i] = _encoded.Get(batch.Changes[i], watch.WantsPrevious);
            bytes += revisions[i].Bytes.Length;
        }
        if (watch.WantsFragments && bytes > gate.Limits.WatchFragmentBytes) return Fragments(watch, batch.Revision, revisions);
        return [new EncodedWatchResponse(Head(watch, batch.Revision, fragment: false), Array.ConvertAll(revisions, revision => revision.Bytes))];
    }

    private IEnumerable<EncodedWatchResponse> Fragments(StreamWatch watch, Revision at, EncodedRevision[] revisions)
    {
        var events = new List<ReadOnlyMemory<byte>>();
        long bytes = 0;
        foreach (var revision in revisions)
        {
            var start = 0;
            foreach (var end in revision.Ends)
            {
                if (events.Count > 0 && bytes + end - start > gate.Limits.WatchFragmentBytes)
                {
                    yield return new EncodedWatchResponse(Head(watch, at, fragment: true), events);
                    events = [];
                    bytes = 0;
                }
                events.Add(revision.Bytes[start..end]);
                bytes += end - start;
                start = end;
            }
        }
        yield return new EncodedWatchResponse(Head(watch, at, fragment: false), events);
    }

    private WatchResponse Head(StreamWatch watch, Revision at, bool fragment) => new() { Header = gate.Header(at), WatchId = watch.Id, Fragment = fragment };
}
