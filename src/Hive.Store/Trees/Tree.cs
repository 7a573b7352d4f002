namespace Hive.Store.Trees;

/// <summary>
/// A persistent B+tree: the value of this struct is one immutable version of it, as long as no later edit uses the edit number under
/// which it was made. Whoever keeps a version must make the writer take a new number first.
/// </summary>
internal struct Tree<TEntry, TSeparator>
{
    private Node? _root;

    internal Tree(Node? root) => _root = root;

    public readonly long Count => _root?.Total ?? 0;
    public readonly Node? Root => _root;

    public readonly bool TryFind<TKey, TOrder>(TOrder order, TKey key, out TEntry entry)
        where TOrder : struct, IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
    {
        var node = _root;
        while (node is Inner<TSeparator> inner) node = inner.Children[ChildOf(inner, order, key)];
        if (node is Leaf<TEntry> leaf)
        {
            var at = Search(leaf, order, key, out var found);
            if (found)
            {
                entry = leaf.Entries[at];
                return true;
            }
        }
        entry = default!;
        return false;
    }

    /// <summary>The first entry not before the key.</summary>
    public readonly bool TryCeiling<TKey, TOrder>(TOrder order, TKey key, out TEntry entry)
        where TOrder : struct, IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
    {
        Node? next = null;
        var node = _root;
        while (node is Inner<TSeparator> inner)
        {
            var child = ChildOf(inner, order, key);
            if (child + 1 < inner.Count) next = inner.Children[child + 1];
            node = inner.Children[child];
        }
        if (node is Leaf<TEntry> leaf)
        {
            var at = Search(leaf, order, key, out _);
            if (at < leaf.Count)
            {
                entry = leaf.Entries[at];
                return true;
            }
        }
        return TryFirst(next, out entry);
    }

    /// <summary>The first entry of all.</summary>
    public readonly bool TryFirst(out TEntry entry) => TryFirst(_root, out entry);

    /// <summary>How many entries stand before the key.</summary>
    public readonly long Rank<TKey, TOrder>(TOrder order, TKey key)
        where TOrder : struct, IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
    {
        long rank = 0;
        var node = _root;
        while (node is Inner<TSeparator> inner)
        {
            var child = ChildOf(inner, order, key);
            for (var i = 0; i < child; i++) rank += inner.Totals[i];
            node = inner.Children[child];
        }
        return node is Leaf<TEntry> leaf ? rank + Search(leaf, order, key, out _) : rank;
    }

    /// <summary>A cursor before the first entry not before the key.</summary>
    public readonly TreeCursor<TEntry, TSeparator> Seek<TKey, TOrder>(TOrder order, TKey key)
        where TOrder : struct, IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
    {
        var cursor = new TreeCursor<TEntry, TSeparator>(_root);
        cursor.Seek(order, key);
        return cursor;
    }

    /// <summary>A cursor before the first entry of all.</summary>
    public readonly TreeCursor<TEntry, TSeparator> Start()
    {
        var cursor = new TreeCursor<TEntry, TSeparator>(_root);
        cursor.SeekFirst();
        return cursor;
    }

    /// <summary>Puts the entry in the place of an equal one, or in. True: there was an equal one, now in <paramref name="replaced"/>.</summary>
    public bool Upsert<TKey, TOrder>(long edit, TOrder order, TKey key, in TEntry entry, out TEntry replaced)
        where TOrder : struct, IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
    {
        var change = default(Change);
        var root = Upsert(_root ?? new Leaf<TEntry>(edit), edit, order, key, entry, ref change);
        if (change.Right is { } right)
        {
            var grown = new Inner<TSeparator>(edit) { Count = 1 };
            grown.Children[0] = root;
            grown.Totals[0] = root.Total;
            grown.InsertAfter(0, change.Divider, right);
            root = grown;
        }
        _root = root;
        replaced = change.Previous;
        return change.Existed;
    }

    public bool Remove<TKey, TOrder>(long edit, TOrder order, TKey key, out TEntry removed)
        where TOrder : struct, IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
    {
        var change = default(Change);
        if (_root is not null)
        {
            var root = Remove(_root, edit, order, key, ref change);
            while (root is Inner<TSeparator> { Count: 1 } inner) root = inner.Children[0];
            _root = root.Count == 0 ? null : root;
        }
        removed = change.Previous;
        return change.Existed;
    }

    private struct Change
    {
        public bool Existed;
        public TEntry Previous;
        public Node? Right;
        public TSeparator Divider;
    }

