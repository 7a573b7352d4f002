using System.Text;

namespace Hive.Api.Storage;

/// <summary>Ranges of keys by prefix.</summary>
public static class KeySpace
{
    /// <summary>The first key past all that begin with the prefix; the prefix must hold a byte below 0xFF.</summary>
    public static byte[] End(ReadOnlySpan<byte> prefix)
    {
        int last = prefix.Length - 1;
        while (prefix[last] == 0xFF) last--;
        byte[] end = prefix[..(last + 1)].ToArray();
        end[last]++;
        return end;
    }

    public static byte[] Bytes(string key) => Encoding.UTF8.GetBytes(key);
}
