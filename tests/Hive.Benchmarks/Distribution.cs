using System.Diagnostics;

namespace Hive.Benchmarks;

/// <summary>Durations, for percentiles. Not thread-safe: one for each worker, joined at the end.</summary>
internal sealed class Distribution
{
    private readonly List<long> _ticks = [];

    public int Count => _ticks.Count;

    public void Add(long stopwatchTicks) => _ticks.Add(stopwatchTicks);

    public void Add(Distribution other) => _ticks.AddRange(other._ticks);

    /// <summary>The value that this share of all do not exceed.</summary>
    public TimeSpan Percentile(double share)
    {
        if (_ticks.Count == 0) return TimeSpan.Zero;
        _ticks.Sort();
        var at = Math.Clamp((int)Math.Ceiling(share * _ticks.Count) - 1, 0, _ticks.Count - 1);
        return Stopwatch.GetElapsedTime(0, _ticks[at]);
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        if (sorted.Count == 0) return double.NaN;
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
