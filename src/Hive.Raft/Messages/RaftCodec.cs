using System.Buffers;
namespace Hive.Raft;

/// <summary>
/// The compact binary form of messages, entries, memberships and snapshot metadata, on the wire and on disk. Reading is strict: malformed or
/// non-canonical input is false, never an exception. What is read refers to the given memory, which must not be used again.
/// </summary>
public static class RaftCodec
{
    public static void Write(RaftMessage message, IBufferWriter<byte> to) => throw new NotImplementedException();
    public static bool TryRead(ReadOnlyMemory<byte> from, out RaftMessage? message) => throw new NotImplementedException();
    public static void WriteEntry(Entry entry, IBufferWriter<byte> to) => throw new NotImplementedException();
    /// <summary>Reads exactly one entry that fills the memory.</summary>
    public static bool TryReadEntry(ReadOnlyMemory<byte> from, out Entry? entry) => throw new NotImplementedException();
    public static void WriteMembership(Membership membership, IBufferWriter<byte> to) => throw new NotImplementedException();
    public static bool TryReadMembership(ReadOnlyMemory<byte> from, out Membership? membership) => throw new NotImplementedException();
    public static void WriteSnapshotMetadata(SnapshotMetadata metadata, IBufferWriter<byte> to) => throw new NotImplementedException();
    public static bool TryReadSnapshotMetadata(ReadOnlyMemory<byte> from, out SnapshotMetadata? metadata) => throw new NotImplementedException();
}
