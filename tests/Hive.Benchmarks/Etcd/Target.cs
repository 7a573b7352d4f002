using System.Net;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd;

/// <summary>One cluster under test: a name and its client endpoints.</summary>
internal sealed record Target(string Name, IReadOnlyList<IPEndPoint> Endpoints)
{
    public static Target Parse(string name, string endpoints) =>
        new(name, [.. endpoints.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(e => IPEndPoint.Parse(e.Replace("http://", "", StringComparison.Ordinal).Replace("localhost", "127.0.0.1", StringComparison.Ordinal)))]);

    /// <summary>Opens connections, spread over the members.</summary>
    public async Task<List<Http2Connection>> ConnectAsync(int count, CancellationToken cancellation)
    {
        var connections = new List<Http2Connection>(count);
        for (var i = 0; i < count; i++) connections.Add(await Http2Connection.OpenAsync(Endpoints[i % Endpoints.Count], cancellation));
        return connections;
    }

    /// <summary>Answers once every member serves a linearizable read.</summary>
    public async Task WaitUntilServingAsync(CancellationToken cancellation)
    {
        foreach (var endpoint in Endpoints)
        {
            while (!await ServesAsync(endpoint, cancellation)) await Task.Delay(100, cancellation);
        }
    }

    private static async Task<bool> ServesAsync(IPEndPoint endpoint, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await Http2Connection.OpenAsync(endpoint, cancellation);
            var call = new GrpcCall();
            var ended = call.Reset();
            connection.Start(call, connection.HeadersOf(EtcdMessages.Range), EtcdMessages.RangeRequest("x"u8, false), true);
            return await ended;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
