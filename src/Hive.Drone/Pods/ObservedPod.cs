using System.Collections.Immutable;

namespace Hive.Drone.Pods;

/// <summary>What the runtime has of one pod.</summary>
/// <param name="AsOf">Number of the moment at which the look began; an observation older than the last order's result is not planned on.</param>
public sealed record ObservedPod(PodUid Uid, string Namespace, string Name, long AsOf, ObservedSandbox? Sandbox, ImmutableArray<ObservedContainer> Containers)
{
    /// <summary>Nothing is there.</summary>
    public static ObservedPod Absent(PodUid uid, string @namespace, string name, long asOf) => new(uid, @namespace, name, asOf, null, []);

    /// <summary>The container with the highest attempt under a name, or null.</summary>
    public ObservedContainer? Latest(string container)
    {
        ObservedContainer? latest = null;
        foreach (ObservedContainer candidate in Containers)
        {
            if (candidate.Name == container && (latest is null || candidate.Attempt > latest.Attempt)) latest = candidate;
        }
        return latest;
    }

    /// <summary>The newest attempt that has started, whatever became of it, or null.</summary>
    public ObservedContainer? LatestStarted(string container) =>
        Containers.Where(c => c.Name == container && c.Phase != ContainerPhase.Created).MaxBy(c => c.Attempt);

    /// <summary>The container of exactly this attempt, or null.</summary>
    public ObservedContainer? Find(string container, int attempt)
    {
        foreach (ObservedContainer candidate in Containers)
        {
            if (candidate.Name == container && candidate.Attempt == attempt) return candidate;
        }
        return null;
    }
}

/// <summary>What holds the pod's network namespace.</summary>
/// <param name="Address">The pod's address; null where it has none of its own.</param>
public sealed record ObservedSandbox(string RuntimeId, bool Running, string? Address, int Attempt);

/// <summary>One attempt of one container.</summary>
/// <param name="SpecHash">Of the specification it was made from; see <see cref="SpecHash"/>.</param>
/// <param name="Problem">The runtime's words when it could not be started.</param>
public sealed record ObservedContainer(
    string Name,
    string RuntimeId,
    int Attempt,
    ulong SpecHash,
    ContainerPhase Phase,
    int? ExitCode = null,
    int Signal = 0,
    bool OutOfMemory = false,
    WallTime? StartedAt = null,
    WallTime? FinishedAt = null,
    string Problem = "",
    string ImageId = "",
    string TerminationMessage = "");

/// <summary>What a container is doing, as the runtime says.</summary>
public enum ContainerPhase
{
    /// <summary>Made, not started.</summary>
    Created,
    Running,
    Exited,

    /// <summary>The runtime cannot say; nothing is decided on it.</summary>
    Unknown,
}
