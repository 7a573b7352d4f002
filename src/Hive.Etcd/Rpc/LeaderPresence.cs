using Hive.Queen;

namespace Hive.Etcd.Rpc;

/// <summary>
/// Whether a leader is known, and a token that ends the streams which asked for one (metadata <c>hasleader</c>) once none was known for the
/// whole patience. A timer looks a few times within the patience; no stream has a timer of its own.
/// </summary>
internal sealed class LeaderPresence : IDisposable
{
    private const int LooksPerPatience = 6;
    private readonly IQueen _queen;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private CancellationTokenSource _lost = new();
    private int _missed;

    public LeaderPresence(IQueen queen, EtcdLimits limits, TimeProvider time)
    {
        _queen = queen;
        var period = limits.LeaderlessPatience / LooksPerPatience;
        _timer = time.CreateTimer(_ => Look(), null, period, period);
    }

    public bool IsPresent => !_queen.Status.Leader.IsNone;

    /// <summary>Ends when the leader is lost, for a call that asked for it; never for another.</summary>
    public CancellationToken LostToken(RpcContext context)
    {
        if (!context.RequiresLeader) return CancellationToken.None;
        lock (_gate) return _lost.Token;
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate) _lost.Dispose();
    }

    private void Look()
    {
        CancellationTokenSource? ended = null;
        lock (_gate)
        {
            _missed = _queen.Status.Leader.IsNone ? _missed + 1 : 0;
            if (_missed == LooksPerPatience) (ended, _lost) = (_lost, new CancellationTokenSource());
        }
        if (ended is null) return;
        ended.Cancel();
        ended.Dispose();
    }
}
