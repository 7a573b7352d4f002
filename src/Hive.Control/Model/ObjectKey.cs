using System.Text;
using Hive.Objects;

namespace Hive.Control;

/// <summary>Names one record of the store: resource (plural), namespace (empty in cluster scope) and name. Ordered ordinally.</summary>
public readonly record struct ObjectKey(string Resource, string Namespace, string Name) : IComparable<ObjectKey>
{
    public int CompareTo(ObjectKey other)
    {
        int order = string.CompareOrdinal(Resource, other.Resource);
        if (order != 0) return order;
        order = string.CompareOrdinal(Namespace, other.Namespace);
        return order != 0 ? order : string.CompareOrdinal(Name, other.Name);
    }

    /// <summary>The key's bytes in the store.</summary>
    public byte[] ToStoreKey() => Encoding.UTF8.GetBytes(Resource switch
    {
        Resources.Sessions => HiveKeys.Session(Name),
        Resources.Queens => HiveKeys.Queens + Name,
        Resources.ClusterCa => HiveKeys.ClusterCa,
        _ => RegistryKeys.Of(Resource, Namespace, Name),
    });

    /// <summary>False: no record that the control plane reads.</summary>
    public static bool TryParse(ReadOnlySpan<byte> storeKey, out ObjectKey key)
    {
        key = default;
        string text = Encoding.UTF8.GetString(storeKey);
        if (RegistryKeys.TryParse(text, out var parsed))
        {
            key = new ObjectKey(parsed.Value.Resource, parsed.Value.Namespace, parsed.Value.Name);
            return true;
        }
        if (TryTail(text, HiveKeys.Sessions, Resources.Sessions, out key) || TryTail(text, HiveKeys.Queens, Resources.Queens, out key)) return true;
        if (!string.Equals(text, HiveKeys.ClusterCa, StringComparison.Ordinal)) return false;
        key = new ObjectKey(Resources.ClusterCa, "", "ca.crt");
        return true;
    }

    private static bool TryTail(string text, string prefix, string resource, out ObjectKey key)
    {
        key = default;
        if (text.Length == prefix.Length || !text.StartsWith(prefix, StringComparison.Ordinal)) return false;
        key = new ObjectKey(resource, "", text[prefix.Length..]);
        return true;
    }

    public override string ToString() => Namespace.Length == 0 ? $"{Resource}/{Name}" : $"{Resource}/{Namespace}/{Name}";
}
