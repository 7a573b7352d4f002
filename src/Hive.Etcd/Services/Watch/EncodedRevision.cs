using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Hive.Store;

namespace Hive.Etcd.Services.Watch;

/// <summary>The events of one revision as they stand in a watch response, ready to be sent to any number of watchers.</summary>
/// <param name="Bytes">Each event with the tag and length of its field in the response.</param>
/// <param name="Ends">Where each event ends in <paramref name="Bytes"/>: fragments are cut there.</param>
internal sealed record EncodedRevision(ReadOnlyMemory<byte> Bytes, ImmutableArray<int> Ends)
{
    // Field tags (number << 3 | wire type) of WatchResponse, mvccpb.Event and mvccpb.KeyValue.
    private const byte Events = 11 << 3 | 2;
    private const byte EventType = 1 << 3, EventPair = 2 << 3 | 2, EventPrevious = 3 << 3 | 2;
    private const byte Key = 1 << 3 | 2, Create = 2 << 3, Mod = 3 << 3, Version = 4 << 3, Value = 5 << 3 | 2, Lease = 6 << 3;

    public static EncodedRevision Of(RevisionChanges changes, bool withPrevious)
    {
        var total = 0;
        foreach (var change in changes.Events) total += FieldSize(EventSize(change, withPrevious));
        var bytes = new byte[total];
        var ends = ImmutableArray.CreateBuilder<int>(changes.Events.Length);
        var writer = new FieldWriter(bytes);
        foreach (var change in changes.Events)
        {
            writer.Length(Events, EventSize(change, withPrevious));
            if (change.Kind != StoreEventKind.Put) writer.Number(EventType, (long)change.Kind);
            WritePair(ref writer, EventPair, change.Kv);
            if (withPrevious && change.Previous is { } previous) WritePair(ref writer, EventPrevious, previous);
            ends.Add(writer.Position);
        }
        Invariant.Check(writer.Position == total, $"{writer.Position} bytes written of {total} measured");
        return new EncodedRevision(bytes, ends.MoveToImmutable());
    }

    private static int EventSize(StoreEvent change, bool withPrevious)
    {
        var size = (change.Kind == StoreEventKind.Put ? 0 : 2) + FieldSize(PairSize(change.Kv));
        return withPrevious && change.Previous is { } previous ? size + FieldSize(PairSize(previous)) : size;
    }

    private static int PairSize(KeyValue pair) =>
        BytesSize(pair.Key.Length) + NumberSize(pair.CreateRevision.Value) + NumberSize(pair.ModRevision.Value) + NumberSize(pair.Version)
        + BytesSize(pair.Value.Length) + NumberSize(pair.Lease.Value);

    private static void WritePair(ref FieldWriter writer, byte tag, KeyValue pair)
    {
        writer.Length(tag, PairSize(pair));
        writer.Bytes(Key, pair.Key.Span);
        writer.Number(Create, pair.CreateRevision.Value);
        writer.Number(Mod, pair.ModRevision.Value);
        writer.Number(Version, pair.Version);
        writer.Bytes(Value, pair.Value.Span);
        writer.Number(Lease, pair.Lease.Value);
    }

    private static int FieldSize(int length) => 1 + CodedOutputStream.ComputeLengthSize(length) + length;

    private static int BytesSize(int length) => length == 0 ? 0 : FieldSize(length);

    private static int NumberSize(long value) => value == 0 ? 0 : 1 + CodedOutputStream.ComputeInt64Size(value);

    /// <summary>Writes fields; zero numbers and empty bytes are left out, as proto3 has it.</summary>
    private ref struct FieldWriter(Span<byte> bytes)
    {
        private readonly Span<byte> _bytes = bytes;

        public int Position { get; private set; }

        public void Length(byte tag, int length)
        {
            _bytes[Position++] = tag;
            Varint((ulong)length);
        }

        public void Bytes(byte tag, ReadOnlySpan<byte> value)
        {
            if (value.IsEmpty) return;
            Length(tag, value.Length);
            value.CopyTo(_bytes[Position..]);
            Position += value.Length;
        }

        public void Number(byte tag, long value)
        {
            if (value == 0) return;
            _bytes[Position++] = tag;
            Varint((ulong)value);
        }

        private void Varint(ulong value)
        {
            while (value >= 0x80)
            {
                _bytes[Position++] = (byte)(value | 0x80);
                value >>= 7;
            }
            _bytes[Position++] = (byte)value;
        }
    }
}

/// <summary>The revisions encoded last, shared by all watchers that are sent the same changes. Lookups and stores need no lock: a lost one is made again.</summary>
internal sealed class EncodedRevisions
{
    private const int Slots = 512;

    /// <summary>Larger revisions are not kept: the cache holds at most 512 times this.</summary>
    private const int KeptBytes = 64 * 1024;

    private readonly Slot?[] _slots = new Slot?[Slots];

    public EncodedRevision Get(RevisionChanges changes, bool withPrevious)
    {
        ref var place = ref _slots[(RuntimeHelpers.GetHashCode(changes) * 2 + (withPrevious ? 1 : 0)) & (Slots - 1)];
        if (Volatile.Read(ref place) is { } slot && ReferenceEquals(slot.Changes, changes) && slot.WithPrevious == withPrevious) return slot.Encoded;
        var encoded = EncodedRevision.Of(changes, withPrevious);
        if (encoded.Bytes.Length <= KeptBytes) Volatile.Write(ref place, new Slot(changes, withPrevious, encoded));
        return encoded;
    }

    private sealed record Slot(RevisionChanges Changes, bool WithPrevious, EncodedRevision Encoded);
}
