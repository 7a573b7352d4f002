using Hive.Raft;

namespace Hive.Queen.Core;

/// <summary>
/// Notices a leader that cannot keep up, though it still heartbeats, so that nobody would depose it. Its disk: a quorum of others has made durable what
/// it has not. Its processor: the loop wakes late. Each must be so for half of a window. The disk is compared with those of others, so that a cluster
/// whose disks are all slow keeps its leader.
/// </summary>
internal sealed class LeaderStrain(QueenLimits limits)
{
    /// <summary>Commit index at the last ticks, oldest at <see cref="_next"/>.</summary>
    private readonly LogIndex[] _commits = new LogIndex[limits.DiskLagTicks];
    private int _next;
    private TimeSpan? _lastWake;
    private TimeSpan? _windowEnd;
    private TimeSpan _diskBehind;
    private TimeSpan _late;
    private TimeSpan _notBefore;

    /// <summary>The loop woke: it should at least at each tick.</summary>
    public void Woke(TimeSpan now)
    {
        TimeSpan gap = now - (_lastWake ?? now);
        // Up to a heartbeat nobody notices; longer than the longest election time-out it was away, not slow, and others lead by now.
        if (gap > limits.Tick * limits.HeartbeatTicks && gap <= limits.Tick * limits.ElectionTicksMost) _late += gap - limits.Tick;
        _lastWake = now;
    }

    /// <summary>Once a tick, on a leader. Answers why it should hand over, at most once in <see cref="QueenLimits.HandOverPause"/>; else null.</summary>
    /// <param name="commit">What a quorum holds.</param>
    /// <param name="persisted">What the own disk holds.</param>
    public string? Tick(LogIndex commit, LogIndex persisted, TimeSpan now)
    {
        if (_commits[_next] > persisted) _diskBehind += limits.Tick;
        _commits[_next] = commit;
        _next = (_next + 1) % _commits.Length;
        if (now < _windowEnd) return null;
        string? reason = _windowEnd is null || now < _notBefore ? null : Reason();
        Begin(now);
        if (reason is not null) _notBefore = now + limits.HandOverPause;
        return reason;
    }

    /// <summary>Somebody began to lead: what was seen before says nothing.</summary>
    public void LeaderChanged()
    {
        Array.Clear(_commits);
        _windowEnd = null;
    }

    private string? Reason()
    {
        if (_diskBehind >= limits.StrainWindow / 2) return "its disk is behind the disks of the others";
        return _late >= limits.StrainWindow / 2 ? "its processor is too busy" : null;
    }

    private void Begin(TimeSpan now)
    {
        _windowEnd = now + limits.StrainWindow;
        (_diskBehind, _late) = (TimeSpan.Zero, TimeSpan.Zero);
    }
}
