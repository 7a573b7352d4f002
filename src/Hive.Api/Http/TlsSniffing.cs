using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Hive.Api.Http;

/// <summary>One port for TLS and plain HTTP: a connection whose first byte is a TLS handshake record goes through TLS, any other past it.</summary>
internal static class TlsSniffing
{
    private const byte HandshakeRecord = 0x16;

    internal static async Task RouteAsync(ConnectionContext connection, ConnectionDelegate secure, ConnectionDelegate plain)
    {
        PipeReader input = connection.Transport.Input;
        ReadResult read;
        try
        {
            read = await input.ReadAsync(connection.ConnectionClosed);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // The peer went away before its first byte: there is nobody to answer.
            return;
        }
        if (read.Buffer.IsEmpty) return;
        bool tls = read.Buffer.FirstSpan[0] == HandshakeRecord;
        input.AdvanceTo(read.Buffer.Start);
        await (tls ? secure : plain)(connection);
    }
}
