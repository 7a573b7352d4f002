using System.Net;

namespace Hive.Jepsen.Clients;

/// <summary>The request half of a watch: says what is watched and then stays open, since closing it would end the watch.</summary>
internal sealed class WatchContent(byte[] first, CancellationToken ended) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellation)
    {
        await stream.WriteAsync(first, cancellation);
        await stream.FlushAsync(cancellation);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, ended);
        await Task.Delay(Timeout.Infinite, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
