namespace Hive.Store.Trees;

/// <summary>Makes a tree of entries that come in order, without searching: each node is made once, and full.</summary>
internal sealed class TreeBuilder<TEntry, TSeparator, TKey, TOrder>(long edit)
    where TOrder : struct, IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
{
    private readonly List<(TSeparator Before, Node Node)> _leaves = [];
    private Leaf<TEntry>? _last;

    /// <summary>Adds an entry that stands behind all that were added before.</summary>
    /// <param name="order">The order at this moment: what it needs to look into entries may grow meanwhile.</param>
    public void Add(TOrder order, in TEntry entry)
    {
        if (_last is { Count: < Node.Capacity } leaf)
        {
            leaf.Insert(leaf.Count, entry);
            return;
        }
        var next = new Leaf<TEntry>(edit);
        next.Insert(0, entry);
        _leaves.Add((_last is null ? default! : order.Between(_last.Entries[_last.Count - 1], entry), next));
        _last = next;
    }

    /// <summary>The tree of all entries; to be called once.</summary>
    public Tree<TEntry, TSeparator> Build()
    {
        if (_leaves.Count == 0) return default;
        var level = _leaves;
        while (level.Count > 1) level = Parents(level);
        return new Tree<TEntry, TSeparator>(level[0].Node);
    }

    private List<(TSeparator Before, Node Node)> Parents(List<(TSeparator Before, Node Node)> children)
    {
        // Spread evenly, so that no parent is left with a single child.
        var count = (children.Count + Node.Capacity - 1) / Node.Capacity;
        var parents = new List<(TSeparator, Node)>(count);
        var taken = 0;
        for (var i = 0; i < count; i++)
        {
            var parent = new Inner<TSeparator>(edit);
            parents.Add((children[taken].Before, parent));
            for (var until = (int)((long)children.Count * (i + 1) / count); taken < until; taken++) parent.Add(children[taken].Before, children[taken].Node);
        }
        return parents;
    }
}
