using Hive.Etcd.Messages;
using Hive.Store;

namespace Hive.Etcd.Services.Watch;

/// <summary>Turns whole revisions into watch responses: one, or several fragments when the client asked for them and one would be too large.</summary>
internal static class WatchResponses
{
    public static IEnumerable<WatchResponse> Of(StreamWatch watch, WatchBatch batch, QueenGate gate)
    {
        var response = Empty(watch, batch, gate);
        long bytes = 0;
        foreach (var revision in batch.Changes)
        {
            foreach (var change in revision.Events)
            {
                var message = Message(change, watch.WantsPrevious);
                var size = message.CalculateSize();
                if (watch.WantsFragments && response.Events.Count > 0 && bytes + size > gate.Limits.WatchFragmentBytes)
                {
                    response.Fragment = true;
                    yield return response;
                    response = Empty(watch, batch, gate);
                    bytes = 0;
                }
                response.Events.Add(message);
                bytes += size;
            }
        }
        if (response.Events.Count > 0) yield return response;
    }

    private static WatchResponse Empty(StreamWatch watch, WatchBatch batch, QueenGate gate) => new() { Header = gate.Header(batch.Revision), WatchId = watch.Id };

    private static Event Message(StoreEvent change, bool withPrevious) => new()
    {
        Type = change.Kind == StoreEventKind.Put ? Event.Types.EventType.Put : Event.Types.EventType.Delete,
        Kv = StoreMessages.Message(change.Kv),
        PrevKv = withPrevious && change.Previous is { } previous ? StoreMessages.Message(previous) : null,
    };
}
