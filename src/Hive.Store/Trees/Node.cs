namespace Hive.Store.Trees;

/// <summary>
/// A node of a copy-on-write B+tree. A node may be changed in place only by the edit that made it; every other edit copies it first,
/// so that whoever holds an older root never sees a change.
/// </summary>
internal abstract class Node(long edit)
{
    /// <summary>Children of an inner node and entries of a leaf, at most.</summary>
    public const int Capacity = 64;

    /// <summary>A node with fewer looks for a neighbour to merge with.</summary>
    public const int Sparse = Capacity / 4;

    /// <summary>Two neighbours merge only when what comes of it has room to grow, or they would split again at once.</summary>
    public const int MergedAtMost = Capacity * 3 / 4;

    public readonly long Edit = edit;
    public int Count;

    /// <summary>Entries in and below this node.</summary>
    public abstract long Total { get; }
}

internal sealed class Leaf<TEntry>(long edit) : Node(edit)
{
    public readonly TEntry[] Entries = new TEntry[Capacity];

    public override long Total => Count;

    public Leaf<TEntry> Own(long edit)
    {
        if (Edit == edit) return this;
        var copy = new Leaf<TEntry>(edit) { Count = Count };
        Entries.AsSpan(0, Count).CopyTo(copy.Entries);
        return copy;
    }

    public void Insert(int at, in TEntry entry)
    {
        Entries.AsSpan(at, Count - at).CopyTo(Entries.AsSpan(at + 1));
        Entries[at] = entry;
        Count++;
    }

    public void RemoveAt(int at)
    {
        Entries.AsSpan(at + 1, Count - at - 1).CopyTo(Entries.AsSpan(at));
        Count--;
        Entries[Count] = default!;
    }

    /// <summary>Moves the entries from <paramref name="half"/> on to a new right neighbour.</summary>
    public Leaf<TEntry> Split(int half)
    {
        var right = new Leaf<TEntry>(Edit) { Count = Count - half };
        Entries.AsSpan(half, right.Count).CopyTo(right.Entries);
        Entries.AsSpan(half, right.Count).Clear();
        Count = half;
        return right;
    }

    public void Append(Leaf<TEntry> right)
    {
        right.Entries.AsSpan(0, right.Count).CopyTo(Entries.AsSpan(Count));
        Count += right.Count;
    }
}

/// <summary>Child i holds what is before separator i; separator i and what follows are in child i + 1.</summary>
internal sealed class Inner<TSeparator>(long edit) : Node(edit)
{
    // One more than the capacity, so that a child is first put in and the node then split.
    public readonly Node[] Children = new Node[Capacity + 1];
    public readonly TSeparator[] Separators = new TSeparator[Capacity];
    public readonly long[] Totals = new long[Capacity + 1];

    public override long Total
    {
        get
        {
            long total = 0;
            for (var i = 0; i < Count; i++) total += Totals[i];
            return total;
        }
    }

    public Inner<TSeparator> Own(long edit)
    {
        if (Edit == edit) return this;
        var copy = new Inner<TSeparator>(edit) { Count = Count };
        Children.AsSpan(0, Count).CopyTo(copy.Children);
        Separators.AsSpan(0, Count - 1).CopyTo(copy.Separators);
        Totals.AsSpan(0, Count).CopyTo(copy.Totals);
        return copy;
    }

    public void InsertAfter(int at, TSeparator separator, Node child)
    {
        Children.AsSpan(at + 1, Count - at - 1).CopyTo(Children.AsSpan(at + 2));
        Totals.AsSpan(at + 1, Count - at - 1).CopyTo(Totals.AsSpan(at + 2));
        Separators.AsSpan(at, Count - 1 - at).CopyTo(Separators.AsSpan(at + 1));
        Children[at + 1] = child;
        Totals[at + 1] = child.Total;
        Separators[at] = separator;
        Count++;
    }

    /// <summary>Removes a child and the separator beside it.</summary>
    public void RemoveAt(int at)
    {
        var separator = Math.Max(at - 1, 0);
        Children.AsSpan(at + 1, Count - at - 1).CopyTo(Children.AsSpan(at));
        Totals.AsSpan(at + 1, Count - at - 1).CopyTo(Totals.AsSpan(at));
        if (Count > 1)
        {
            Separators.AsSpan(separator + 1, Count - 2 - separator).CopyTo(Separators.AsSpan(separator));
            Separators[Count - 2] = default!;
        }
        Count--;
        Children[Count] = null!;
    }

    /// <summary>Moves the children from <paramref name="half"/> on to a new right neighbour; the separator between goes up.</summary>
    public Inner<TSeparator> Split(int half, out TSeparator divider)
    {
        var right = new Inner<TSeparator>(Edit) { Count = Count - half };
        Children.AsSpan(half, right.Count).CopyTo(right.Children);
        Totals.AsSpan(half, right.Count).CopyTo(right.Totals);
        Separators.AsSpan(half, right.Count - 1).CopyTo(right.Separators);
        divider = Separators[half - 1];
        Children.AsSpan(half, right.Count).Clear();
        Separators.AsSpan(half - 1, right.Count).Clear();
        Count = half;
        return right;
    }

    public void Append(TSeparator divider, Inner<TSeparator> right)
    {
        Separators[Count - 1] = divider;
        right.Separators.AsSpan(0, right.Count - 1).CopyTo(Separators.AsSpan(Count));
        right.Children.AsSpan(0, right.Count).CopyTo(Children.AsSpan(Count));
        right.Totals.AsSpan(0, right.Count).CopyTo(Totals.AsSpan(Count));
        Count += right.Count;
    }
}
