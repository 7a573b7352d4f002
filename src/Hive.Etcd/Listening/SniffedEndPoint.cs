using System.Net;

namespace Hive.Etcd.Listening;

/// <summary>What a client speaks on a connection.</summary>
internal enum ClientProtocol : byte { Http1, Http2, Tls }

/// <summary>A logical endpoint of the server: the connections of one protocol on one bound socket.</summary>
internal sealed class SniffedEndPoint(BoundSocket socket, ClientProtocol protocol) : EndPoint
{
    public BoundSocket Socket { get; } = socket;
    public ClientProtocol Protocol { get; } = protocol;
    public override string ToString() => $"{Socket.Address} ({Protocol})";
}
