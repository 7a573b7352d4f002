using Hive.Objects;
using Hive.Control.Controllers;

namespace Hive.Control.Scheduling;

/// <summary>A pod as it weighs on a node.</summary>
/// <param name="Assumed">Its binding was proposed; the model does not show it yet.</param>
public sealed record PlacedPod(ObjectKey Key, string Node, PodShape Shape, bool Assumed);

/// <summary>
/// The nodes as the scheduler scans them: one array for each number that every pod is compared with, one row a node. Row numbers depend
/// on history (rows are used again), so nothing may be decided by them.
/// </summary>
public sealed class NodeColumns
{
    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);
    private readonly Stack<int> _free = new();
    private readonly SortedDictionary<ObjectKey, PlacedPod> _placed = [];
    private readonly Dictionary<string, SortedSet<ObjectKey>> _byNode = new(StringComparer.Ordinal);
    private Row?[] _rows = [];
    private long[] _freeMilliCpu = [];
    private long[] _freeMemory = [];
    private long[] _freeEphemeral = [];
    private long[] _freePods = [];

    /// <summary>Changes of rows that scans may catch up on; one that is further behind looks at all rows again.</summary>
    private const int ChangesKept = 65_536;
    private readonly List<int> _changed = [];
    private long _forgotten;

    /// <summary>What of a node is not a number.</summary>
    public sealed class Row(Stored<Node> node)
    {
        public Stored<Node> Node { get; set; } = node;
        public string Name => Node.Key.Name;
        public string Zone { get; } = NodeTaints.ZoneOf(node.Value);

        /// <summary>Of the name: breaks ties together with the pod's.</summary>
        public ulong NameHash { get; } = StableHash.Of(node.Key.Name);

        /// <summary>Taints that keep a pod away, the implied one of a node that is not ready among them.</summary>
        public IReadOnlyList<Taint> Taints { get; set; } = [];

        /// <summary>The node's epoch: a binding is void if it moves.</summary>
        public Revision Epoch { get; set; }
        public long MilliCpu { get; set; }
        public long MemoryBytes { get; set; }

        /// <summary>Pods of each controller on this node, assumed ones included.</summary>
        public Dictionary<string, int> Owners { get; } = new(StringComparer.Ordinal);
        public List<(ObjectKey Pod, HostPort Port)> Ports { get; } = [];
        public Dictionary<string, long> FreeExtended { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>Number of nodes.</summary>
    public int Count => _slots.Count;

    /// <summary>One more than the highest slot in use; slots below it may be empty.</summary>
    public int SlotCount { get; private set; }

    /// <summary>Number of changes of rows since the beginning.</summary>
    public long ChangeCount => _forgotten + _changed.Count;

    /// <summary>The slots changed since <paramref name="position"/>; false: too long ago.</summary>
    public bool TryChangedSince(long position, out ReadOnlySpan<int> slots)
    {
        bool known = position >= _forgotten;
        slots = known ? System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_changed)[(int)(position - _forgotten)..] : [];
        return known;
    }

    /// <summary>The row in a slot, or null when the slot is empty.</summary>
    public Row? At(int slot) => _rows[slot];

    public ReadOnlySpan<long> FreeMilliCpu => _freeMilliCpu.AsSpan(0, SlotCount);
    public ReadOnlySpan<long> FreeMemoryBytes => _freeMemory.AsSpan(0, SlotCount);
    public ReadOnlySpan<long> FreeEphemeralBytes => _freeEphemeral.AsSpan(0, SlotCount);
    public ReadOnlySpan<long> FreePods => _freePods.AsSpan(0, SlotCount);

    /// <summary>All pods that weigh on nodes, in key order.</summary>
    public IEnumerable<PlacedPod> Placed => _placed.Values;

    public PlacedPod? Find(in ObjectKey pod) => _placed.GetValueOrDefault(pod);

    public bool TryFindSlot(string node, out int slot) => _slots.TryGetValue(node, out slot);

    public void Upsert(Stored<Node> node, Revision epoch)
    {
        if (!_slots.TryGetValue(node.Key.Name, out int slot))
        {
            slot = NewSlot();
            _slots[node.Key.Name] = slot;
        }
        var row = new Row(node) { Epoch = epoch, Taints = TaintsOf(node.Value) };
        _rows[slot] = row;
        var offered = node.Value.Status.Allocatable.IsEmpty ? node.Value.Status.Capacity : node.Value.Status.Allocatable;
        foreach (var (name, amount) in offered) row.FreeExtended[name] = amount.Value;
        row.MilliCpu = offered.TryGetValue("cpu", out var cpu) ? cpu.MilliValue : 0;
        row.MemoryBytes = offered.TryGetValue("memory", out var memory) ? memory.Value : 0;
        _freeMilliCpu[slot] = row.MilliCpu;
        _freeMemory[slot] = row.MemoryBytes;
        // A node that names no bound for these has none.
        _freeEphemeral[slot] = offered.TryGetValue("ephemeral-storage", out var ephemeral) ? ephemeral.Value : long.MaxValue / 2;
        _freePods[slot] = offered.TryGetValue("pods", out var pods) ? pods.Value : 110;
        foreach (var key in _byNode.GetValueOrDefault(node.Key.Name) ?? []) Weigh(slot, _placed[key], +1);
        Note(slot);
    }

    public void Remove(string node)
    {
        if (!_slots.Remove(node, out int slot)) return;
        _rows[slot] = null;
        _free.Push(slot);
        Note(slot);
    }

    /// <summary>Puts a pod on a node (which need not be known yet), in place of what was assumed of it.</summary>
    public void Place(PlacedPod pod)
    {
        Unplace(pod.Key);
        _placed[pod.Key] = pod;
        if (!_byNode.TryGetValue(pod.Node, out var keys)) _byNode[pod.Node] = keys = [];
        keys.Add(pod.Key);
        if (_slots.TryGetValue(pod.Node, out int slot)) Weigh(slot, pod, +1);
    }

    /// <summary>Takes a pod off its node. Answers with the node that has more room now, or null.</summary>
    public string? Unplace(in ObjectKey key)
    {
        if (!_placed.Remove(key, out var pod)) return null;
        var keys = _byNode[pod.Node];
        keys.Remove(key);
        if (keys.Count == 0) _byNode.Remove(pod.Node);
        if (_slots.TryGetValue(pod.Node, out int slot)) Weigh(slot, pod, -1);
        return pod.Node;
    }

    private void Weigh(int slot, PlacedPod pod, int sign)
    {
        Note(slot);
        var row = _rows[slot]!;
        var shape = pod.Shape;
        _freeMilliCpu[slot] -= sign * shape.MilliCpu;
        _freeMemory[slot] -= sign * shape.MemoryBytes;
        _freeEphemeral[slot] -= sign * shape.EphemeralBytes;
        _freePods[slot] -= sign;
        if (shape.Owner.Length > 0) row.Owners[shape.Owner] = row.Owners.GetValueOrDefault(shape.Owner) + sign;
        foreach (var (name, amount) in shape.Extended) row.FreeExtended[name] = row.FreeExtended.GetValueOrDefault(name) - sign * amount;
        if (sign > 0)
        {
            foreach (var port in shape.HostPorts) row.Ports.Add((pod.Key, port));
        }
        else if (shape.HostPorts.Count > 0)
        {
            var key = pod.Key;
            row.Ports.RemoveAll(entry => entry.Pod == key);
        }
    }

    private void Note(int slot)
    {
        if (_changed.Count == ChangesKept)
        {
            _forgotten += _changed.Count;
            _changed.Clear();
        }
        _changed.Add(slot);
    }

    private static IReadOnlyList<Taint> TaintsOf(Node node)
    {
        bool ready = NodeTaints.ReadyStatus(node) == ConditionStatus.True;
        var taints = node.Spec.Taints.Where(taint => taint.Key != NodeTaints.Unschedulable);
        if (ready || node.Spec.Taints.Any(taint => taint.Key is NodeTaints.NotReady or NodeTaints.Unreachable)) return [.. taints];
        return [.. taints, new Taint { Key = NodeTaints.NotReady, Effect = TaintEffect.NoSchedule }];
    }

    private int NewSlot()
    {
        if (_free.TryPop(out int slot)) return slot;
        if (SlotCount == _rows.Length)
        {
            int size = Math.Max(16, _rows.Length * 2);
            Array.Resize(ref _rows, size);
            Array.Resize(ref _freeMilliCpu, size);
            Array.Resize(ref _freeMemory, size);
            Array.Resize(ref _freeEphemeral, size);
            Array.Resize(ref _freePods, size);
        }
        return SlotCount++;
    }
}
