using System.Collections.Frozen;
using System.Collections.Immutable;
using Hive.Etcd.Rpc;

namespace Hive.Etcd.Metrics;

/// <summary>Counts calls per method and code, and how long the unary ones took. Fixed at start, written without a lock.</summary>
internal sealed class RpcCounters
{
    private readonly FrozenDictionary<RpcMethod, MethodCounters> _methods;
    private long _received;
    private long _sent;

    public RpcCounters(ImmutableArray<RpcMethod> methods)
    {
        Methods = [.. methods.OrderBy(method => method.Path, StringComparer.Ordinal)];
        _methods = methods.ToFrozenDictionary(method => method, _ => new MethodCounters());
    }

    /// <summary>In order of their paths.</summary>
    public ImmutableArray<RpcMethod> Methods { get; }

    public long ReceivedBytes => Volatile.Read(ref _received);

    public long SentBytes => Volatile.Read(ref _sent);

    /// <summary>What a call that has ended took off the wire and put on it.</summary>
    public void AddTraffic(long received, long sent)
    {
        Interlocked.Add(ref _received, received);
        Interlocked.Add(ref _sent, sent);
    }

    public MethodCounters Of(RpcMethod method) => _methods[method];
}

/// <summary>What is counted of one method.</summary>
internal sealed class MethodCounters
{
    private const int Codes = 17;
    private readonly long[] _handled = new long[Codes];
    private long _started;

    /// <summary>Bounds: those that gRPC's own Prometheus interceptor uses.</summary>
    public DurationHistogram Durations { get; } = new(
        [.. new[] { 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000 }.Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds))]);

    public long Started => Volatile.Read(ref _started);

    public long Handled(RpcCode code) => Volatile.Read(ref _handled[(int)code]);

    public void Begin() => Interlocked.Increment(ref _started);

    public void End(RpcCode code) => Interlocked.Increment(ref _handled[(int)code]);
}
