using System.Buffers;
using System.Buffers.Binary;

namespace Hive.Queen.Core;

/// <summary>
/// Stands in front of the command in each entry: who proposed it, so that the proposer knows its own when it is applied. A start of a
/// member has an incarnation of its own: a number is never taken for that of an earlier start.
/// </summary>
public readonly record struct ProposalHeader(MemberId Origin, ulong Incarnation, ulong Number)
{
    /// <summary>Bytes that the header takes.</summary>
    public const int Bytes = 25;
    private const byte Form = 1;

    public void Write(IBufferWriter<byte> output)
    {
        Span<byte> header = output.GetSpan(Bytes);
        header[0] = Form;
        BinaryPrimitives.WriteUInt64LittleEndian(header[1..], Origin.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(header[9..], Incarnation);
        BinaryPrimitives.WriteUInt64LittleEndian(header[17..], Number);
        output.Advance(Bytes);
    }

    /// <summary>Splits an entry's payload. False: no header that this version knows; the entry is applied as an unknown command then.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> payload, out ProposalHeader header, out ReadOnlyMemory<byte> command)
    {
        header = default;
        command = payload;
        ReadOnlySpan<byte> bytes = payload.Span;
        if (bytes.Length < Bytes || bytes[0] != Form) return false;
        header = new ProposalHeader(
            new MemberId(BinaryPrimitives.ReadUInt64LittleEndian(bytes[1..])), BinaryPrimitives.ReadUInt64LittleEndian(bytes[9..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[17..]));
        command = payload[Bytes..];
        return true;
    }
}
