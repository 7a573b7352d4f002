using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd.Workloads;

/// <summary>Many keys written by transactions, which is the fastest way to a large store.</summary>
internal static class MillionKeys
{
    public const int Keys = 1_000_000;
    // Together below the 16 KiB that one HTTP/2 frame may hold.
    private const int KeysPerTxn = 50, Writers = 32, Attempts = 50;

    /// <summary>Before a refused transaction is sent again.</summary>
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMilliseconds(100);

    public static byte[] First => KeySpace.Key(0);

    /// <summary>Just behind the last key.</summary>
    public static byte[] End => KeySpace.Key(Keys);

    /// <summary>Writes all keys, unless they are there.</summary>
    public static async Task FillAsync(Target target, CancellationToken cancellation)
    {
        await using var connection = Http2Connection.Open(target.Endpoints[0]);
        var last = new RevisionCall();
        await CallAsync(connection, connection.HeadersOf(EtcdMessages.Range), last, EtcdMessages.RangeRequest(KeySpace.Key(Keys - 1), serializable: false), cancellation);
        if (last.Bytes < KeySpace.ValueBytes) await WriteAsync(target, Keys, 1, cancellation);
    }

    /// <summary>Writes the first keys so many times each. Answers with the newest revision.</summary>
    /// <param name="onKeys">Called with how many were written by then, after each transaction.</param>
    public static async Task<long> WriteAsync(Target target, int keys, int times, CancellationToken cancellation, Action<int>? onKeys = null)
    {
        var connections = target.Connect(Writers);
        int next = 0, written = 0;
        var txns = keys / KeysPerTxn;
        var writers = connections.Select((connection, number) => Task.Run(async () =>
        {
            var random = new Random(number);
            var headers = connection.HeadersOf(EtcdMessages.Txn);
            var call = new RevisionCall();
            for (int txn; (txn = Interlocked.Increment(ref next) - 1) < txns * times;)
            {
                var first = txn % txns * KeysPerTxn;
                var request = EtcdMessages.PutAllTxn(Enumerable.Range(first, KeysPerTxn).Select(key => (KeySpace.Key(key), KeySpace.Value(random))));
                for (var attempt = 1; !await CallAsync(connection, headers, call, request, cancellation); attempt++)
                {
                    if (attempt == Attempts) throw new InvalidOperationException($"{target.Name} refused a transaction {attempt} times");
                    await Task.Delay(RefusedPause, cancellation);
                }
                onKeys?.Invoke(Interlocked.Add(ref written, KeysPerTxn));
            }
            return call.Revision;
        }, cancellation)).ToList();
        var revisions = await Task.WhenAll(writers);
        foreach (var connection in connections) await connection.DisposeAsync();
        return revisions.Max();
    }

    private static Task<bool> CallAsync(Http2Connection connection, byte[] headers, RevisionCall call, byte[] request, CancellationToken cancellation)
    {
        var ended = call.Reset();
        connection.Start(call, headers, request, true);
        return ended.AsTask().WaitAsync(cancellation);
    }

    private sealed class RevisionCall : GrpcCall
    {
        public long Revision { get; private set; }

        /// <summary>Size of the last answer.</summary>
        public int Bytes { get; private set; }

        protected override void OnMessage(ReadOnlySpan<byte> message)
        {
            Revision = EtcdMessages.RevisionOf(message);
            Bytes = message.Length;
        }
    }
}
