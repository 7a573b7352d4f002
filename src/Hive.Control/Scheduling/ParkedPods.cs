using Hive.Objects;

namespace Hive.Control.Scheduling;

/// <summary>
/// Pods that fit nowhere, grouped by shape: when a row gains room, each shape is tried on that row once, and only pods that would fit there
/// now are looked at again. At quiescence no parked pod has a feasible node.
/// </summary>
public sealed class ParkedPods
{
    /// <summary>Shapes remembered, so that pods made from one template share one; past it they are forgotten and found again.</summary>
    private const int ShapesKept = 4_096;

    private sealed class Group(PodShape shape)
    {
        public PodShape Shape { get; } = shape;
        public SortedSet<ObjectKey> Pods { get; } = [];
    }

    private readonly Dictionary<string, PodShape> _shapes = new(StringComparer.Ordinal);
    private readonly Dictionary<PodShape, Group> _groups = [];
    private readonly SortedDictionary<ObjectKey, Group> _pods = [];

    public int Count => _pods.Count;

    public PodShape ShapeOf(Pod pod)
    {
        string key = PodShape.KeyOf(pod);
        if (_shapes.TryGetValue(key, out var shape)) return shape;
        if (_shapes.Count >= ShapesKept) _shapes.Clear();
        return _shapes[key] = PodShape.Of(pod);
    }

    public void Add(in ObjectKey pod, PodShape shape)
    {
        Remove(pod);
        if (!_groups.TryGetValue(shape, out var group)) _groups[shape] = group = new Group(shape);
        group.Pods.Add(pod);
        _pods[pod] = group;
    }

    public void Remove(in ObjectKey pod)
    {
        if (!_pods.Remove(pod, out var group)) return;
        group.Pods.Remove(pod);
        if (group.Pods.Count == 0) _groups.Remove(group.Shape);
    }

    public void WakeFitting(NodeColumns nodes, int slot, IWakeList wake)
    {
        // The order of groups does not matter: the queue puts keys in order.
        foreach (var group in _groups.Values)
        {
            if (group.Shape.LooksAtOtherPods || Feasibility.Judge(nodes, slot, group.Shape, null) != Verdict.Fits) continue;
            foreach (var pod in group.Pods) wake.Add(pod);
        }
    }

    public void WakeThoseWithRules(IWakeList wake)
    {
        foreach (var group in _groups.Values)
        {
            if (!group.Shape.LooksAtOtherPods) continue;
            foreach (var pod in group.Pods) wake.Add(pod);
        }
    }

    public void Clear()
    {
        _shapes.Clear();
        _groups.Clear();
        _pods.Clear();
    }
}
