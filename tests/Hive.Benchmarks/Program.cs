using Hive.Benchmarks.Etcd;
using Hive.Benchmarks.Store;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
return args switch
{
    ["store", .. var rest] => StoreBenchmarks.Run(rest),
    ["etcd", .. var rest] => await EtcdComparison.RunAsync(rest, stop.Token),
    ["member", .. var rest] => await HiveMember.RunAsync(rest, stop.Token),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        $"""
        usage: Hive.Benchmarks store [--keys N]
                 the state machine alone, in this process: rates, allocations, pauses
        {EtcdComparison.Usage}
        """);
    return 2;
}
