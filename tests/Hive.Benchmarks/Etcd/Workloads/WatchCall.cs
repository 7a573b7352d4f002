using System.Diagnostics;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd;

/// <summary>A watch stream whose events carry, as the first eight bytes of their values, when they were sent.</summary>
internal sealed class WatchCall : GrpcCall
{
    private readonly Lock _gate = new();
    private Distribution _latencies = new();
    private int _events;

    public bool Created { get; private set; }

    /// <summary>The revision that the newest response told.</summary>
    public long Revision { get; private set; }
    public int Events => Volatile.Read(ref _events);

    /// <summary>Latencies since the last call.</summary>
    public Distribution TakeLatencies()
    {
        lock (_gate)
        {
            var taken = _latencies;
            _latencies = new Distribution();
            return taken;
        }
    }

    protected override void OnMessage(ReadOnlySpan<byte> message)
    {
        var now = Stopwatch.GetTimestamp();
        Revision = EtcdMessages.RevisionOf(message);
        Created = true;
        lock (_gate)
        {
            var events = EtcdMessages.Events(message, began => _latencies.Add(now - began));
            Volatile.Write(ref _events, _events + events);
        }
    }
}
