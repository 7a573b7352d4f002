using System.Buffers.Binary;

namespace Hive.Benchmarks.Etcd;

/// <summary>What each client does over and over: one unary call to one method.</summary>
/// <param name="Goal">The rate against etcd's that this project aims at.</param>
/// <param name="Request">Request number n of a client, from its own random source.</param>
internal sealed record Workload(string Name, int Clients, double Goal, string Method, Func<Random, byte[]> Request)
{
    public const int Keys = 10_000, ValueBytes = 256;

    public static IReadOnlyList<Workload> All { get; } =
    [
        new("put, 1 client", 1, 2, EtcdMessages.Put, Put),
        new("put, 64 clients", 64, 3, EtcdMessages.Put, Put),
        new("put, 1000 clients", 1_000, 3, EtcdMessages.Put, Put),
        new("linearizable get, 1 client", 1, 3, EtcdMessages.Range, random => EtcdMessages.RangeRequest(Key(random), false)),
        new("linearizable get, 64 clients", 64, 3, EtcdMessages.Range, random => EtcdMessages.RangeRequest(Key(random), false)),
        new("linearizable get, 1000 clients", 1_000, 3, EtcdMessages.Range, random => EtcdMessages.RangeRequest(Key(random), false)),
        new("serializable get, 1000 clients", 1_000, 3, EtcdMessages.Range, random => EtcdMessages.RangeRequest(Key(random), true)),
        new("mixed transactions, 1000 clients", 1_000, 3, EtcdMessages.Txn, random => random.Next(2) == 0 ? EtcdMessages.ReadTxn(Key(random)) : EtcdMessages.WriteTxn(Key(random), Value(random))),
    ];

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

    private static byte[] Put(Random random) => EtcdMessages.PutRequest(Key(random), Value(random));
}
