using System.Net;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd;

/// <summary>One cluster under test: a name and its client endpoints, and its processes when this program started them.</summary>
internal sealed record Target(string Name, IReadOnlyList<IPEndPoint> Endpoints, LocalMembers? Members = null)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <summary>Memory that all members hold, when their processes are known, in MiB.</summary>
    public double? MemoryMebibytes => Members?.Usage().WorkingSet / 1048576.0;

    /// <summary>Processor time of all members so far, when their processes are known.</summary>
    public TimeSpan? ProcessorTime => Members?.Usage().Processor;

    public static Target Parse(string name, string endpoints) =>
        new(name, [.. endpoints.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(e => IPEndPoint.Parse(e.Replace("http://", "", StringComparison.Ordinal).Replace("localhost", "127.0.0.1", StringComparison.Ordinal)))]);

    /// <summary>Opens connections, spread over the members.</summary>
    public Http2Connection[] Connect(int count) =>
        [.. Enumerable.Range(0, count).Select(i => Http2Connection.Open(Endpoints[i % Endpoints.Count]))];

    /// <summary>Answers once every member serves a linearizable read.</summary>
    public async Task WaitUntilServingAsync(CancellationToken cancellation)
    {
        foreach (var endpoint in Endpoints)
        {
            while (!await ServesAsync(endpoint)) await Task.Delay(BetweenLooks, cancellation);
        }
    }

    private static async Task<bool> ServesAsync(IPEndPoint endpoint)
    {
        try
        {
            await using var connection = Http2Connection.Open(endpoint);
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
