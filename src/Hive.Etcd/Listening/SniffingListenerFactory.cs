using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Hive.Etcd.Listening;

/// <summary>Gives the server its logical endpoints over sockets that are bound already.</summary>
internal sealed class SniffingListenerFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is SniffedEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var sniffed = (SniffedEndPoint)endpoint;
        sniffed.Socket.Start();
        return new(new Listener(sniffed));
    }

    private sealed class Listener(SniffedEndPoint endpoint) : IConnectionListener
    {
        public EndPoint EndPoint => endpoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            endpoint.Socket.AcceptAsync(endpoint.Protocol, cancellationToken);

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => endpoint.Socket.UnbindAsync();

        public ValueTask DisposeAsync() => endpoint.Socket.DisposeAsync();
    }
}
