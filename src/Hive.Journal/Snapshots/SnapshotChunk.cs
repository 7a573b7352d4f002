using System.Buffers.Binary;
using System.Numerics;
using Hive.Journal.Records;

namespace Hive.Journal;

/// <summary>
/// Frame of a chunk in a snapshot file, 16 bytes little endian: CRC-32C of the rest and the payload, seeded with cluster and chunk
/// number; payload length; kind; chunk number. A file is one Head, any number of Data, one End that counts them.
/// </summary>
internal static class SnapshotChunk
{
    public const int HeaderBytes = 16;
    public const uint Head = 0x31504e53, Data = 0x32504e53, End = 0x33504e53;

    public static void Write(Span<byte> chunk, uint kind, uint number, ClusterId cluster)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(chunk[4..], (uint)(chunk.Length - HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(chunk[8..], kind);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk[12..], number);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk, Checksum(chunk, cluster));
    }

    public static bool TryReadHeader(ReadOnlySpan<byte> header, out uint kind, out uint number, out int payloadBytes)
    {
        kind = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        number = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        payloadBytes = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        return kind is Head or Data or End && payloadBytes >= 0;
    }

    public static bool Verify(ReadOnlySpan<byte> chunk, ClusterId cluster) =>
        BinaryPrimitives.ReadUInt32LittleEndian(chunk) == Checksum(chunk, cluster);

    private static uint Checksum(ReadOnlySpan<byte> chunk, ClusterId cluster) =>
        Checksums.Extend(BitOperations.Crc32C(uint.MaxValue, cluster.Value), chunk[4..]);
}
