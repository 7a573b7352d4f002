using System.Runtime.InteropServices;
using Hive.Store.State;
using Hive.Store.Trees;

namespace Hive.Store.Transfer;

/// <summary>
/// The changes of history as the records of an import tell of them, in key order: gathered, sorted once, and made a tree of. One change may be told of by two
/// records: the one that it made and the one that it ended.
/// </summary>
internal sealed class ImportedChanges
{
    private readonly List<Change> _parts = [];

    /// <summary>Where history begins.</summary>
    public ChangePosition First { get; set; }

    /// <summary>What made a record may be trimmed already while the record is still there: that is left out.</summary>
    public void Add(ChangePosition at, ulong put, ulong previous)
    {
        if (at.CompareTo(First) >= 0) _parts.Add(new Change(at, put, previous));
    }

    /// <summary>False: two records contradict each other.</summary>
    public bool TryBuild(long edit, out Tree<Change, ChangePosition> tree)
    {
        tree = default;
        var parts = CollectionsMarshal.AsSpan(_parts);
        parts.Sort(default(ByPosition));
        var builder = new TreeBuilder<Change, ChangePosition, ChangePosition, ChangeOrder>(edit);
        for (var i = 0; i < parts.Length; i++)
        {
            var change = parts[i];
            for (; i + 1 < parts.Length && parts[i + 1].At == change.At; i++)
            {
                var other = parts[i + 1];
                if ((change.Put != 0 && other.Put != 0) || (change.Previous != 0 && other.Previous != 0)) return false;
                change = new Change(change.At, change.Put | other.Put, change.Previous | other.Previous);
            }
            builder.Add(default, change);
        }
        _parts.Clear();
        _parts.TrimExcess();
        tree = builder.Build();
        return true;
    }

    private readonly struct ByPosition : IComparer<Change>
    {
        public int Compare(Change x, Change y) => x.At.CompareTo(y.At);
    }
}
