namespace Hive.Raft;

/// <summary>Counts ticks of silence. The time-out is randomised anew with each reset, so that ties break (thesis §3.4).</summary>
internal sealed class ElectionTimer
{
    private readonly IElectionJitter _jitter;
    private int _randomized;

    public ElectionTimer(IElectionJitter jitter, int timeoutTicks)
    {
        _jitter = jitter;
        SetTimeout(timeoutTicks);
    }

    /// <summary>Least ticks of silence before an election; also the period of a leader's quorum check.</summary>
    public int TimeoutTicks { get; private set; }

    /// <summary>Ticks since the last reset.</summary>
    public int Elapsed { get; private set; }

    /// <summary>Silence is shorter than any member may take for the leader's death.</summary>
    public bool WithinMinimum => Elapsed < TimeoutTicks;

    /// <summary>The randomised time-out has passed.</summary>
    public bool Expired => Elapsed >= _randomized;

    public void Tick() => Elapsed++;

    public void Reset()
    {
        Elapsed = 0;
        _randomized = TimeoutTicks + _jitter.Next(TimeoutTicks);
    }

    /// <summary>Restarts the count without a new draw: a leader's periodic checks.</summary>
    public void RestartPeriod() => Elapsed = 0;

    public void SetTimeout(int ticks)
    {
        Invariant.Check(ticks > 0);
        TimeoutTicks = ticks;
        int elapsed = Elapsed;
        Reset();
        Elapsed = elapsed;
    }

    /// <summary>Makes <see cref="Expired"/> true at once.</summary>
    public void Expire() => Elapsed = Math.Max(Elapsed, _randomized);
}
