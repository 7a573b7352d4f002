namespace Hive.Drone.Runtimes.Docker;

/// <summary>
/// Starts of containers that the engine was asked for, and what comes of those of which it loses track. An engine that dies while it starts a container may come back
/// without knowing that the container runs: it cannot stop it then, and leaves it running when it removes it.
/// </summary>
internal sealed class EngineStarts
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Start> _starts = new(StringComparer.Ordinal);
    private long _begun;

    private enum Fate
    {
        UnderWay,
        Known,
        Unknown,
    }

    /// <summary>Before what the engine says is asked for: what begins later may be missing from it.</summary>
    public long Mark()
    {
        lock (_gate) return _begun;
    }

    /// <param name="mustHaveBegunBy">A start whose fate is unknown by then may not be; null: it may at any time.</param>
    public void Begin(string container, HostTime? mustHaveBegunBy)
    {
        lock (_gate) _starts[container] = new Start(++_begun, Fate.UnderWay, mustHaveBegunBy);
    }

    /// <param name="isKnown">False when the engine went away over it.</param>
    public void End(string container, bool isKnown)
    {
        lock (_gate) _starts[container] = _starts[container] with { Fate = isKnown ? Fate.Known : Fate.Unknown };
    }

    /// <summary>Kills what may have been started by an engine that is away since, and whose time is over.</summary>
    public void KillOverdue(HostTime now)
    {
        lock (_gate) ContainerProcesses.TryKill([.. _starts.Where(s => s.Value is { Fate: Fate.Unknown, MustHaveBegunBy: { } end } && now >= end).Select(s => s.Key)]);
    }

    /// <summary>The engine has answered again. Kills what runs though it says that it does not, and though no start of it has begun since it was asked.</summary>
    /// <param name="all">The containers that it has.</param>
    /// <param name="still">Those of them that do not run, by its word.</param>
    /// <param name="asOf">The <see cref="Mark"/> from before it was asked.</param>
    public void KillLost(IReadOnlySet<string> all, IEnumerable<string> still, long asOf)
    {
        lock (_gate)
        {
            ContainerProcesses.TryKill([.. still.Where(id => !_starts.TryGetValue(id, out Start start) || (start.Fate != Fate.UnderWay && start.Number <= asOf))]);
            foreach (string settled in _starts.Where(s => s.Value.Number <= asOf && (s.Value.Fate == Fate.Unknown || (s.Value.Fate == Fate.Known && !all.Contains(s.Key)))).Select(s => s.Key).ToArray()) _starts.Remove(settled);
        }
    }

    private readonly record struct Start(long Number, Fate Fate, HostTime? MustHaveBegunBy);
}
