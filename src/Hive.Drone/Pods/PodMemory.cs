using System.Collections.Immutable;

namespace Hive.Drone.Pods;

/// <summary>
/// What only the drone knows of a pod. <see cref="Record"/> goes to the journal before anything is done on its account; the rest may be lost by a
/// restart without harm.
/// </summary>
public sealed record PodMemory
{
    public static readonly PodMemory New = new();

    public PodRecord Record { get; init; } = PodRecord.New;

    /// <summary>Orders given and not yet answered: resource of the pod to the number of the order. One for each resource.</summary>
    public ImmutableSortedDictionary<string, long> Outstanding { get; init; } = Empty<long>();

    /// <summary>Number of the last order given.</summary>
    public long LastOrder { get; init; }

    /// <summary>An observation that began before this moment is not planned on: it may not show what an order has done.</summary>
    public long TrustFrom { get; init; }

    public ImmutableSortedDictionary<string, VolumeMemory> Volumes { get; init; } = Empty<VolumeMemory>();
    public ImmutableSortedDictionary<string, ContainerMemory> Containers { get; init; } = Empty<ContainerMemory>();

    /// <summary>Tries to make the sandbox that failed in a row, and when the next may be made.</summary>
    public Retry Sandbox { get; init; }

    /// <summary>Tries to remove something that failed.</summary>
    public Retry Removal { get; init; }

    /// <summary>The queens have the final status, or have no such pod: what is left of it may go.</summary>
    public bool Released { get; init; }

    /// <summary>This drone cannot be sure of its session, and the pod must be unique.</summary>
    public bool Fenced { get; init; }

    /// <summary>The pod's volumes and directory are gone.</summary>
    public bool CleanedUp { get; init; }

    public ContainerMemory Of(string container) => Containers.GetValueOrDefault(container) ?? ContainerMemory.New;

    private static ImmutableSortedDictionary<string, T> Empty<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);
}

/// <summary>The part of the memory that must survive.</summary>
public sealed record PodRecord
{
    public static readonly PodRecord New = new();

    public PodStage Stage { get; init; } = PodStage.Accepted;

    /// <summary>Attempt of the newest sandbox that was ordered; -1 before the first.</summary>
    public int SandboxAttempt { get; init; } = -1;

    /// <summary>Attempt of the sandbox in which all init containers are done; -1 when none.</summary>
    public int InitializedIn { get; init; } = -1;

    /// <summary>When it must be dead; null while it is not being stopped.</summary>
    public HostTime? KillBy { get; init; }

    /// <summary>Set once the pod has come to its end by itself; never taken back.</summary>
    public TerminalPhase? Terminal { get; init; }

    public ImmutableSortedDictionary<string, ContainerRecord> Containers { get; init; } =
        ImmutableSortedDictionary.Create<string, ContainerRecord>(StringComparer.Ordinal);

    public ContainerRecord Of(string container) => Containers.GetValueOrDefault(container) ?? ContainerRecord.New;

    public bool Equals(PodRecord? other) =>
        other is not null && Stage == other.Stage && SandboxAttempt == other.SandboxAttempt && InitializedIn == other.InitializedIn
        && KillBy == other.KillBy && Terminal == other.Terminal && Containers.Count == other.Containers.Count && Containers.SequenceEqual(other.Containers);

    public override int GetHashCode() => HashCode.Combine(Stage, SandboxAttempt, InitializedIn, KillBy, Terminal, Containers.Count);
}

/// <summary>How a pod ended: phase Succeeded or Failed, with a reason.</summary>
public sealed record TerminalPhase(string Phase, string Reason, string Message);

/// <summary>The lasting part of what is known of a container.</summary>
public sealed record ContainerRecord
{
    public static readonly ContainerRecord New = new();

    /// <summary>The newest attempt that was ordered; -1 before the first. It is the restart count too.</summary>
    public int Attempt { get; init; } = -1;

    /// <summary>The newest attempt that was seen to have started.</summary>
    public int Seen { get; init; } = -1;

    /// <summary>The newest attempt whose end was taken into account.</summary>
    public int Settled { get; init; } = -1;

    /// <summary>The attempt whose postStart hook is done.</summary>
    public int PostStarted { get; init; } = -1;

    /// <summary>The attempt whose startup probe has succeeded.</summary>
    public int StartedUp { get; init; } = -1;

    /// <summary>The last verdict of the readiness probe; kept over a restart of the drone.</summary>
    public bool Ready { get; init; }

    /// <summary>Failures in a row that count for the back-off.</summary>
    public int FailureLevel { get; init; }

    /// <summary>Not started again before this.</summary>
    public HostTime? NotBefore { get; init; }

    /// <summary>How the last settled attempt ended.</summary>
    public ExitRecord? LastExit { get; init; }

    /// <summary>It ended, or never began.</summary>
    public bool IsDown => Settled == Attempt;
}

/// <summary>How an attempt ended.</summary>
public sealed record ExitRecord(int Code, int Signal, string Reason, string Message, WallTime? StartedAt, WallTime? FinishedAt, string RuntimeId);

/// <summary>The fleeting part of what is known of a container.</summary>
public sealed record ContainerMemory
{
    public static readonly ContainerMemory New = new();

    /// <summary>The runtime's name of the image, once it is known to be there for the attempt to come.</summary>
    public string? ImageId { get; init; }
    public Retry Image { get; init; }

    /// <summary>Why it waits: reason and message of the last image or start that failed.</summary>
    public string WaitingReason { get; init; } = "";
    public string WaitingMessage { get; init; } = "";
    public Retry Start { get; init; }

    /// <summary>The moment at which the running attempt was first seen; probes count their initial delay from it.</summary>
    public HostTime? RunningSince { get; init; }
    public ProbeMemory Startup { get; init; }
    public ProbeMemory Liveness { get; init; }
    public ProbeMemory Readiness { get; init; }
    public bool PreStopDone { get; init; }

    /// <summary>Why this attempt is being stopped though the pod lives on; null when it is not.</summary>
    public string? StopReason { get; init; }
    public HostTime? KillBy { get; init; }

    /// <summary>When the stop that is under way turns into a kill.</summary>
    public HostTime? StopKillsAt { get; init; }

    /// <summary>When a kill was last ordered, and not yet seen to have worked.</summary>
    public HostTime? KilledAt { get; init; }
}

/// <summary>Counters of one probe; <see cref="Verdict"/> is null until a threshold is reached.</summary>
public readonly record struct ProbeMemory(int Successes, int Failures, HostTime? NextAt, bool? Verdict);

/// <summary>What is known of a volume.</summary>
public sealed record VolumeMemory(bool Prepared, Retry Retry, HostTime? RefreshAt, string Problem)
{
    public static readonly VolumeMemory New = new(false, default, null, "");
}

/// <summary>Failures in a row, and when to try again.</summary>
public readonly record struct Retry(int Failures, HostTime? NotBefore)
{
    public bool Waits(HostTime now) => NotBefore is { } time && now < time;
    public Retry Failed(HostTime now, Func<int, TimeSpan> pause) => new(Failures + 1, now + pause(Failures));
}
