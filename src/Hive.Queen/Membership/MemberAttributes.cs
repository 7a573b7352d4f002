using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Hive.Raft;

namespace Hive.Queen;

/// <summary>What all members must know of one beside its vote: name and addresses. It travels in the membership entries, opaque to consensus.</summary>
public sealed record MemberAttributes(string Name, ImmutableArray<string> PeerUrls, ImmutableArray<string> ClientUrls)
{
    private const byte Form = 1;
    private const int TextBytes = 4096;
    private const int UrlCount = 64;

    public static MemberAttributes None { get; } = new("", [], []);

    public ReadOnlyMemory<byte> Encode()
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write([Form]);
        WriteText(output, Name);
        WriteAll(output, PeerUrls);
        WriteAll(output, ClientUrls);
        return output.WrittenMemory;
    }

    /// <summary>Reads what <see cref="Encode"/> wrote; <see cref="None"/> for anything else (a member without attributes).</summary>
    public static MemberAttributes Decode(ReadOnlyMemory<byte> encoded)
    {
        ReadOnlySpan<byte> bytes = encoded.Span;
        if (bytes.Length == 0 || bytes[0] != Form) return None;
        bytes = bytes[1..];
        return TryReadText(ref bytes, out string name) && TryReadAll(ref bytes, out var peers) && TryReadAll(ref bytes, out var clients)
            ? new MemberAttributes(name, peers, clients) : None;
    }

    /// <summary>All members of a membership as the faces show them, in id order.</summary>
    public static ImmutableArray<QueenMember> Describe(Raft.Membership membership)
    {
        var members = ImmutableArray.CreateBuilder<QueenMember>(membership.Members.Length);
        foreach (Member member in membership.Members)
        {
            MemberAttributes attributes = Decode(member.Attributes);
            members.Add(new QueenMember(member.Id, attributes.Name, attributes.PeerUrls, attributes.ClientUrls, !member.Votes));
        }
        return members.MoveToImmutable();
    }

    private static void WriteAll(ArrayBufferWriter<byte> output, ImmutableArray<string> texts)
    {
        Invariant.Check(texts.Length <= UrlCount, $"{texts.Length} addresses");
        output.Write([(byte)texts.Length]);
        foreach (string text in texts) WriteText(output, text);
    }

    private static void WriteText(ArrayBufferWriter<byte> output, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Invariant.Check(bytes.Length <= TextBytes, $"{bytes.Length} bytes of text");
        BinaryPrimitives.WriteUInt16LittleEndian(output.GetSpan(2), (ushort)bytes.Length);
        output.Advance(2);
        output.Write(bytes);
    }

    private static bool TryReadAll(ref ReadOnlySpan<byte> bytes, out ImmutableArray<string> texts)
    {
        texts = [];
        if (bytes.Length < 1 || bytes[0] > UrlCount) return false;
        int count = bytes[0];
        bytes = bytes[1..];
        var read = ImmutableArray.CreateBuilder<string>(count);
        for (int i = 0; i < count; i++)
        {
            if (!TryReadText(ref bytes, out string text)) return false;
            read.Add(text);
        }
        texts = read.MoveToImmutable();
        return true;
    }

    private static bool TryReadText(ref ReadOnlySpan<byte> bytes, out string text)
    {
        text = "";
        if (bytes.Length < 2) return false;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        if (length > TextBytes || bytes.Length < 2 + length) return false;
        text = Encoding.UTF8.GetString(bytes.Slice(2, length));
        bytes = bytes[(2 + length)..];
        return true;
    }
}
