using System.Buffers;

namespace Hive.Raft;

/// <summary>
/// The compact binary form of entries, memberships, snapshot metadata and messages, on the wire and on disk. Reading is strict: malformed or
/// non-canonical input is false, never an exception. What is read refers to the given memory, which must not be written again.
/// </summary>
public static class RaftCodec
{
    /// <summary>Writes a message.</summary>
    public static void Write(RaftMessage message, IBufferWriter<byte> to) => MessageCodec.Write(message, new ByteWriter(to));

    /// <summary>Reads exactly one message that fills the memory.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> from, out RaftMessage? message)
    {
        var reader = new ByteReader(from);
        message = MessageCodec.Read(ref reader);
        if (reader.Finished && message is not null) return true;
        message = null;
        return false;
    }

    /// <summary>Writes an entry with its index.</summary>
    public static void WriteEntry(Entry entry, IBufferWriter<byte> to)
    {
        var writer = new ByteWriter(to);
        writer.Number(entry.Index.Value);
        WriteBody(entry, writer);
    }

    /// <summary>Reads exactly one entry that fills the memory.</summary>
    public static bool TryReadEntry(ReadOnlyMemory<byte> from, out Entry? entry)
    {
        var reader = new ByteReader(from);
        entry = ReadBody(ref reader, reader.Index());
        if (reader.Finished && entry.Index.Value > 0) return true;
        entry = null;
        return false;
    }

    /// <summary>Writes a membership.</summary>
    public static void WriteMembership(Membership membership, IBufferWriter<byte> to) => WriteMembership(membership, new ByteWriter(to));

    /// <summary>Reads exactly one membership that fills the memory.</summary>
    public static bool TryReadMembership(ReadOnlyMemory<byte> from, out Membership membership)
    {
        var reader = new ByteReader(from);
        membership = ReadMembership(ref reader);
        return reader.Finished;
    }

    /// <summary>A membership as bytes: the payload of a membership entry.</summary>
    public static ReadOnlyMemory<byte> Encode(Membership membership)
    {
        var buffer = new ArrayBufferWriter<byte>();
        WriteMembership(membership, buffer);
        return buffer.WrittenMemory;
    }

    /// <summary>Writes snapshot metadata.</summary>
    public static void WriteSnapshotMetadata(SnapshotMetadata metadata, IBufferWriter<byte> to) => WriteSnapshotMetadata(metadata, new ByteWriter(to));

    /// <summary>Reads exactly one snapshot metadata that fills the memory.</summary>
    public static bool TryReadSnapshotMetadata(ReadOnlyMemory<byte> from, out SnapshotMetadata? metadata)
    {
        var reader = new ByteReader(from);
        metadata = ReadSnapshotMetadata(ref reader);
        if (reader.Finished) return true;
        metadata = null;
        return false;
    }

    internal static void WriteBody(Entry entry, ByteWriter writer)
    {
        writer.Number(entry.Term.Value);
        writer.Byte((byte)entry.Kind);
        writer.Stamp(entry.Stamp);
        writer.Bytes(entry.Payload.Span);
    }

    internal static Entry ReadBody(ref ByteReader reader, LogIndex index)
    {
        var term = reader.Term();
        var kind = (EntryKind)reader.Byte();
        var stamp = reader.Stamp();
        var payload = reader.Bytes();
        bool wellFormed = term.Value > 0 && kind switch
        {
            EntryKind.Normal => true,
            EntryKind.Empty => payload.IsEmpty,
            EntryKind.Membership => TryReadMembership(payload, out _),
            _ => false,
        };
        if (!wellFormed) reader.Fail();
        return new Entry(term, index, kind, stamp, payload);
    }

    internal static void WriteMembership(Membership membership, ByteWriter writer)
    {
        writer.Number((ulong)membership.Members.Length);
        foreach (var member in membership.Members)
        {
            writer.Number(member.Id.Value);
            writer.Byte((byte)member.Kind);
            writer.Flag(member.Outgoing);
            writer.Bytes(member.Attributes.Span);
        }
    }

    internal static Membership ReadMembership(ref ByteReader reader)
    {
        ulong count = reader.Number();
        if (count > Membership.MaxMembers) reader.Fail();
        var members = new List<Member>();
        for (ulong i = 0; i < count && !reader.Failed; i++)
        {
            var id = reader.Member();
            if (i > 0 && members[^1].Id.CompareTo(id) >= 0) reader.Fail();
            members.Add(new Member(id, (MemberKind)reader.Byte(), reader.Flag(), reader.Bytes()));
        }
        if (!reader.Failed && Membership.TryCreate(members, out var membership)) return membership;
        reader.Fail();
        return Membership.Empty;
    }

    internal static void WriteSnapshotMetadata(SnapshotMetadata metadata, ByteWriter writer)
    {
        writer.Number(metadata.Index.Value);
        writer.Number(metadata.Term.Value);
        writer.Stamp(metadata.Stamp);
        WriteMembership(metadata.Membership, writer);
    }

    internal static SnapshotMetadata ReadSnapshotMetadata(ref ByteReader reader) =>
        new(reader.Index(), reader.Term(), reader.Stamp(), ReadMembership(ref reader));
}
