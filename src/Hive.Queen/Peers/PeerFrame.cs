using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Hive.Journal.Records;

namespace Hive.Queen.Peers;

/// <summary>What a frame between members carries. Numbers are on the wire: never reuse one.</summary>
internal enum PeerFrameKind : byte
{
    Hello = 1,
    Welcome = 2,
    Message = 3,
    SnapshotBegin = 4,
    SnapshotChunk = 5,
    SnapshotEnd = 6,
    Request = 7,
    Response = 8,
    Digest = 9,
}

/// <summary>
/// Frame between members, 12 bytes of header little endian: u32 payload length; u8 kind and three zeros; u32 CRC-32C of the first
/// eight bytes and the payload.
/// </summary>
internal static class PeerFrame
{
    public const int HeaderBytes = 12;

    /// <summary>Reserves a header; <see cref="End"/> completes it once the payload stands behind it.</summary>
    public static int Begin(ArrayBufferWriter<byte> output)
    {
        int start = output.WrittenCount;
        output.GetSpan(HeaderBytes)[..HeaderBytes].Clear();
        output.Advance(HeaderBytes);
        return start;
    }

    public static void End(ArrayBufferWriter<byte> output, int start, PeerFrameKind kind)
    {
        // The writer gives out only what was written, read-only; the header's room in it is this frame's own.
        Span<byte> frame = System.Runtime.InteropServices.MemoryMarshal.AsMemory(output.WrittenMemory[start..]).Span;
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)(frame.Length - HeaderBytes));
        frame[4] = (byte)kind;
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], Checksum(frame[..8], frame[HeaderBytes..]));
    }

    public static void Write(ArrayBufferWriter<byte> output, PeerFrameKind kind, ReadOnlySpan<byte> payload)
    {
        int start = Begin(output);
        output.Write(payload);
        End(output, start, kind);
    }

    /// <summary>Takes one frame from what has arrived. Not complete: false without an error. The payload is a copy of its own.</summary>
    public static bool TryRead(ref ReadOnlySequence<byte> arrived, int limitBytes, out PeerFrameKind kind, out byte[] payload, out string? error)
    {
        (kind, payload, error) = (default, [], null);
        if (arrived.Length < HeaderBytes) return false;
        Span<byte> header = stackalloc byte[HeaderBytes];
        arrived.Slice(0, HeaderBytes).CopyTo(header);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        kind = (PeerFrameKind)header[4];
        if (kind is < PeerFrameKind.Hello or > PeerFrameKind.Digest || header[5] != 0 || header[6] != 0 || header[7] != 0)
        {
            error = "a frame of no known kind";
            return false;
        }
        if (length > (uint)limitBytes)
        {
            error = $"a frame of {length} bytes, more than {limitBytes}";
            return false;
        }
        if (arrived.Length < HeaderBytes + length) return false;
        payload = arrived.Slice(HeaderBytes, length).ToArray();
        if (Checksum(header[..8], payload) != BinaryPrimitives.ReadUInt32LittleEndian(header[8..]))
        {
            error = "a frame with a wrong checksum";
            return false;
        }
        arrived = arrived.Slice(HeaderBytes + length);
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload) =>
        Checksums.Extend(Checksums.Extend(uint.MaxValue, head), payload);
}

/// <summary>Which of the connections between two members.</summary>
internal enum PeerLane : byte
{
    /// <summary>Small and pressing: heartbeats, votes, acknowledgements, reads.</summary>
    Urgent = 0,

    /// <summary>Entries, forwarded proposals, snapshots.</summary>
    Bulk = 1,
}

/// <summary>First frame of the caller: who calls whom, in which cluster.</summary>
/// <param name="Address">Where the caller listens, for a member that does not know it yet.</param>
internal readonly record struct PeerHello(ClusterId Cluster, MemberId From, MemberId To, PeerLane Lane, string Address)
{
    private const uint Magic = 0x45564948; // "HIVE"
    public const ushort Version = 1;
    private const int FixedBytes = 4 + 2 + 8 + 8 + 8 + 1;

    public byte[] Encode()
    {
        byte[] address = Encoding.UTF8.GetBytes(Address);
        byte[] bytes = new byte[FixedBytes + address.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), Version);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(6), Cluster.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(14), From.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(22), To.Value);
        bytes[30] = (byte)Lane;
        address.CopyTo(bytes.AsSpan(FixedBytes));
        return bytes;
    }

    public static bool TryDecode(ReadOnlySpan<byte> bytes, out PeerHello hello, out string error)
    {
        hello = default;
        error = "no greeting of a Hive member";
        if (bytes.Length < FixedBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic) return false;
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        error = $"protocol version {version}, this member speaks {Version}";
        if (version != Version) return false;
        error = "no such connection";
        if (bytes[30] > (byte)PeerLane.Bulk) return false;
        hello = new PeerHello(
            new ClusterId(BinaryPrimitives.ReadUInt64LittleEndian(bytes[6..])), new MemberId(BinaryPrimitives.ReadUInt64LittleEndian(bytes[14..])),
            new MemberId(BinaryPrimitives.ReadUInt64LittleEndian(bytes[22..])), (PeerLane)bytes[30], Encoding.UTF8.GetString(bytes[FixedBytes..]));
        return true;
    }
}
