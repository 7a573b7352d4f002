using Microsoft.AspNetCore.Http;

namespace Hive.Etcd.Http;

/// <summary><c>/version</c>: the etcd version whose language is spoken here, and Hive's own.</summary>
internal sealed class VersionPage(EtcdFaceOptions options)
{
    private static readonly string Hive = typeof(VersionPage).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>3.5.21 -> 3.5.0: members of one cluster agree on major and minor.</summary>
    public static string ClusterVersion(string version) => $"{StorageVersion(version)}.0";

    /// <summary>3.5.21 -> 3.5.</summary>
    public static string StorageVersion(string version) => version[..version.LastIndexOf('.')];

    public async Task ServeAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        var cluster = ClusterVersion(options.EtcdVersion);
        var storage = StorageVersion(options.EtcdVersion);
        await http.Response.WriteAsync(
            $$"""{"etcdserver":"{{options.EtcdVersion}}","etcdcluster":"{{cluster}}","storage":"{{storage}}.0","hive":"{{Hive}}"}""");
    }
}
