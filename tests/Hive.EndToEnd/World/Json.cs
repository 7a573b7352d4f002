using System.Text.Json;

namespace Hive.EndToEnd.World;

/// <summary>What etcdctl prints with <c>-w json</c>.</summary>
public static class Json
{
    /// <summary>The revision that last changed a key that is there.</summary>
    public static async Task<long> RevisionAsync(Etcdctl etcdctl, string key)
    {
        using JsonDocument json = JsonDocument.Parse(await etcdctl.MustAsync("get", key, "-w", "json"));
        return json.RootElement.GetProperty("kvs")[0].GetProperty("mod_revision").GetInt64();
    }
}
