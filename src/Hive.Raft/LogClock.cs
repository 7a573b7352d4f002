namespace Hive.Raft;

/// <summary>
/// Makes the stamps. Log time goes on from the last entry's by what this member's monotonic clock moved since it became leader (or, on a
/// follower, since the entry arrived: an estimate). So it never jumps, and the time between two leaders is not counted.
/// </summary>
internal sealed class LogClock
{
    private ClockReading _now;
    private Stamp _anchor;
    private TimeSpan _anchoredAt;

    /// <summary>Monotonic time as last observed.</summary>
    public TimeSpan Monotonic => _now.Monotonic;

    /// <summary>Wall time as last observed.</summary>
    public WallTime Wall => _now.Wall;

    /// <summary>The stamp an entry appended now would carry.</summary>
    public Stamp Now => new(_anchor.Log + (_now.Monotonic - _anchoredAt), new WallTime(Math.Max(_anchor.Wall.Ticks, _now.Wall.Ticks)));

    /// <summary>Takes a reading; one that goes back is held at the last.</summary>
    public void Observe(ClockReading now) => _now = now.Monotonic < _now.Monotonic ? now with { Monotonic = _now.Monotonic } : now;

    /// <summary>Log time is <paramref name="last"/> at this moment.</summary>
    public void Anchor(Stamp last)
    {
        _anchor = last;
        _anchoredAt = _now.Monotonic;
    }

    /// <summary>Stamps one entry; neither clock goes back.</summary>
    public Stamp Next()
    {
        var stamp = Now;
        _anchor = _anchor with { Wall = stamp.Wall };
        return stamp;
    }
}
