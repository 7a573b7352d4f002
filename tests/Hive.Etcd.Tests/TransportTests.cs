using System.Net;
using System.Net.Sockets;
using Hive.Etcd.Listening;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hive.Etcd.Tests;

public sealed class TransportTests
{
    /// <summary>
    /// Who writes an answer to a stream that its client has reset is given a buffer from the connection's pool, of a length that nobody asks for; an empty one made that a fault of the server.
    /// </summary>
    [Fact]
    public async Task Connections_have_a_pool_that_gives_out_no_empty_buffers()
    {
        await using var transport = ClientServer.BuildTransport(NullLoggerFactory.Instance);
        await using var listener = await ClientServer.FactoryOf(transport).BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.EndPoint);
        await using var connection = (await listener.AcceptAsync())!;

        using var buffer = connection.Features.Get<IMemoryPoolFeature>()!.MemoryPool.Rent(0);

        Assert.NotEqual(0, buffer.Memory.Length);
    }
}
