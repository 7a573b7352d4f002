using System.Security.Cryptography;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>Names for objects that come with a generateName: the prefix and five letters that cannot make a word.</summary>
public static class GeneratedNames
{
    private const string Letters = "bcdfghjklmnpqrstvwxz2456789";
    private const int SuffixLength = 5;

    /// <summary>Longest prefix that is kept, so that the name stays within the 63 characters of a label.</summary>
    private const int PrefixLength = 63 - SuffixLength;

    public static HiveObject Apply(HiveObject value)
    {
        ObjectMeta meta = value.Metadata;
        if (meta.Name.Length > 0 || meta.GenerateName.Length == 0) return value;
        string prefix = meta.GenerateName.Length > PrefixLength ? meta.GenerateName[..PrefixLength] : meta.GenerateName;
        return value with { Metadata = meta with { Name = prefix + RandomNumberGenerator.GetString(Letters, SuffixLength) } };
    }
}
