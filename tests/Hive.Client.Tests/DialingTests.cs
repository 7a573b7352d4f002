using System.Net;
using System.Net.Sockets;
using Hive.Client.Connections;
using Xunit;

namespace Hive.Client.Tests;

/// <summary>Connections to a process that is being killed.</summary>
public sealed class DialingTests
{
    [Fact]
    public async Task A_queen_that_dies_while_it_is_connected_to_is_a_result_and_no_exception()
    {
        const int Calls = 2_000;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var thread = new Thread(() => ResetAll(listener)) { IsBackground = true };
        thread.Start();
        using var pool = new QueenPool([new Uri($"https://{listener.LocalEndpoint}")], new ClientCredentials(null, null), patience: TimeSpan.Zero);
        for (int call = 0; call < Calls; call++)
        {
            PoolResult result = await pool.SendAsync(queen => new HttpRequestMessage(HttpMethod.Get, queen), repeatable: true, CancellationToken.None);
            Assert.Equal(Fate.NotDone, result.Fate);
        }
        listener.Stop();
        thread.Join();
    }

    /// <summary>As a kernel does for a process that was killed: each connection is reset as soon as it stands.</summary>
    private static void ResetAll(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using Socket accepted = listener.AcceptSocket();
                accepted.LingerState = new LingerOption(true, 0);
            }
        }
        catch (SocketException)
        {
            return; // The listener was stopped: the test is over.
        }
    }
}
