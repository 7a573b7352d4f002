using System.Collections.Immutable;
using Hive.Drone.Desired;
using Hive.Objects;

namespace Hive.Drone.Pods;

/// <summary>
/// One thing to be done. <see cref="Resource"/> names what of the pod it is about: of each resource only one order is outstanding at a time.
/// Orders may be carried out twice; every carrier is idempotent by the names it derives from pod, container and attempt.
/// </summary>
public abstract record Order(PodUid Pod, long Number, string Resource)
{
    /// <summary>Make sure that an image is here, pulling it when the policy says so.</summary>
    public sealed record EnsureImage(PodUid Pod, long Number, string Resource, DesiredPod Of, string Container, string Reference, string Policy) : Order(Pod, Number, Resource);

    /// <summary>Make a volume, or bring its contents up to date.</summary>
    public sealed record PrepareVolume(PodUid Pod, long Number, string Resource, DesiredPod Of, Volume Volume) : Order(Pod, Number, Resource);
    public sealed record StartSandbox(PodUid Pod, long Number, string Resource, DesiredPod Of, int Attempt) : Order(Pod, Number, Resource);
    public sealed record StopSandbox(PodUid Pod, long Number, string Resource, string RuntimeId) : Order(Pod, Number, Resource);

    /// <summary>Start a container, once what it needs is fetched.</summary>
    public sealed record StartContainer(
        PodUid Pod, long Number, string Resource, DesiredPod Of, Container Container, int Attempt, ulong SpecHash, string ImageId, ObservedSandbox Sandbox)
        : Order(Pod, Number, Resource)
    {
        /// <summary>
        /// From then on the order is void, however the session stands by that time: another drone may have been told to run the pod meanwhile. Null: it may take as
        /// long as it takes.
        /// </summary>
        public HostTime? StartBefore { get; init; }
    }

    /// <summary>Stop with the container's signal, and kill what is left at <paramref name="KillAt"/>.</summary>
    public sealed record StopContainer(PodUid Pod, long Number, string Resource, string RuntimeId, string? Signal, HostTime KillAt) : Order(Pod, Number, Resource);
    public sealed record Probe(
        PodUid Pod, long Number, string Resource, string Container, ProbeKind Kind, Objects.Probe Spec, string RuntimeId, string? Address, ImmutableArray<ContainerPort> Ports)
        : Order(Pod, Number, Resource);
    public sealed record RunHook(
        PodUid Pod, long Number, string Resource, string Container, HookKind Kind, LifecycleHandler Spec, string RuntimeId, string? Address,
        ImmutableArray<ContainerPort> Ports, HostTime? Until)
        : Order(Pod, Number, Resource);

    /// <summary>Remove a stopped container or sandbox with all that it wrote.</summary>
    public sealed record Remove(PodUid Pod, long Number, string Resource, string RuntimeId) : Order(Pod, Number, Resource);

    /// <summary>Unmount and delete the pod's volumes and directory.</summary>
    public sealed record CleanUp(PodUid Pod, long Number, string Resource) : Order(Pod, Number, Resource);
}

public enum ProbeKind
{
    Startup,
    Liveness,
    Readiness,
}

public enum HookKind
{
    PostStart,
    PreStop,
}

/// <summary>What came of an order.</summary>
public enum OrderResult
{
    /// <summary>Carried out, or already so.</summary>
    Done,

    /// <summary>Not now; it may work later.</summary>
    Retry,

    /// <summary>It failed for good: a container whose command cannot be run, a probe that says no.</summary>
    Refused,
}

/// <summary>Result of an order with the words for people.</summary>
/// <param name="Reason">In the field's terms, e.g. <c>ErrImagePull</c>, <c>CreateContainerConfigError</c>.</param>
/// <param name="Value">What was made: an image's id.</param>
public sealed record OrderOutcome(OrderResult Result, string Reason = "", string Message = "", string Value = "", int ExitCode = 0)
{
    public static readonly OrderOutcome Done = new(OrderResult.Done);

    /// <summary>A start that came too late: see <see cref="Order.StartContainer.StartBefore"/>.</summary>
    public static readonly OrderOutcome TooLate = Retry("SessionEnded", "the session under which it was to start ended before it could");

    public static OrderOutcome Retry(string reason, string message) => new(OrderResult.Retry, reason, message);
    public static OrderOutcome Refused(string reason, string message) => new(OrderResult.Refused, reason, message);
}

/// <summary>News for people: becomes an Event object.</summary>
/// <param name="Warning">Type Warning instead of Normal.</param>
/// <param name="Container">The container it is about; empty for the pod.</param>
public sealed record PodEvent(DesiredPod Pod, bool Warning, string Reason, string Message, string Container = "");

/// <summary>What the planner decided for one pod.</summary>
/// <param name="Status">The status that the API should show; null when the pod is not known to it.</param>
public sealed record PodPlan(PodMemory Memory, ImmutableArray<Order> Orders, ImmutableArray<PodEvent> Events, PodStatus? Status, HostTime? LookAgainAt);

/// <summary>What a pod's status says of its node.</summary>
public sealed record NodeFacts(string Name, string HostAddress, string RuntimeName);
