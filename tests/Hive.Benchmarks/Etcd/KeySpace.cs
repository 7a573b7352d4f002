using System.Buffers.Binary;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd;

/// <summary>The keys that request workloads read and write.</summary>
internal static class KeySpace
{
    public const int Keys = 10_000, ValueBytes = 256;

    private const int Writers = 16, FillAttempts = 50;

    // With the attempts: ten seconds, many times what an election takes.
    private static readonly TimeSpan BetweenFillAttempts = TimeSpan.FromMilliseconds(200);

    /// <summary>Eight bytes, one of <see cref="Keys"/>.</summary>
    public static byte[] Key(Random random) => Key(random.Next(Keys));

    public static byte[] Key(int number)
    {
        var key = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(key, 0x6B00_0000_0000_0000 + number);
        return key;
    }

    public static byte[] Value(Random random)
    {
        var value = new byte[ValueBytes];
        random.NextBytes(value);
        return value;
    }

    /// <summary>Writes all keys once, so that reads find something.</summary>
    public static async Task FillAsync(Target target, CancellationToken cancellation)
    {
        var connections = target.Connect(Writers);
        var writers = connections.Select((connection, first) => Task.Run(async () =>
        {
            var call = new GrpcCall();
            var headers = connection.HeadersOf(EtcdMessages.Put);
            var random = new Random(first);
            for (var key = first; key < Keys; key += connections.Length)
            {
                // A cluster that is just up may lose its leader once more; putting twice does no harm here.
                for (var attempt = 1; !await PutAsync(connection, call, headers, key, random); attempt++)
                {
                    if (attempt == FillAttempts) throw new InvalidOperationException($"{target.Name} refused a put {attempt} times");
                    await Task.Delay(BetweenFillAttempts, cancellation);
                }
            }
        }, cancellation));
        await Task.WhenAll(writers);
        foreach (var connection in connections) await connection.DisposeAsync();
    }

    private static async ValueTask<bool> PutAsync(Http2Connection connection, GrpcCall call, byte[] headers, int key, Random random)
    {
        var ended = call.Reset();
        connection.Start(call, headers, EtcdMessages.PutRequest(Key(key), Value(random)), true);
        return await ended;
    }
}
