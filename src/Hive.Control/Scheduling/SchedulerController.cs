using Hive.Objects;

namespace Hive.Control.Scheduling;

/// <summary>
/// Binds pods to nodes. Every node is judged for every pod; the best score wins, ties are broken by a hash of pod and node, then by name,
/// never by a row's number. A binding stands on the pod as it was read, the node's incarnation, and the node's epoch: own bindings and
/// reports of status do not move it, all that could make the placement wrong does. What was proposed weighs on the columns at once.
/// </summary>
public sealed class SchedulerController(ControlLimits limits) : IBatchController
{
    private const string SchedulerName = "default-scheduler";
    private readonly ParkedPods _parked = new();
    private readonly SortedSet<string> _roomier = new(StringComparer.Ordinal);
    private readonly ShapeScans _scans = new();
    private NodeColumns _columns = new();
    private int _placedWithRules;
    private bool _placedAnew;

    public string Name => SchedulerName;

    public Band Band => Band.Workload;

    /// <summary>Number of pods that wait for room.</summary>
    public int ParkedCount => _parked.Count;

    public void Open(IView view, IHiddenCounters hidden)
    {
        var assumed = _columns.Placed.Where(pod => pod.Assumed).ToList();
        Close();
        foreach (var node in view.All<Node>()) _columns.Upsert(node, hidden.Of(HiddenKeys.NodeEpoch(node.Key.Name)));
        foreach (var pod in view.All<Pod>())
        {
            if (PodRules.HoldsResources(pod.Value)) Place(pod.Key, pod.Value, pod.Value.Spec.NodeName, assumed: false);
        }
        // What is in flight stays assumed: its outcome is yet to come.
        foreach (var pod in assumed)
        {
            if (_columns.Find(pod.Key) is null && view.Find(pod.Key) is not null) Place(pod);
        }
    }

    public void Close()
    {
        _columns = new NodeColumns();
        _scans.Clear();
        _parked.Clear();
        _roomier.Clear();
        _placedWithRules = 0;
    }

