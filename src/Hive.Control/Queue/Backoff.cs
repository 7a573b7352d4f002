namespace Hive.Control;

/// <summary>Pauses after conflicts: none the first time, then doubling; jitter comes from the key, so that a replay pauses alike.</summary>
public static class Backoff
{
    /// <param name="attempt">1 for the first conflict in a row.</param>
    public static TimeSpan After(int attempt, in ObjectKey key, ControlLimits limits)
    {
        Invariant.Check(attempt >= 1);
        if (attempt == 1) return TimeSpan.Zero;
        int doublings = Math.Min(attempt - 2, 30);
        long ticks = Math.Min(limits.BackoffLeast.Ticks << Math.Min(doublings, 20), limits.BackoffMost.Ticks);
        long quarter = Math.Max(1, ticks / 4);
        long jitter = (long)(StableHash.Of(key.Name, (ulong)attempt) % (ulong)quarter);
        return new TimeSpan(Math.Min(ticks - quarter / 2 + jitter, limits.BackoffMost.Ticks));
    }
}
