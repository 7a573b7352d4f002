using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Hive.Control;

/// <summary>
/// Hashes that are the same in every process and on every machine: names, UIDs, jitter and ties are derived from them, so that the
/// same view always gives the same decision. Parts are length-prefixed: ("a", "bc") and ("ab", "c") differ.
/// </summary>
public static class StableHash
{
    /// <summary>No vowels and no look-alikes, so that generated names spell nothing (the API server's alphabet).</summary>
    private const string SafeAlphabet = "bcdfghjklmnpqrstvwxz2456789";

    /// <summary>FNV-1a of the text's UTF-16 units: cheap, for jitter, ties and bucket choice; not against an adversary.</summary>
    public static ulong Of(string text, ulong seed = 0)
    {
        ulong hash = 14695981039346656037UL ^ (seed * 0x9E3779B97F4A7C15UL);
        foreach (char unit in text)
        {
            hash = (hash ^ (byte)unit) * 1099511628211UL;
            hash = (hash ^ (byte)(unit >> 8)) * 1099511628211UL;
        }
        hash ^= hash >> 32;
        hash *= 0xD6E8FEB86659FD93UL;
        return hash ^ (hash >> 29);
    }

    /// <summary>A hash of any number of texts, in order.</summary>
    public static ulong Of(string first, string second) => Of(second, Of(first));

    /// <summary>Text of <paramref name="length"/> (at most 12) characters that is safe in names.</summary>
    public static string Suffix(ulong hash, int length)
    {
        Span<char> text = stackalloc char[length];
        for (int i = 0; i < length; i++)
        {
            text[i] = SafeAlphabet[(int)(hash % (ulong)SafeAlphabet.Length)];
            hash /= (ulong)SafeAlphabet.Length;
        }
        return new string(text);
    }

    /// <summary>A UUID (version 8: custom) derived from the parts.</summary>
    public static string Uuid(params ReadOnlySpan<string> parts)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Digest(parts, digest);
        digest[6] = (byte)((digest[6] & 0x0F) | 0x80);
        digest[8] = (byte)((digest[8] & 0x3F) | 0x80);
        return new Guid(digest[..16], bigEndian: true).ToString("D");
    }

    private static void Digest(ReadOnlySpan<string> parts, Span<byte> digest)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (string part in parts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            sha.AppendData(length);
            sha.AppendData(bytes);
        }
        sha.GetHashAndReset(digest);
    }
}
