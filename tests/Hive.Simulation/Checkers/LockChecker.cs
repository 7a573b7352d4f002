using Hive.Simulation.World;

namespace Hive.Simulation.Checkers;

/// <summary>Lease exclusivity: while a holder may still believe in its lock (it counts from when it last asked for a renewal), nobody else gets it.</summary>
internal sealed class LockChecker(Timeline timeline)
{
    private readonly SortedDictionary<string, TimeSpan> _believesUntil = new(StringComparer.Ordinal);

    public long Acquisitions { get; private set; }

    /// <summary>The holder's belief was extended, or (a time in the past) given up.</summary>
    public void Believes(string holder, TimeSpan until) => _believesUntil[holder] = until;

    /// <summary>The lock's key was created by this client's transaction.</summary>
    public void Created(string by)
    {
        Acquisitions++;
        foreach (var (holder, until) in _believesUntil)
            Violation.Unless(holder == by || until <= timeline.Now, "lease-exclusivity", () => $"{by} got the lock while {holder} may believe in it until {until}");
    }
}
