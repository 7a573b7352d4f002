namespace Hive.Benchmarks.Etcd.Workloads;

/// <summary>The request rates that are compared: each a closed loop of unary calls.</summary>
internal static class RequestRates
{
    public static IReadOnlyList<IWorkload> All { get; } =
    [
        new ClosedLoop("put, 1 client", 1, EtcdMessages.Put, Put)
        {
            Goals = [Goal.RatioAtLeast(Measure.Rate, 2), Goal.AtMostValue(Measure.OverFloor, 1.5)],
        },
        new ClosedLoop("put, 64 clients", 64, EtcdMessages.Put, Put) { Goals = [AtLeastThrice, Goal.RatioAtMost(Measure.P99, 1 / 3.0)] },
        new ClosedLoop("put, 1000 clients", 1_000, EtcdMessages.Put, Put) { Goals = [AtLeastThrice, Goal.RatioAtMost(Measure.P99, 1 / 3.0)] },
        new ClosedLoop("linearizable get, 1 client", 1, EtcdMessages.Range, LinearizableGet) { Goals = [AtLeastThrice] },
        new ClosedLoop("linearizable get, 64 clients", 64, EtcdMessages.Range, LinearizableGet) { Goals = [AtLeastThrice] },
        new ClosedLoop("linearizable get, 1000 clients", 1_000, EtcdMessages.Range, LinearizableGet) { Goals = [AtLeastThrice] },
        new ClosedLoop("serializable get, 1000 clients", 1_000, EtcdMessages.Range, SerializableGet) { Goals = [AtLeastThrice] },
        new ClosedLoop("mixed transactions, 1000 clients", 1_000, EtcdMessages.Txn, Transaction) { Goals = [AtLeastThrice] },
    ];

    private static Goal AtLeastThrice => Goal.RatioAtLeast(Measure.Rate, 3);

    private static byte[] Put(Random random) => EtcdMessages.PutRequest(KeySpace.Key(random), KeySpace.Value(random));

    private static byte[] LinearizableGet(Random random) => EtcdMessages.RangeRequest(KeySpace.Key(random), serializable: false);

    private static byte[] SerializableGet(Random random) => EtcdMessages.RangeRequest(KeySpace.Key(random), serializable: true);

    /// <summary>Half reads, half writes, each with a comparison.</summary>
    private static byte[] Transaction(Random random) =>
        random.Next(2) == 0 ? EtcdMessages.ReadTxn(KeySpace.Key(random)) : EtcdMessages.WriteTxn(KeySpace.Key(random), KeySpace.Value(random));
}
