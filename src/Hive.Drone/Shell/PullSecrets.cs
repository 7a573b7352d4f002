using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hive.Drone.Runtimes;

namespace Hive.Drone.Shell;

/// <summary>Reads what <c>kubectl create secret docker-registry</c> writes.</summary>
internal static class PullSecrets
{
    public static RegistryCredential? TryFind(ReadOnlyMemory<byte> json, string registry)
    {
        try
        {
            if (JsonNode.Parse(json.Span)?["auths"] is not JsonObject servers) return null;
            foreach ((string server, JsonNode? entry) in servers)
            {
                string host = server.Replace("https://", "", StringComparison.Ordinal).Replace("http://", "", StringComparison.Ordinal).Split('/')[0];
                bool same = host == registry || (registry == "docker.io" && host is "index.docker.io" or "registry-1.docker.io");
                if (!same || entry is not JsonObject values) continue;
                if ((string?)values["username"] is { } user) return new RegistryCredential(server, user, (string?)values["password"] ?? "");
                if ((string?)values["auth"] is not { } auth) continue;
                string pair = Encoding.UTF8.GetString(Convert.FromBase64String(auth));
                int colon = pair.IndexOf(':', StringComparison.Ordinal);
                if (colon > 0) return new RegistryCredential(server, pair[..colon], pair[(colon + 1)..]);
            }
            return null;
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException)
        {
            // A secret that is no such thing names no credential; the registry will say what it wants.
            return null;
        }
    }
}
