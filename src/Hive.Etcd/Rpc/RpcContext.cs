using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Hive.Etcd.Rpc;

/// <summary>What a call brought besides its message: metadata and who is at the other end.</summary>
public sealed class RpcContext(HttpContext http)
{
    /// <summary>Metadata that carries an idempotency id: 32 hexadecimal digits.</summary>
    public const string RequestIdMetadata = "hive-request-id";

    /// <summary>The authentication token, or null.</summary>
    public string? Token => First("token") ?? First("authorization");

    /// <summary>Whether the client wants to be refused while there is no leader.</summary>
    public bool RequiresLeader => http.Request.Headers.TryGetValue("hasleader", out var value) && value == "true";

    /// <summary>Common name of the client's certificate, or null.</summary>
    public string? CertificateName =>
        http.Connection.ClientCertificate?.GetNameInfo(System.Security.Cryptography.X509Certificates.X509NameType.SimpleName, forIssuer: false);

    /// <summary>The idempotency id; zero when none was given. False: it was given and is malformed.</summary>
    public bool TryGetRequestId(out UInt128 requestId)
    {
        requestId = 0;
        if (!http.Request.Headers.TryGetValue(RequestIdMetadata, out StringValues value)) return true;
        return value.Count == 1 && value[0] is { Length: 32 } text
            && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out requestId) && requestId != 0;
    }

    private string? First(string name) => http.Request.Headers.TryGetValue(name, out var values) && values.Count > 0 ? values[0] : null;
}
