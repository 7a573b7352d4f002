using System.Collections.Immutable;
using Hive.Drone.Desired;
using Hive.Drone.Fence;
using Hive.Drone.Journal;
using Hive.Drone.Pods;
using Hive.Objects;

namespace Hive.Drone;

/// <summary>Everything that can happen to a drone.</summary>
public abstract record DroneInput
{
    /// <summary>News of what the queens want here.</summary>
    public sealed record Wanted(DesiredMessage Message) : DroneInput;

    /// <summary>A look at all that the runtime has of this node, begun at <paramref name="AsOf"/>.</summary>
    public sealed record Seen(long AsOf, ImmutableArray<ObservedPod> Pods) : DroneInput;

    /// <summary>An order came to its end at <paramref name="AsOf"/>.</summary>
    public sealed record Done(Order Order, OrderOutcome Outcome, long AsOf) : DroneInput;

    /// <summary>The queens gave this drone a session lease, new or not.</summary>
    public sealed record SessionOpened(LeaseId Lease) : DroneInput;

    /// <summary>A renewal was answered after commit.</summary>
    public sealed record Renewed(long Sequence, TimeSpan TimeToLive) : DroneInput;

    /// <summary>The queens say that the session is over; a new one must be opened.</summary>
    public sealed record SessionLost : DroneInput;

    /// <summary>A status batch was answered, pod by pod; empty when no answer came (it is sent again).</summary>
    public sealed record Reported(long Batch, ImmutableArray<ReportOutcome> Outcomes) : DroneInput;

    /// <summary>Time passed.</summary>
    public sealed record Tick : DroneInput;
}

/// <summary>What became of one status.</summary>
public enum ReportFate
{
    Committed,

    /// <summary>Somebody else wrote the pod at the same moment; it is sent again.</summary>
    Conflict,

    /// <summary>The API has no pod of this UID.</summary>
    Gone,

    /// <summary>The session was not alive.</summary>
    Fenced,
}

/// <summary>Fate of one pod's status in a batch.</summary>
public readonly record struct ReportOutcome(PodUid Uid, ReportFate Fate);

/// <summary>One pod's status for the API.</summary>
/// <param name="Removed">It is the final one: the API object goes away in the same transaction.</param>
public sealed record PodReport(PodUid Uid, string Namespace, string Name, PodStatus Status, bool Removed);

/// <summary>Statuses that travel together.</summary>
public sealed record StatusBatch(long Number, LeaseId Session, ImmutableArray<PodReport> Pods);

/// <summary>What the drone wants done, in this order: persist, then carry out orders, then send. Nothing of it may be dropped.</summary>
/// <param name="PersistFirst">On disk (fdatasync) before any order of the same Ready is begun.</param>
/// <param name="Orders">To be carried out side by side.</param>
/// <param name="Report">To be sent when no other batch is on its way; null when there is nothing to say.</param>
/// <param name="Renew">A renewal to send now.</param>
/// <param name="Notices">Lines for the drone's log.</param>
/// <param name="WakeAt">A Tick is due at this time at the latest.</param>
public sealed record DroneReady(
    ImmutableArray<JournalEntry> PersistFirst,
    ImmutableArray<Order> Orders,
    ImmutableArray<PodEvent> Events,
    StatusBatch? Report,
    RenewRequest? Renew,
    ImmutableArray<string> Notices,
    HostTime? WakeAt);
