namespace Hive.Control.Scheduling;

/// <summary>
/// Verdict and score of every row for one shape, kept up to date by looking only at rows that changed. Choosing a node is then one pass over two
/// arrays of numbers, however much the rules cost. For shapes whose rules look at no other pods.
/// </summary>
public sealed class ShapeScan(NodeColumns nodes, PodShape shape)
{
    private const long Unfit = long.MinValue;
    private readonly Dictionary<string, int> _zoneIds = new(StringComparer.Ordinal);
    private readonly List<int> _zonePods = [0];
    private readonly List<int> _ahead = [];
    private long[] _scores = [];
    private ulong[] _nameHashes = [];
    private int[] _zones = [];
    private int[] _owned = [];
    private long _position = -1;

    /// <summary>The slot of the best node for a pod of this shape; -1 when none fits.</summary>
    public int Best(string podUid, Revision at)
    {
        CatchUp(at);
        Span<long> zoneParts = _zonePods.Count <= 64 ? stackalloc long[_zonePods.Count] : new long[_zonePods.Count];
        for (int zone = 0; zone < zoneParts.Length; zone++) zoneParts[zone] = Scores.ZonePart(zone == 0 ? 0 : _zonePods[zone]);
        ulong podHash = StableHash.Of(podUid);
        int best = -1;
        long bestScore = 0;
        ulong bestTie = 0;
        var scores = _scores.AsSpan(0, nodes.SlotCount);
        for (int slot = 0; slot < scores.Length; slot++)
        {
            if (scores[slot] == Unfit) continue;
            long score = scores[slot] + zoneParts[_zones[slot]];
            if (best >= 0 && score < bestScore) continue;
            ulong tie = Scores.Tie(podHash, _nameHashes[slot]);
            if (best >= 0 && score == bestScore && !Placement.Wins(nodes, slot, tie, best, bestTie)) continue;
            (best, bestScore, bestTie) = (slot, score, tie);
        }
        return best;
    }

    private void CatchUp(Revision at)
    {
        if (_scores.Length < nodes.SlotCount) Grow();
        bool known = nodes.TryChangedSince(Math.Max(0, _position), out var changed) && _position >= 0;
        _position = nodes.ChangeCount;
        if (!known)
        {
            _ahead.Clear();
            for (int slot = 0; slot < nodes.SlotCount; slot++) Look(slot, at);
            return;
        }
        int waiting = _ahead.Count;
        foreach (int slot in changed) Look(slot, at);
        for (int i = 0; i < waiting; i++) Look(_ahead[i], at);
        _ahead.RemoveRange(0, waiting);
    }

    private void Look(int slot, Revision at)
    {
        _zonePods[_zones[slot]] -= _owned[slot];
        _owned[slot] = 0;
        _scores[slot] = Unfit;
        if (nodes.At(slot) is not { } row) return;
        _nameHashes[slot] = row.NameHash;
        _zones[slot] = ZoneId(row.Zone);
        _owned[slot] = shape.Owner.Length == 0 ? 0 : row.Owners.GetValueOrDefault(shape.Owner);
        _zonePods[_zones[slot]] += _owned[slot];
        // An epoch beyond the view moved for a change that the view does not show yet: not this node, not yet.
        if (row.Epoch > at) _ahead.Add(slot);
        else if (Feasibility.Judge(nodes, slot, shape, null) == Verdict.Fits) _scores[slot] = Scores.Of(nodes, slot, shape, null);
    }

    private int ZoneId(string zone)
    {
        if (zone.Length == 0) return 0;
        if (_zoneIds.TryGetValue(zone, out int id)) return id;
        _zonePods.Add(0);
        return _zoneIds[zone] = _zonePods.Count - 1;
    }

    private void Grow()
    {
        int size = Math.Max(16, nodes.SlotCount * 2);
        int had = _scores.Length;
        Array.Resize(ref _scores, size);
        Array.Resize(ref _nameHashes, size);
        Array.Resize(ref _zones, size);
        Array.Resize(ref _owned, size);
        Array.Fill(_scores, Unfit, had, size - had);
    }
}

/// <summary>The scans of the shapes last used; bounded, since each is as long as the cluster.</summary>
public sealed class ShapeScans
{
    private const int Kept = 64;
    private readonly Dictionary<PodShape, ShapeScan> _scans = [];

    public ShapeScan Of(NodeColumns nodes, PodShape shape)
    {
        if (_scans.TryGetValue(shape, out var scan)) return scan;
        if (_scans.Count >= Kept) _scans.Clear();
        return _scans[shape] = new ShapeScan(nodes, shape);
    }

    public void Clear() => _scans.Clear();
}
