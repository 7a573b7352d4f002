using System.Collections.Concurrent;
using System.Net;
using Hive.Etcd.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Hive.Etcd.Budgets;

/// <summary>
/// A budget for each client, so that one which floods a queen is refused before it costs the others, and is named. A client is an address together with the
/// name in its certificate; found once for each connection.
/// </summary>
internal sealed partial class ClientBudgets
{
    private readonly EtcdLimits _limits;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<(string Address, string? Certificate), ClientBudget> _clients = new();
    private readonly ClientBudget _others;

    public ClientBudgets(EtcdLimits limits, ILogger logger, TimeProvider time)
    {
        (_limits, _logger, _time) = (limits, logger, time);
        _others = new ClientBudget("others", null, limits, Name);
    }

    /// <summary>Runs a connection with its client's budget: found once, so that no call pays for it.</summary>
    public Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        connection.Features.Set(Find(connection));
        return next(connection);
    }

    public ClientBudget Of(HttpContext http) => http.Features.Get<ClientBudget>() ?? _others;

    /// <summary>The clients that were refused most or have most under way, few enough to be labels.</summary>
    public void Write(MetricsText text)
    {
        var named = _clients.Values.Append(_others).OrderByDescending(client => client.Refused).ThenByDescending(client => client.Bytes)
            .ThenByDescending(client => client.Requests).ThenBy(client => client.Address, StringComparer.Ordinal).Take(_limits.ClientsNamed).ToList();
        Write(text, named, "hive_client_requests_in_flight", "gauge", "Unary calls that a client has under way: of those who ask most.", client => client.Requests);
        Write(text, named, "hive_client_request_bytes_in_flight", "gauge", "Bytes of those calls.", client => client.Bytes);
        Write(text, named, "hive_client_requests_refused_total", "counter", "Calls refused because the client had too much under way.", client => client.Refused);
    }

    private static void Write(MetricsText text, List<ClientBudget> clients, string name, string type, string help, Func<ClientBudget, long> value)
    {
        text.Family(name, type, help);
        foreach (var client in clients)
            text.Sample(name, $"client={MetricsText.Quoted(client.Address)},user={MetricsText.Quoted(client.User)}", value(client));
    }

    private ClientBudget Find(ConnectionContext connection)
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "unknown";
        var certificate = connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is { } shown && CertificateNames.Of(shown).CommonName is { Length: > 0 } name ? name : null;
        if (_clients.TryGetValue((address, certificate), out var known)) return known;
        if (_clients.Count >= _limits.ClientsTracked) ForgetIdle();
        if (_clients.Count >= _limits.ClientsTracked) return _others;
        return _clients.GetOrAdd((address, certificate), key => new ClientBudget(key.Address, key.Certificate, _limits, Name));
    }

    /// <summary>A connection that is open keeps the budget it found; only the books forget it.</summary>
    private void ForgetIdle()
    {
        foreach (var (key, client) in _clients)
            if (client.Requests == 0) _clients.TryRemove(key, out _);
    }

    private void Name(ClientBudget client)
    {
        var now = Math.Max(_time.GetTimestamp(), 1);
        var last = Volatile.Read(ref client.NamedAt);
        if (last != 0 && _time.GetElapsedTime(last, now) < _limits.RefusalLogInterval) return;
        if (Interlocked.CompareExchange(ref client.NamedAt, now, last) != last) return;
        LogRefused(_logger, client.Address, client.User, client.Requests, client.Bytes, client.Refused);
    }

    [LoggerMessage(EventId = 4020, Level = LogLevel.Warning,
        Message = "The client {Client} (user \"{User}\") has {Requests} calls with {Bytes} bytes under way: it is refused until it has fewer; {Refused} calls refused so far")]
    private static partial void LogRefused(ILogger logger, string client, string user, long requests, long bytes, long refused);
}
