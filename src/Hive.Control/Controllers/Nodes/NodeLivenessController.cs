using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>
/// A node lives as long as its drone's session does: a key attached to a lease that ends by log time. When it is gone, the node's readiness is
/// Unknown, and taints keep new pods away and drive the old ones out. Each verdict is pinned to the session's absence, so that a
/// session opened at the same moment wins or loses as a whole.
/// </summary>
public sealed class NodeLivenessController : IController
{
    private const string LostReason = "NodeStatusUnknown";
    private const string LostMessage = "Drone stopped renewing its session.";

    /// <summary>A drone registers its node before it opens its session: so long nobody concludes anything.</summary>
    private const int RegistrationSeconds = 10;

    private static readonly string[] Pressures = [NodeConditionType.MemoryPressure, NodeConditionType.DiskPressure, NodeConditionType.PIDPressure];

    public string Name => "node-controller";

    public Band Band => Band.Liveness;

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        switch (change.Key.Resource)
        {
            case Resources.Sessions:
                wake.Add(change.Key with { Resource = Resources.Nodes });
                WakeUnready(view, wake);
                break;
            case Resources.Nodes:
                wake.Add(change.Key);
                if (!IsHeartbeat(change)) WakeUnready(view, wake);
                break;
            default:
                break;
        }
    }

    /// <summary>Is the session that of this very node object?</summary>
    public static bool IsAlive(IView view, Stored<Node> node) =>
        view.Find<SessionRecord>(SessionOf(node.Key.Name)) is { } session && (session.Value.NodeUid.Length == 0 || session.Value.NodeUid == node.Uid);

    /// <summary>Whether one node may be drained depends on how the others fare.</summary>
    private static void WakeUnready(IView view, IWakeList wake)
    {
        foreach (var node in view.All<Node>())
        {
            if (NodeTaints.ReadyStatus(node.Value) != ConditionStatus.True) wake.Add(node.Key);
        }
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now)
    {
        if (view.Find<Node>(key) is not { IsTerminating: false } stored) return Plan.Nothing;
        var plan = new PlanBuilder(view, now, Name);
        var node = IsAlive(view, stored) ? Revived(stored.Value, plan.Time) : Lost(stored.Value, plan, now);
        node = WithTaints(view, node, plan);
        if (!plan.Replace(stored, node, specChanged: false)) return plan.Build();
        plan.Pin(SessionOf(key.Name));
        string before = NodeTaints.ReadyStatus(stored.Value), after = NodeTaints.ReadyStatus(node);
        if (before != after)
        {
            string reason = after == ConditionStatus.True ? "NodeReady" : "NodeNotReady";
            plan.Tell(stored, EventWriting.Normal, reason, $"Node {key.Name} status is now: {reason}");
        }
        if (!ReferenceEquals(node.Spec, stored.Value.Spec)) plan.Bump(HiddenKeys.NodeEpoch(key.Name));
        return plan.Build();
    }

    private static ObjectKey SessionOf(string node) => new(Resources.Sessions, "", node);

    private static bool IsHeartbeat(in Change change) =>
        change is { Before: Stored<Node> before, After: Stored<Node> after }
        && NodeTaints.ReadyStatus(before.Value) == NodeTaints.ReadyStatus(after.Value)
        && NodeTaints.ZoneOf(before.Value) == NodeTaints.ZoneOf(after.Value)
        && before.Value.Spec.Taints.SequenceEqual(after.Value.Spec.Taints);

    private static Node Lost(Node node, PlanBuilder plan, Stamp now)
    {
        Time due = (node.Metadata.CreationTimestamp ?? default).Deadline(RegistrationSeconds);
        if (!now.HasReached(due))
        {
            plan.LookAgain(due);
            return node;
        }
        if (NodeTaints.ReadyStatus(node) == ConditionStatus.Unknown) return node;
        var conditions = node.Status.Conditions.ToList();
        Set(conditions, NodeConditionType.Ready, ConditionStatus.Unknown, LostReason, LostMessage, plan.Time);
        foreach (string pressure in Pressures)
        {
            if (conditions.Exists(condition => condition.Type == pressure)) Set(conditions, pressure, ConditionStatus.Unknown, LostReason, LostMessage, plan.Time);
        }
        return node with { Status = node.Status with { Conditions = conditions } };
    }

    /// <summary>Takes back what <see cref="Lost"/> said. The drone's own reports then say the rest.</summary>
    private static Node Revived(Node node, Time time)
    {
        if (!node.Status.Conditions.Any(condition => condition is { Status: ConditionStatus.Unknown, Reason: LostReason })) return node;
        var conditions = node.Status.Conditions.ToList();
        foreach (var condition in node.Status.Conditions)
        {
            if (condition is not { Status: ConditionStatus.Unknown, Reason: LostReason }) continue;
            bool ready = condition.Type == NodeConditionType.Ready;
            Set(conditions, condition.Type, ready ? ConditionStatus.True : ConditionStatus.False,
                ready ? "DroneReady" : "DroneReported", ready ? "Drone renews its session." : "Drone renews its session and reported no pressure.", time);
        }
        return node with { Status = node.Status with { Conditions = conditions } };
    }

    private static Node WithTaints(IView view, Node node, PlanBuilder plan)
    {
        var wanted = new List<Taint>();
        if (node.Spec.Unschedulable) wanted.Add(Keep(node, NodeTaints.Unschedulable, TaintEffect.NoSchedule, plan.Time));
        string? key = NodeTaints.ReadyStatus(node) switch
        {
            ConditionStatus.True => null,
            ConditionStatus.Unknown => NodeTaints.Unreachable,
            _ => NodeTaints.NotReady,
        };
        if (key is not null)
        {
            wanted.Add(Keep(node, key, TaintEffect.NoSchedule, plan.Time));
            if (MayDrain(view, node, key, plan)) wanted.Add(Keep(node, key, TaintEffect.NoExecute, plan.Time));
        }
        var others = node.Spec.Taints.Where(taint => !NodeTaints.IsOwn(taint));
        IReadOnlyList<Taint> taints = [.. others, .. wanted];
        return taints.SequenceEqual(node.Spec.Taints) ? node : node with { Spec = node.Spec with { Taints = taints } };
    }

    /// <summary>A node that never reported is only kept free; one that is being drained goes on being drained.</summary>
    private static bool MayDrain(IView view, Node node, string key, PlanBuilder plan)
    {
        if (NodeTaints.ReadyStatus(node).Length == 0) return false;
        if (node.Spec.Taints.Any(taint => taint is { Effect: TaintEffect.NoExecute, Key: NodeTaints.NotReady or NodeTaints.Unreachable })) return true;
        if (EvictionPace.WaitUntil(view, node, plan.Time) is not { } until) return true;
        plan.LookAgain(until);
        return false;
    }

    private static Taint Keep(Node node, string key, string effect, Time time) =>
        node.Spec.Taints.FirstOrDefault(taint => taint.Key == key && taint.Effect == effect) ?? new Taint { Key = key, Effect = effect, TimeAdded = time };

    private static void Set(List<NodeCondition> conditions, string type, string status, string reason, string message, Time time)
    {
        int at = conditions.FindIndex(condition => condition.Type == type);
        var old = at < 0 ? null : conditions[at];
        var set = (old ?? new NodeCondition { Type = type }) with
        {
            Status = status,
            Reason = reason,
            Message = message,
            LastTransitionTime = old?.Status == status ? old.LastTransitionTime : time,
        };
        if (at < 0) conditions.Add(set);
        else conditions[at] = set;
    }
}
