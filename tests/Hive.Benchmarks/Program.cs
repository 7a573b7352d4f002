using System.Runtime.InteropServices;
using Hive.Benchmarks.Etcd;
using Hive.Benchmarks.Failover;
using Hive.Benchmarks.Member;
using Hive.Benchmarks.Store;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    return args switch
    {
        ["pauses", "--member", .. var rest] => await MemberPauses.RunAsync(rest, stop.Token),
        ["pauses", .. var rest] => StorePauses.Run(rest),
        ["store", .. var rest] => StoreBenchmarks.Run(rest),
        ["etcd", .. var rest] => await EtcdComparison.RunAsync(rest, stop.Token),
        ["failover", .. var rest] => await FailoverRun.RunAsync(rest, stop.Token),
        _ => Usage(),
    };
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    // By now what was started is stopped again.
    return 130;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

static int Usage()
{
    Console.Error.WriteLine(
        $"""
        usage: Hive.Benchmarks store [--keys N]
                 the state machine alone, in this process: rates, allocations, pauses
               Hive.Benchmarks pauses [--keys N]
                 what holds up a stream of puts into a large store: snapshot, large range, compaction; import time
        {MemberPauses.Usage}
        {EtcdComparison.Usage}
        {FailoverRun.Usage}
        """);
    return 2;
}
