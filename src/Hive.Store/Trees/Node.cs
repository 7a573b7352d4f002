using System.Runtime.CompilerServices;

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

/// <summary>Room for the entries of a leaf, inside the leaf: one object for each node, which is what a large tree costs the collector.</summary>
[InlineArray(Node.Capacity)]
internal struct LeafSlots<T>
{
    private T _first;
}

/// <summary>Room for the children of an inner node: one more than the capacity, so that a child is first put in and the node then split.</summary>
[InlineArray(Node.Capacity + 1)]
internal struct InnerSlots<T>
{
    private T _first;
}

internal sealed class Leaf<TEntry>(long edit) : Node(edit)
{
    private LeafSlots<TEntry> _entries;

    /// <summary>All slots; those from <see cref="Node.Count"/> on are empty.</summary>
    public Span<TEntry> Entries => _entries;

    public override long Total => Count;

    public Leaf<TEntry> Own(long edit)
    {
        if (Edit == edit) return this;
        var copy = new Leaf<TEntry>(edit) { Count = Count };
        Entries[..Count].CopyTo(copy.Entries);
        return copy;
    }

    public void Insert(int at, in TEntry entry)
    {
        var entries = Entries;
        entries[at..Count].CopyTo(entries[(at + 1)..]);
        entries[at] = entry;
        Count++;
    }

    public void RemoveAt(int at)
    {
        var entries = Entries;
        entries[(at + 1)..Count].CopyTo(entries[at..]);
        Count--;
        entries[Count] = default!;
    }

    /// <summary>Moves the entries from <paramref name="half"/> on to a new right neighbour.</summary>
    public Leaf<TEntry> Split(int half)
    {
        var right = new Leaf<TEntry>(Edit) { Count = Count - half };
        var moved = Entries[half..Count];
        moved.CopyTo(right.Entries);
        moved.Clear();
        Count = half;
        return right;
    }

    public void Append(Leaf<TEntry> right)
    {
        right.Entries[..right.Count].CopyTo(Entries[Count..]);
        Count += right.Count;
    }
}

/// <summary>Child i holds what is before separator i; separator i and what follows are in child i + 1.</summary>
internal sealed class Inner<TSeparator>(long edit) : Node(edit)
{
    private InnerSlots<Node> _children;
    private LeafSlots<TSeparator> _separators;
    private InnerSlots<long> _totals;

    public Span<Node> Children => _children;
    public Span<TSeparator> Separators => _separators;
    public Span<long> Totals => _totals;

    public override long Total
    {
        get
        {
            long total = 0;
            foreach (var part in Totals[..Count]) total += part;
            return total;
        }
    }

    public Inner<TSeparator> Own(long edit)
    {
        if (Edit == edit) return this;
        var copy = new Inner<TSeparator>(edit) { Count = Count };
        Children[..Count].CopyTo(copy.Children);
        Separators[..(Count - 1)].CopyTo(copy.Separators);
        Totals[..Count].CopyTo(copy.Totals);
        return copy;
    }

    public void InsertAfter(int at, TSeparator separator, Node child)
    {
        Children[(at + 1)..Count].CopyTo(Children[(at + 2)..]);
        Totals[(at + 1)..Count].CopyTo(Totals[(at + 2)..]);
        Separators[at..(Count - 1)].CopyTo(Separators[(at + 1)..]);
        Children[at + 1] = child;
        Totals[at + 1] = child.Total;
        Separators[at] = separator;
        Count++;
    }

    /// <summary>Adds the last child; the separator stands before it, unless it is the first.</summary>
    public void Add(TSeparator separator, Node child)
    {
        if (Count > 0) Separators[Count - 1] = separator;
        Children[Count] = child;
        Totals[Count] = child.Total;
        Count++;
    }

    /// <summary>Removes a child and the separator beside it.</summary>
    public void RemoveAt(int at)
    {
        var separator = Math.Max(at - 1, 0);
        Children[(at + 1)..Count].CopyTo(Children[at..]);
        Totals[(at + 1)..Count].CopyTo(Totals[at..]);
        if (Count > 1)
        {
            Separators[(separator + 1)..(Count - 1)].CopyTo(Separators[separator..]);
            Separators[Count - 2] = default!;
        }
        Count--;
        Children[Count] = null!;
    }

    /// <summary>Moves the children from <paramref name="half"/> on to a new right neighbour; the separator between goes up.</summary>
    public Inner<TSeparator> Split(int half, out TSeparator divider)
    {
        var right = new Inner<TSeparator>(Edit) { Count = Count - half };
        Children[half..Count].CopyTo(right.Children);
        Totals[half..Count].CopyTo(right.Totals);
        Separators[half..(Count - 1)].CopyTo(right.Separators);
        divider = Separators[half - 1];
        Children[half..Count].Clear();
        Separators[(half - 1)..(Count - 1)].Clear();
        Count = half;
        return right;
    }

    public void Append(TSeparator divider, Inner<TSeparator> right)
    {
        Separators[Count - 1] = divider;
        right.Separators[..(right.Count - 1)].CopyTo(Separators[Count..]);
        right.Children[..right.Count].CopyTo(Children[Count..]);
        right.Totals[..right.Count].CopyTo(Totals[Count..]);
        Count += right.Count;
    }
}
