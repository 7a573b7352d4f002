namespace Hive.Etcd.Rpc;

/// <summary>
/// The two halves of a streaming call. A reading half that ends because the client sent its last message lets the writing half finish;
/// whatever else ends one half ends the other, and neither outlives the call.
/// </summary>
internal static class DuplexCall
{
    public static async ValueTask<RpcStatus> RunAsync(
        Func<CancellationToken, Task> read, Func<CancellationToken, Task<RpcStatus>> write, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = ReadHalfAsync(read, ended);
        var writing = WriteHalfAsync(write, ended);
        await Task.WhenAll(reading, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (reading.IsFaulted) await reading;
        return await writing;
    }

    private static async Task ReadHalfAsync(Func<CancellationToken, Task> read, CancellationTokenSource ended)
    {
        var finished = false;
        try
        {
            await read(ended.Token);
            finished = true;
        }
        finally
        {
            if (!finished) await ended.CancelAsync();
        }
    }

    private static async Task<RpcStatus> WriteHalfAsync(Func<CancellationToken, Task<RpcStatus>> write, CancellationTokenSource ended)
    {
        try
        {
            return await write(ended.Token);
        }
        finally
        {
            await ended.CancelAsync();
        }
    }
}
