using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Hive.Store;

namespace Hive.Etcd.Services.Watch;

/// <summary>The events of one revision as they stand in a watch response, ready to be sent to any number of watchers.</summary>
/// <param name="Bytes">Each event with the tag and length of its field in the response.</param>
/// <param name="Ends">Where each event ends in <paramref name="Bytes"/>: fragments are cut there.</param>
internal sealed record EncodedRevision(ReadOnlyMemory<byte> Bytes, ImmutableArray<int> Ends)
{
    // Field tags (number << 3 | wire type) of WatchResponse and mvccpb.Event.
    private const byte Events = 11 << 3 | 2;
    private const byte EventType = 1 << 3, EventPair = 2 << 3 | 2, EventPrevious = 3 << 3 | 2;

    public static EncodedRevision Of(RevisionChanges changes, bool withPrevious)
    {
        var total = 0;
        foreach (var change in changes.Events) total += FieldWriter.FieldSize(EventSize(change, withPrevious));
        var bytes = new byte[total];
        var ends = ImmutableArray.CreateBuilder<int>(changes.Events.Length);
        var writer = new FieldWriter(bytes);
        foreach (var change in changes.Events)
        {
            writer.Length(Events, EventSize(change, withPrevious));
            if (change.Kind != StoreEventKind.Put) writer.Number(EventType, (long)change.Kind);
            EncodedPair.Write(ref writer, EventPair, change.Kv);
            if (withPrevious && change.Previous is { } previous) EncodedPair.Write(ref writer, EventPrevious, previous);
            ends.Add(writer.Position);
        }
        Invariant.Check(writer.Position == total, $"{writer.Position} bytes written of {total} measured");
        return new EncodedRevision(bytes, ends.MoveToImmutable());
    }

    private static int EventSize(StoreEvent change, bool withPrevious)
    {
        var size = (change.Kind == StoreEventKind.Put ? 0 : 2) + FieldWriter.FieldSize(EncodedPair.SizeOf(change.Kv));
        return withPrevious && change.Previous is { } previous ? size + FieldWriter.FieldSize(EncodedPair.SizeOf(previous)) : size;
    }
}

/// <summary>
/// The revisions and batches encoded last, shared by all watchers that are sent the same changes. Lookups and stores need no lock: a lost one is made again. Few
/// are kept, since each keeps alive the memory that its changes lie in.
/// </summary>
internal sealed class EncodedRevisions
{
    private const int Slots = 128;

    /// <summary>Larger ones are not kept: the cache holds at most twice 128 times this.</summary>
    private const int KeptBytes = 64 * 1024;

    private readonly Slot<EncodedRevision>?[] _revisions = new Slot<EncodedRevision>?[Slots];
    private readonly Slot<ReadOnlyMemory<byte>>?[] _batches = new Slot<ReadOnlyMemory<byte>>?[Slots];

    public EncodedRevision Get(RevisionChanges changes, bool withPrevious)
    {
        ref var place = ref _revisions[PlaceOf(changes, withPrevious)];
        if (Volatile.Read(ref place) is { } slot && slot.IsOf(changes, withPrevious)) return slot.Encoded;
        var encoded = EncodedRevision.Of(changes, withPrevious);
        if (encoded.Bytes.Length <= KeptBytes) Volatile.Write(ref place, new(changes, withPrevious, encoded));
        return encoded;
    }

    /// <summary>All events of a batch.</summary>
    public ReadOnlyMemory<byte> Get(WatchBatch batch, bool withPrevious)
    {
        if (batch.Changes.Length == 1) return Get(batch.Changes[0], withPrevious).Bytes;
        ref var place = ref _batches[PlaceOf(batch, withPrevious)];
        if (Volatile.Read(ref place) is { } slot && slot.IsOf(batch, withPrevious)) return slot.Encoded;
        var parts = batch.Changes.Select(changes => Get(changes, withPrevious).Bytes).ToList();
        var encoded = new byte[parts.Sum(part => part.Length)];
        var at = 0;
        foreach (var part in parts)
        {
            part.CopyTo(encoded.AsMemory(at));
            at += part.Length;
        }
        if (encoded.Length <= KeptBytes) Volatile.Write(ref place, new(batch, withPrevious, encoded));
        return encoded;
    }

    private static int PlaceOf(object source, bool withPrevious) => (RuntimeHelpers.GetHashCode(source) * 2 + (withPrevious ? 1 : 0)) & (Slots - 1);

    private sealed class Slot<T>(object source, bool withPrevious, T encoded)
    {
        public T Encoded { get; } = encoded;

        public bool IsOf(object other, bool previous) => ReferenceEquals(source, other) && withPrevious == previous;
    }
}
