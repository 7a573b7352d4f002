using System.Text;
using Hive.Objects;
using Hive.Store;

namespace Hive.Control;

/// <summary>Walks all that the model is made of in a snapshot.</summary>
internal static class ModelScan
{
    private static readonly string[] Prefixes = [HiveKeys.ClusterCa, HiveKeys.Queens, HiveKeys.Sessions, RegistryKeys.Root];

    public static IEnumerable<KeyValue> All(StoreSnapshot snapshot) => Prefixes.SelectMany(prefix =>
    {
        byte[] from = Encoding.UTF8.GetBytes(prefix);
        byte[] to = [.. from];
        to[^1]++;
        return snapshot.Scan(from, to);
    });
}