    private static Node Upsert<TKey, TOrder>(Node node, long edit, TOrder order, TKey key, in TEntry entry, ref Change change)
        where TOrder : struct, IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
    {
        if (node is Leaf<TEntry> leaf) return UpsertInLeaf(leaf.Own(edit), order, key, entry, ref change);
        var inner = (Inner<TSeparator>)node;
        var at = ChildOf(inner, order, key);
        var child = Upsert(inner.Children[at], edit, order, key, entry, ref change);
        inner = inner.Own(edit);
        inner.Children[at] = child;
        if (change.Right is not { } right)
        {
            if (!change.Existed) inner.Totals[at]++;
            return inner;
        }
        inner.Totals[at] = child.Total;
        inner.InsertAfter(at, change.Divider, right);
        change.Right = null;
        if (inner.Count > Node.Capacity)
        {
            // A tree that grows at its end keeps full nodes behind it.
            var half = at + 2 == inner.Count ? inner.Count - 1 : inner.Count / 2;
            change.Right = inner.Split(half, out change.Divider);
        }
        return inner;
    }

    private static Leaf<TEntry> UpsertInLeaf<TKey, TOrder>(Leaf<TEntry> leaf, TOrder order, TKey key, in TEntry entry, ref Change change)
        where TOrder : struct, IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
    {
        var at = Search(leaf, order, key, out var found);
        if (found)
        {
            change.Existed = true;
            change.Previous = leaf.Entries[at];
            leaf.Entries[at] = entry;
            return leaf;
        }
        if (leaf.Count < Node.Capacity)
        {
            leaf.Insert(at, entry);
            return leaf;
        }
        var right = leaf.Split(at == leaf.Count ? leaf.Count : leaf.Count / 2);
        if (at < leaf.Count) leaf.Insert(at, entry);
        else right.Insert(at - leaf.Count, entry);
        change.Right = right;
        change.Divider = order.Between(leaf.Entries[leaf.Count - 1], right.Entries[0]);
        return leaf;
    }

    private static Node Remove<TKey, TOrder>(Node node, long edit, TOrder order, TKey key, ref Change change)
        where TOrder : struct, IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
    {
        if (node is Leaf<TEntry> leaf)
        {
            var found = Search(leaf, order, key, out change.Existed);
            if (!change.Existed) return leaf;
            change.Previous = leaf.Entries[found];
            leaf = leaf.Own(edit);
            leaf.RemoveAt(found);
            return leaf;
        }
        var inner = (Inner<TSeparator>)node;
        var at = ChildOf(inner, order, key);
        var child = Remove(inner.Children[at], edit, order, key, ref change);
        if (!change.Existed) return inner;
        inner = inner.Own(edit);
        inner.Children[at] = child;
        inner.Totals[at]--;
        if (child.Count == 0) inner.RemoveAt(at);
        else if (child.Count < Node.Sparse && inner.Count > 1) MergeWithNeighbour(inner, at, edit);
        return inner;
    }

    private static void MergeWithNeighbour(Inner<TSeparator> inner, int at, long edit)
    {
        var left = at > 0 ? at - 1 : at;
        if (inner.Children[left].Count + inner.Children[left + 1].Count > Node.MergedAtMost) return;
        var total = inner.Totals[left] + inner.Totals[left + 1];
        Node merged;
        if (inner.Children[left] is Leaf<TEntry> leaf)
        {
            var owned = leaf.Own(edit);
            owned.Append((Leaf<TEntry>)inner.Children[left + 1]);
            merged = owned;
        }
        else
        {
            var owned = ((Inner<TSeparator>)inner.Children[left]).Own(edit);
            owned.Append(inner.Separators[left], (Inner<TSeparator>)inner.Children[left + 1]);
            merged = owned;
        }
        inner.RemoveAt(left + 1);
        inner.Children[left] = merged;
        inner.Totals[left] = total;
    }

    private static bool TryFirst(Node? node, out TEntry entry)
    {
        while (node is Inner<TSeparator> inner) node = inner.Children[0];
        entry = node is Leaf<TEntry> leaf ? leaf.Entries[0] : default!;
        return node is not null;
    }

    internal static int ChildOf<TKey, TOrder>(Inner<TSeparator> inner, TOrder order, TKey key)
        where TOrder : struct, IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
    {
        int low = 0, high = inner.Count - 1;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (order.CompareToSeparator(key, inner.Separators[middle]) < 0) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    internal static int Search<TKey, TOrder>(Leaf<TEntry> leaf, TOrder order, TKey key, out bool found)
        where TOrder : struct, IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
    {
        int low = 0, high = leaf.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var standing = order.Compare(key, leaf.Entries[middle]);
            if (standing == 0)
            {
                found = true;
                return middle;
            }
            if (standing < 0) high = middle;
            else low = middle + 1;
        }
        found = false;
        return low;
    }
}
