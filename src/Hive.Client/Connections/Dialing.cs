using System.Net;
using System.Net.Http;
using System.Net.Sockets;

namespace Hive.Client.Connections;

/// <summary>
/// Connects for a <see cref="SocketsHttpHandler"/>. The handler asks a new connection for the far end's address, outside of all that it turns into
/// <see cref="HttpRequestException"/>: a peer that is killed in that instant would make a call fail with a bare <see cref="SocketException"/>, which no caller expects.
/// Here the address is asked for (and kept by the socket) while connecting may still fail.
/// </summary>
public static class Dialing
{
    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public static ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation) =>
        ConnectAsync(new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, context.DnsEndPoint, cancellation);

    /// <summary>Connects a socket, which is closed when that fails.</summary>
    /// <exception cref="SocketException">Nothing answers there, or the connection ended at once.</exception>
    public static async ValueTask<Stream> ConnectAsync(Socket socket, EndPoint to, CancellationToken cancellation)
    {
        try
        {
            await socket.ConnectAsync(to, cancellation);
            _ = socket.RemoteEndPoint;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
