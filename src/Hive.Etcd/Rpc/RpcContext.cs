using System.Globalization;
using Hive.Etcd.Budgets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Hive.Etcd.Rpc;

/// <summary>What a call brought besides its message: metadata and who is at the other end.</summary>
public sealed class RpcContext
{
    private readonly HttpContext _http;
    private readonly ClientBudget _client;

    internal RpcContext(HttpContext http, ClientBudget client) => (_http, _client) = (http, client);

    /// <summary>Metadata that carries an idempotency id: 32 hexadecimal digits.</summary>
    public const string RequestIdMetadata = "hive-request-id";

    /// <summary>The authentication token, or null.</summary>
    public string? Token => First("token") ?? First("authorization");

    /// <summary>The user that the call was found to come from, once somebody asked; null before, and while authentication is off.</summary>
    public string? User
    {
        get;
        set
        {
            field = value;
            if (value is not null) _client.User = value;
        }
    }

    /// <summary>What this call holds of its client's budget, in bytes.</summary>
    internal long Charged { get; private set; }

    /// <summary>Takes bytes from the client's budget until the call ends. False: there is not so much left.</summary>
    internal bool TryCharge(long bytes)
    {
        if (!_client.TryCharge(bytes)) return false;
        Charged += bytes;
        return true;
    }

    /// <summary>Whether the client wants to be refused while there is no leader.</summary>
    public bool RequiresLeader => _http.Request.Headers.TryGetValue("hasleader", out var value) && value == "true";

    /// <summary>Common name of the client's certificate, or null.</summary>
    public string? CertificateName => _http.Connection.ClientCertificate is { } certificate && CertificateNames.Of(certificate).CommonName is { Length: > 0 } name ? name : null;

    /// <summary>The idempotency id; zero when none was given. False: it was given and is malformed.</summary>
    public bool TryGetRequestId(out UInt128 requestId)
    {
        requestId = 0;
        if (!_http.Request.Headers.TryGetValue(RequestIdMetadata, out StringValues value)) return true;
        return value.Count == 1 && value[0] is { Length: 32 } text
            && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out requestId) && requestId != 0;
    }

    private string? First(string name) => _http.Request.Headers.TryGetValue(name, out var values) && values.Count > 0 ? values[0] : null;
}
