using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Hive.Etcd.Rpc;

/// <summary>Counts calls per method and code, for <c>/metrics</c>. One array of counters for each method, fixed at start.</summary>
internal sealed class RpcCounters
{
    private const int Codes = 17;
    private readonly FrozenDictionary<RpcMethod, long[]> _handled;
    private readonly FrozenDictionary<RpcMethod, long[]> _started;

    public RpcCounters(ImmutableArray<RpcMethod> methods)
    {
        Methods = [.. methods.OrderBy(method => method.Path, StringComparer.Ordinal)];
        _handled = methods.ToFrozenDictionary(method => method, _ => new long[Codes]);
        _started = methods.ToFrozenDictionary(method => method, _ => new long[1]);
    }

    /// <summary>In order of their paths.</summary>
    public ImmutableArray<RpcMethod> Methods { get; }

    public void Started(RpcMethod method) => Interlocked.Increment(ref _started[method][0]);

    public void Handled(RpcMethod method, RpcCode code) => Interlocked.Increment(ref _handled[method][(int)code]);

    public long StartedCount(RpcMethod method) => Volatile.Read(ref _started[method][0]);

    public long HandledCount(RpcMethod method, RpcCode code) => Volatile.Read(ref _handled[method][(int)code]);
}
