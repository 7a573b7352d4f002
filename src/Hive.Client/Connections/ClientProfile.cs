using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hive.Client.Connections;

/// <summary>
/// How to reach a Hive and as whom: all its queens, whom to trust, and a client certificate or a bearer token. Stored as JSON
/// (<c>client.json</c>) beside the kubeconfig that <c>hive up</c> writes; file names in it are relative to the file.
/// </summary>
public sealed record ClientProfile
{
    /// <summary>Kubernetes API addresses, e.g. <c>https://127.0.0.1:16443</c>. At least one.</summary>
    public IReadOnlyList<string> Queens { get; set; } = [];

    /// <summary>etcd addresses, e.g. <c>https://127.0.0.1:12379</c>.</summary>
    public IReadOnlyList<string> Etcd { get; set; } = [];

    /// <summary>PEM file of the cluster's authority.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>PEM file of the client certificate.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of its key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Bearer token, instead of a certificate.</summary>
    public string? Token { get; init; }

    /// <summary>Namespace for commands that name none.</summary>
    public string Namespace { get; set; } = "default";

    /// <summary>Reads a profile and makes its file names absolute.</summary>
    /// <exception cref="ClientProfileException">The file cannot be read or is no profile; says which and why.</exception>
    public static ClientProfile Load(string file)
    {
        ClientProfile? profile;
        try
        {
            profile = JsonSerializer.Deserialize(File.ReadAllText(file), ClientProfileJson.Default.ClientProfile);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ClientProfileException($"cannot read the client profile {file}: {failure.Message}", failure);
        }
        if (profile is null || profile.Queens.Count == 0)
        {
            throw new ClientProfileException($"the client profile {file} names no queens; it needs \"queens\": [\"https://HOST:PORT\", ...]", null);
        }
        string folder = Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";
        return profile with
        {
            AuthorityFile = Absolute(folder, profile.AuthorityFile),
            CertificateFile = Absolute(folder, profile.CertificateFile),
            KeyFile = Absolute(folder, profile.KeyFile),
        };
    }

    /// <summary>The profile as the text of a file.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ClientProfileJson.Default.ClientProfile);

    /// <summary>Loads the certificates that the profile names.</summary>
    /// <exception cref="ClientProfileException">A file is missing or is no certificate.</exception>
    public ClientCredentials LoadCredentials()
    {
        try
        {
            X509Certificate2? authority = AuthorityFile is null ? null : X509Certificate2.CreateFromPem(File.ReadAllText(AuthorityFile));
            X509Certificate2? own = CertificateFile is null || KeyFile is null
                ? null
                : X509Certificate2.CreateFromPem(File.ReadAllText(CertificateFile), File.ReadAllText(KeyFile));
            return new ClientCredentials(authority, own, Token);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new ClientProfileException($"cannot load the certificates of the client profile: {failure.Message}", failure);
        }
    }

    private static string? Absolute(string folder, string? file) => file is null ? null : Path.Combine(folder, file);
}

/// <summary>A profile that cannot be used; the message says what to mend.</summary>
public sealed class ClientProfileException(string message, Exception? inner) : Exception(message, inner);

/// <summary>Whom a client trusts and as whom it comes.</summary>
/// <param name="Authority">The cluster's authority; null trusts the machine's own store.</param>
public sealed record ClientCredentials(X509Certificate2? Authority, X509Certificate2? Certificate, string? Token = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ClientProfile))]
internal sealed partial class ClientProfileJson : JsonSerializerContext;
