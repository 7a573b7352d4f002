using System.Collections.Immutable;
using System.Text;
using Hive.Objects;
using Hive.Queen;
using Hive.Store;

namespace Hive.Api.Storage;

/// <summary>An object as a snapshot holds it; its resourceVersion is filled in.</summary>
/// <param name="Kv">The pair that it was read from.</param>
public readonly record struct Stored<T>(T Value, KeyValue Kv) where T : HiveObject
{
    public Revision ModifiedAt => Kv.ModRevision;
}

/// <summary>
/// Objects over the store: where they lie, how they are encoded, and their decoded form, kept by (key, mod revision). The stored JSON has no
/// resourceVersion: it is the pair's mod revision, filled in when the object is read.
/// </summary>
public sealed class ObjectStorage(IQueen queen, ApiLimits limits)
{
    private readonly RevisionCache<(string Key, long Revision), HiveObject> _cache = new(limits.DecodedObjects, limits.DecodedBytes);

    /// <summary>This queen's own state, without a barrier.</summary>
    public StoreSnapshot Local => queen.Store.Snapshot();

    public static string KeyOf(KindDefinition kind, string space, string name) => RegistryKeys.Of(kind.Plural, space, name);

    /// <summary>Prefix of all objects of a kind, or of those in one namespace.</summary>
    public static string PrefixOf(KindDefinition kind, string space) => RegistryKeys.Prefix(kind.Plural, space);

    /// <summary>The bytes to be stored.</summary>
    public static byte[] Encode(HiveObject value) =>
        HiveJson.Write(value.Metadata.ResourceVersion.Length == 0 ? value : value with { Metadata = value.Metadata with { ResourceVersion = "" } });

    public Stored<HiveObject>? Find(StoreSnapshot at, KindDefinition kind, string space, string name)
    {
        KeyValue? kv = at.Get(KeySpace.Bytes(KeyOf(kind, space, name)));
        return kv is null ? null : new Stored<HiveObject>(Decode(kind, kv), kv);
    }

    public Stored<T>? Find<T>(StoreSnapshot at, string space, string name) where T : HiveObject
    {
        Stored<HiveObject>? found = Find(at, KindOf<T>.Definition, space, name);
        return found is { } stored ? new Stored<T>((T)stored.Value, stored.Kv) : null;
    }

    /// <summary>All objects of a kind in key order, lazily; an empty namespace means all of them.</summary>
    public IEnumerable<T> Scan<T>(StoreSnapshot at, string space) where T : HiveObject
    {
        KindDefinition kind = KindOf<T>.Definition;
        byte[] prefix = KeySpace.Bytes(PrefixOf(kind, space));
        foreach (KeyValue kv in at.Scan(prefix, KeySpace.End(prefix))) yield return (T)Decode(kind, kv);
    }

    /// <summary>The object in a pair, from the cache where it is there.</summary>
    public HiveObject Decode(KindDefinition kind, KeyValue kv)
    {
        string key = Encoding.UTF8.GetString(kv.Key.Span);
        if (_cache.Find((key, kv.ModRevision.Value)) is { } known) return known;
        HiveObject value = DecodeAt(kind, kv, kv.ModRevision);
        _cache.Add((key, kv.ModRevision.Value), value, kv.Value.Length);
        return value;
    }

    /// <summary>The object in a pair, shown as of another revision: what a delete removed carries the revision of the delete.</summary>
    public HiveObject DecodeAt(KindDefinition kind, KeyValue kv, Revision shownAs)
    {
        Decoded<object> decoded = HiveJson.Read(kind.Schema, kv.Value);
        if (decoded.Ok)
        {
            var value = (HiveObject)decoded.Value;
            return value with { Metadata = value.Metadata with { ResourceVersion = shownAs.ToString() } };
        }
        // Somebody wrote the key through the etcd face. It is shown by name only, so that it can be seen and deleted.
        RegistryKeys.TryParse(Encoding.UTF8.GetString(kv.Key.Span), out RegistryKey? key);
        HiveObject broken = kind.Blank();
        return broken with
        {
            Metadata = new ObjectMeta
            {
                Name = key?.Name ?? "",
                Namespace = key?.Namespace ?? "",
                ResourceVersion = shownAs.ToString(),
                Annotations = StringMap.Of(("hive.io/undecodable", decoded.Error)),
            },
        };
    }

    /// <summary>The comparison "this key is still as it was read"; zero means absent.</summary>
    public static Comparison Unchanged(string key, Revision modifiedAt) =>
        new(CompareTarget.Mod, CompareResult.Equal, KeySpace.Bytes(key), Number: modifiedAt.Value);

    /// <summary>The comparison "nothing under this prefix was written after the revision": guards a choice against what appears beside it.</summary>
    public static Comparison NothingNewer(string prefix, Revision than)
    {
        byte[] from = KeySpace.Bytes(prefix);
        return new Comparison(CompareTarget.Mod, CompareResult.Less, from, KeySpace.End(from), than.Value + 1);
    }

    public static ImmutableArray<ReadOnlyMemory<byte>> Hidden(IEnumerable<string> names) =>
        [.. names.Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal).Select(name => (ReadOnlyMemory<byte>)KeySpace.Bytes(name))];
}
