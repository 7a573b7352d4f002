namespace Hive.Store.Trees;

/// <summary>Walks one version of a tree forwards. Holds the path, so a step costs O(1) on average.</summary>
internal sealed class TreeCursor<TEntry, TSeparator>(Node? root)
{
    private readonly Inner<TSeparator>[] _path = new Inner<TSeparator>[HeightOf(root)];
    private readonly int[] _child = new int[HeightOf(root)];
    private Leaf<TEntry>? _leaf;
    private int _next;

    /// <summary>Goes to before the first entry not before the key.</summary>
    public void Seek<TKey, TOrder>(TOrder order, TKey key)
        where TOrder : struct, IOrder<TKey, TEntry, TSeparator> where TKey : allows ref struct
    {
        var node = root;
        var depth = 0;
        while (node is Inner<TSeparator> inner)
        {
            var at = Tree<TEntry, TSeparator>.ChildOf(inner, order, key);
            _path[depth] = inner;
            _child[depth++] = at;
            node = inner.Children[at];
        }
        _leaf = (Leaf<TEntry>?)node;
        _next = _leaf is null ? 0 : Tree<TEntry, TSeparator>.Search(_leaf, order, key, out _);
    }

    public void SeekFirst() => Descend(root, 0);

    /// <summary>The next entry without going past it.</summary>
    public bool TryPeek(out TEntry entry)
    {
        while (_leaf is not null && _next >= _leaf.Count) NextLeaf();
        entry = _leaf is null ? default! : _leaf.Entries[_next];
        return _leaf is not null;
    }

    /// <summary>The next entry, going past it.</summary>
    public bool TryNext(out TEntry entry)
    {
        if (!TryPeek(out entry)) return false;
        _next++;
        return true;
    }

    private void NextLeaf()
    {
        for (var depth = _path.Length - 1; depth >= 0; depth--)
        {
            if (++_child[depth] >= _path[depth].Count) continue;
            Descend(_path[depth].Children[_child[depth]], depth + 1);
            return;
        }
        _leaf = null;
    }

    private void Descend(Node? node, int depth)
    {
        while (node is Inner<TSeparator> inner)
        {
            _path[depth] = inner;
            _child[depth++] = 0;
            node = inner.Children[0];
        }
        _leaf = (Leaf<TEntry>?)node;
        _next = 0;
    }

    private static int HeightOf(Node? node)
    {
        var height = 0;
        for (; node is Inner<TSeparator> inner; node = inner.Children[0]) height++;
        return height;
    }
}
