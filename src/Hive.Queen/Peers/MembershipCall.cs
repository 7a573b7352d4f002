using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using Hive.Raft;

namespace Hive.Queen.Peers;

/// <summary>A membership change that a follower hands to the leader, and its answer, on the wire.</summary>
internal static class MembershipCall
{
    private const byte Set = 1, Remove = 2, Attributes = 3;
    private const int MostSteps = 64;

    public static byte[] EncodeRequest(ulong number, MembershipChange change)
    {
        var output = new ArrayBufferWriter<byte>();
        U64(output, number);
        output.Write([(byte)(change.Joint ? 1 : 0), (byte)change.Steps.Length]);
        foreach (MembershipStep step in change.Steps)
        {
            U64(output, step.Member.Value);
            switch (step)
            {
                case SetMember set:
                    output.Write([Set, (byte)set.Kind, (byte)(set.Attributes is null ? 0 : 1)]);
                    Bytes(output, (set.Attributes ?? default).Span);
                    break;
                case RemoveMember:
                    output.Write<byte>([Remove, 0, 0]);
                    Bytes(output, default);
                    break;
                case SetAttributes set:
                    output.Write<byte>([Attributes, 0, 1]);
                    Bytes(output, set.Attributes.Span);
                    break;
                default:
                    throw Invariant.Fail($"unknown step {step}");
            }
        }
        return output.WrittenSpan.ToArray();
    }

    public static bool TryDecodeRequest(ReadOnlyMemory<byte> bytes, out ulong number, out MembershipChange change)
    {
        (number, change) = (0, new MembershipChange([]));
        ReadOnlySpan<byte> span = bytes.Span;
        if (span.Length < 10 || span[9] > MostSteps) return false;
        number = BinaryPrimitives.ReadUInt64LittleEndian(span);
        var steps = ImmutableArray.CreateBuilder<MembershipStep>(span[9]);
        int at = 10;
        for (int i = 0; i < span[9]; i++)
        {
            if (span.Length - at < 8 + 3 + 4) return false;
            var member = new MemberId(BinaryPrimitives.ReadUInt64LittleEndian(span[at..]));
            byte op = span[at + 8], kind = span[at + 9], has = span[at + 10];
            int length = BinaryPrimitives.ReadInt32LittleEndian(span[(at + 11)..]);
            at += 15;
            if (length < 0 || length > span.Length - at) return false;
            ReadOnlyMemory<byte> attributes = bytes.Slice(at, length);
            at += length;
            if (op == Set) steps.Add(new SetMember(member, (MemberKind)kind, has == 0 ? (ReadOnlyMemory<byte>?)null : attributes));
            else if (op == Remove) steps.Add(new RemoveMember(member));
            else if (op == Attributes) steps.Add(new SetAttributes(member, attributes));
            else return false;
        }
        change = new MembershipChange(steps.MoveToImmutable()) { Joint = span[8] != 0 };
        return at == span.Length;
    }

    public static byte[] EncodeResponse(ulong number, QueenCode code, MembershipOutcome outcome)
    {
        byte[] bytes = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        bytes[8] = (byte)code;
        bytes[9] = (byte)outcome;
        return bytes;
    }

    public static bool TryDecodeResponse(ReadOnlySpan<byte> bytes, out ulong number, out QueenCode code, out MembershipOutcome outcome)
    {
        (number, code, outcome) = (0, default, default);
        if (bytes.Length != 10 || bytes[8] > (byte)QueenCode.Learner || bytes[9] > (byte)MembershipOutcome.LearnerNotReady) return false;
        number = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        (code, outcome) = ((QueenCode)bytes[8], (MembershipOutcome)bytes[9]);
        return true;
    }

    private static void U64(ArrayBufferWriter<byte> output, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(8);
    }

    private static void Bytes(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), bytes.Length);
        output.Advance(4);
        output.Write(bytes);
    }
}