    public void Observe(in Change change, IView view, IHiddenCounters hidden)
    {
        if (change.Key.Resource == Resources.Nodes)
        {
            if (change.After is Stored<Node> node) _columns.Upsert(node, hidden.Of(HiddenKeys.NodeEpoch(node.Key.Name)));
            else _columns.Remove(change.Key.Name);
            _roomier.Add(change.Key.Name);
        }
        else if (change.Key.Resource == Resources.Pods)
        {
            ObservePod(change, hidden);
        }
    }

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        if (change.Key.Resource == Resources.Pods && change.Is<Pod>() is { } pod && IsWaiting(pod)) wake.Add(change.Key);
        if (_roomier.Count == 0 && !_placedAnew) return;
        _placedAnew = false;
        foreach (string name in _roomier)
        {
            if (_columns.TryFindSlot(name, out int slot)) _parked.WakeFitting(_columns, slot, wake);
        }
        // A pod whose rules look at other pods may go elsewhere now, wherever the change was.
        _parked.WakeThoseWithRules(wake);
        _roomier.Clear();
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now) => ReconcileMany(view, [key], now, 1)[0] ?? Plan.Nothing;

    public Plan?[] ReconcileMany(IView view, IReadOnlyList<ObjectKey> keys, Stamp now, int most)
    {
        var plans = new Plan?[keys.Count];
        var waiting = new List<(int Index, Stored<Pod> Pod)>();
        for (int i = 0; i < keys.Count; i++)
        {
            _parked.Remove(keys[i]);
            if (view.Find<Pod>(keys[i]) is { } pod && IsWaiting(pod.Value)) waiting.Add((i, pod));
            else plans[i] = Plan.Nothing;
        }
        waiting.Sort(static (left, right) => Order(left.Pod, right.Pod));
        foreach (var (index, pod) in waiting.Take(limits.PodsPerTurn))
        {
            if (most == 0) break;
            var plan = Decide(view, pod, now);
            if (!plan.IsEmpty) most--;
            plans[index] = plan;
        }
        return plans;
    }

    public void Rejected(in ObjectKey key)
    {
        if (_columns.Find(key) is not { Assumed: true }) return;
        Unplace(key);
    }

    /// <summary>The important first, then those that wait longest.</summary>
    private static int Order(Stored<Pod> left, Stored<Pod> right)
    {
        int order = (right.Value.Spec.Priority ?? 0).CompareTo(left.Value.Spec.Priority ?? 0);
        if (order == 0) order = left.CreatedAt.CompareTo(right.CreatedAt);
        return order != 0 ? order : left.Key.CompareTo(right.Key);
    }

    private static bool IsWaiting(Pod pod) =>
        pod.Spec.NodeName.Length == 0 && PodRules.CountsTowardsReplicas(pod) && pod.Spec.SchedulerName is ("" or SchedulerName);

    private Plan Decide(IView view, Stored<Pod> pod, Stamp now)
    {
        var plan = new PlanBuilder(view, now, Name);
        if (pod.Value.Spec.SchedulingGates.Count > 0)
        {
            Report(plan, pod, "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates", tell: false);
            return plan.Build();
        }
        var shape = _parked.ShapeOf(pod.Value);
        var others = PodTopology.Of(_columns, shape, _placedWithRules);
        int best = others is null ? _scans.Of(_columns, shape).Best(pod.Uid, view.At) : Placement.Best(_columns, pod.Uid, shape, others, view.At);
        if (best < 0)
        {
            var tally = Placement.Explain(_columns, shape, others);
            _parked.Add(pod.Key, shape);
            if (!tally.AnyFits) Report(plan, pod, "Unschedulable", tally.ToString(), tell: true);
            return plan.Build();
        }
        var row = _columns.At(best)!;
        Bind(plan, pod, row);
        Place(new PlacedPod(pod.Key, row.Name, shape, Assumed: true));
        return plan.Build();
    }

    private static void Bind(PlanBuilder plan, Stored<Pod> pod, NodeColumns.Row row)
    {
        var conditions = PodConditions.With(pod.Value, new PodCondition
        {
            Type = PodConditionType.PodScheduled,
            Status = ConditionStatus.True,
            LastTransitionTime = plan.Time,
        });
        plan.Replace(pod, pod.Value with
        {
            Spec = pod.Value.Spec with { NodeName = row.Name },
            Status = pod.Value.Status with { Conditions = conditions },
        });
        plan.PinIncarnation(row.Node);
        plan.PinHidden(HiddenKeys.NodeEpoch(row.Name), row.Epoch);
        plan.Tell(pod, EventWriting.Normal, "Scheduled", $"Successfully assigned {pod.Key.Namespace}/{pod.Key.Name} to {row.Name}");
    }

    private static void Report(PlanBuilder plan, Stored<Pod> pod, string reason, string message, bool tell)
    {
        var old = PodRules.Condition(pod.Value, PodConditionType.PodScheduled);
        if (old is { Status: ConditionStatus.False } && old.Reason == reason && Tally.SameReasons(old.Message, message)) return;
        var conditions = PodConditions.With(pod.Value, new PodCondition
        {
            Type = PodConditionType.PodScheduled,
            Status = ConditionStatus.False,
            Reason = reason,
            Message = message,
            LastTransitionTime = old is { Status: ConditionStatus.False } ? old.LastTransitionTime : plan.Time,
        });
        plan.Replace(pod, pod.Value with { Status = pod.Value.Status with { Conditions = conditions } });
        if (tell) plan.Tell(pod, EventWriting.Warning, "FailedScheduling", message);
    }

    private void ObservePod(in Change change, IHiddenCounters hidden)
    {
        var pod = change.Is<Pod>();
        if (pod is not null && PodRules.HoldsResources(pod))
        {
            _parked.Remove(change.Key);
            // Bound by somebody else: the node's epoch has moved with it.
            bool own = _columns.Find(change.Key) is { } known && string.Equals(known.Node, pod.Spec.NodeName, StringComparison.Ordinal);
            if (!own && _columns.TryFindSlot(pod.Spec.NodeName, out int slot))
            {
                _columns.At(slot)!.Epoch = hidden.Of(HiddenKeys.NodeEpoch(pod.Spec.NodeName));
            }
            _placedAnew |= change.Before is not Stored<Pod> { Value.Spec.NodeName.Length: > 0 };
            Place(change.Key, pod, pod.Spec.NodeName, assumed: false);
            return;
        }
        if (pod is null || PodRules.IsFinished(pod))
        {
            Unplace(change.Key);
            _parked.Remove(change.Key);
        }
    }

    private void Place(in ObjectKey key, Pod pod, string node, bool assumed) => Place(new PlacedPod(key, node, _parked.ShapeOf(pod), assumed));

    private void Place(PlacedPod pod)
    {
        Unplace(pod.Key, tellParked: false);
        _columns.Place(pod);
        if (HasRules(pod)) _placedWithRules++;
    }

    private void Unplace(in ObjectKey key, bool tellParked = true)
    {
        if (_columns.Find(key) is not { } pod) return;
        if (HasRules(pod)) _placedWithRules--;
        _columns.Unplace(key);
        if (tellParked) _roomier.Add(pod.Node);
    }

    private static bool HasRules(PlacedPod pod) => pod.Shape.Affinity?.PodAntiAffinity is not null;
}
