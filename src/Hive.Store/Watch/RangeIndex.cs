using Hive.Store.State;

namespace Hive.Store.Watch;

/// <summary>
/// Ranges by the keys they contain: a treap ordered by (start, end), each node knowing the furthest end below it. Finding the ranges that
/// contain a key costs O(log n + found), adding and removing O(log n).
/// </summary>
internal sealed class RangeIndex
{
    private Node? _root;

    public bool IsEmpty => _root is null;

    /// <summary>The groups of exactly this range. A null end means none.</summary>
    public List<WatchGroup> GetOrAdd(ReadOnlyMemory<byte> start, byte[]? end)
    {
        List<WatchGroup>? groups = null;
        _root = Add(_root, start.Span, end, ref groups);
        return groups!;
    }

    public void Remove(ReadOnlyMemory<byte> start, byte[]? end) => _root = Remove(_root, start.Span, end);

    /// <summary>Appends the groups of all ranges that contain the key, in order of their starts.</summary>
    public void Find(ReadOnlySpan<byte> key, List<List<WatchGroup>> found) => Find(_root, key, found);

    private sealed class Node(byte[] start, byte[]? end)
    {
        public readonly byte[] Start = start;
        public readonly byte[]? End = end;

        // Heap order over a hash of the range keeps the tree balanced on average, and its shape the same for the same ranges.
        public readonly ulong Priority = StableHash.Of(start, StableHash.Of(end, end is null ? 1UL : 0UL));
        public readonly List<WatchGroup> Groups = [];
        public byte[]? Furthest = end;
        public Node? Left, Right;

        public void Refresh()
        {
            Furthest = End;
            if (Left is not null) Furthest = Later(Furthest, Left.Furthest);
            if (Right is not null) Furthest = Later(Furthest, Right.Furthest);
        }
    }

    private static byte[]? Later(byte[]? left, byte[]? right) => CompareEnds(left, right) >= 0 ? left : right;

    private static int CompareEnds(byte[]? left, byte[]? right)
    {
        if (left is null || right is null) return left is null ? (right is null ? 0 : 1) : -1;
        return left.AsSpan().SequenceCompareTo(right);
    }

    private static int Compare(ReadOnlySpan<byte> start, byte[]? end, Node node)
    {
        var standing = start.SequenceCompareTo(node.Start);
        return standing != 0 ? standing : CompareEnds(end, node.End);
    }

    private static Node Add(Node? node, ReadOnlySpan<byte> start, byte[]? end, ref List<WatchGroup>? groups)
    {
        if (node is null)
        {
            node = new Node(start.ToArray(), end);
            groups = node.Groups;
            return node;
        }
        var standing = Compare(start, end, node);
        if (standing == 0)
        {
            groups = node.Groups;
            return node;
        }
        if (standing < 0)
        {
            node.Left = Add(node.Left, start, end, ref groups);
            if (node.Left.Priority > node.Priority) node = RotateRight(node);
        }
        else
        {
            node.Right = Add(node.Right, start, end, ref groups);
            if (node.Right.Priority > node.Priority) node = RotateLeft(node);
        }
        node.Refresh();
        return node;
    }

    private static Node? Remove(Node? node, ReadOnlySpan<byte> start, byte[]? end)
    {
        if (node is null) return null;
        var standing = Compare(start, end, node);
        if (standing == 0) return Join(node.Left, node.Right);
        if (standing < 0) node.Left = Remove(node.Left, start, end);
        else node.Right = Remove(node.Right, start, end);
        node.Refresh();
        return node;
    }

    private static Node? Join(Node? left, Node? right)
    {
        if (left is null || right is null) return left ?? right;
        if (left.Priority > right.Priority)
        {
            left.Right = Join(left.Right, right);
            left.Refresh();
            return left;
        }
        right.Left = Join(left, right.Left);
        right.Refresh();
        return right;
    }

    private static void Find(Node? node, ReadOnlySpan<byte> key, List<List<WatchGroup>> found)
    {
        while (node is not null)
        {
            if (node.Furthest is not null && key.SequenceCompareTo(node.Furthest) >= 0) return;
            Find(node.Left, key, found);
            if (key.SequenceCompareTo(node.Start) < 0) return;
            if (node.End is null || key.SequenceCompareTo(node.End) < 0) found.Add(node.Groups);
            node = node.Right;
        }
    }

    private static Node RotateRight(Node node)
    {
        var left = node.Left!;
        node.Left = left.Right;
        left.Right = node;
        node.Refresh();
        return left;
    }

    private static Node RotateLeft(Node node)
    {
        var right = node.Right!;
        node.Right = right.Left;
        right.Left = node;
        node.Refresh();
        return right;
    }
}
