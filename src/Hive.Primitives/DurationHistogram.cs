namespace Hive;

/// <summary>Counts durations by upper bounds that are fixed at birth. Written by any number of threads without a lock.</summary>
public sealed class DurationHistogram
{
    private readonly long[] _bounds;
    private readonly long[] _counts;
    private long _sum;

    /// <param name="bounds">Upper bounds, ascending, each inclusive.</param>
    public DurationHistogram(params ReadOnlySpan<TimeSpan> bounds)
    {
        _bounds = new long[bounds.Length];
        for (var i = 0; i < bounds.Length; i++)
        {
            _bounds[i] = bounds[i].Ticks;
            Invariant.Check(i == 0 || _bounds[i] > _bounds[i - 1]);
        }
        _counts = new long[bounds.Length + 1];
    }

    /// <summary>So many bounds, each twice the one before.</summary>
    public static DurationHistogram Doubling(TimeSpan first, int count)
    {
        var bounds = new TimeSpan[count];
        for (var i = 0; i < count; i++) bounds[i] = new TimeSpan(first.Ticks << i);
        return new DurationHistogram(bounds);
    }

    public int BoundCount => _bounds.Length;

    public TimeSpan BoundAt(int index) => new(_bounds[index]);

    /// <summary>How many were at or below the bound; the index one past the last bound counts all.</summary>
    public long CountUpTo(int index)
    {
        long count = 0;
        for (var i = 0; i <= index; i++) count += Volatile.Read(ref _counts[i]);
        return count;
    }

    public TimeSpan Sum => new(Volatile.Read(ref _sum));

    public void Observe(TimeSpan duration)
    {
        var ticks = duration.Ticks;
        var at = 0;
        while (at < _bounds.Length && ticks > _bounds[at]) at++;
        Interlocked.Increment(ref _counts[at]);
        Interlocked.Add(ref _sum, ticks);
    }
}
