using Hive.Store.Memory;
using Hive.Store.Trees;

namespace Hive.Store.Transfer;

/// <summary>A tree of records that must come in its order.</summary>
internal sealed class OrderedRecords<TOrder>(long edit) where TOrder : struct, IOrder<VersionKey, ulong, VersionSeparator>
{
    private readonly TreeBuilder<ulong, VersionSeparator, VersionKey, TOrder> _tree = new(edit);
    private ulong _last;

    /// <summary>False: it does not stand behind the one before.</summary>
    public bool TryAdd(TOrder order, VersionKey key, ulong reference)
    {
        if (_last != 0 && order.Compare(key, _last) <= 0) return false;
        _last = reference;
        _tree.Add(order, reference);
        return true;
    }

    public Tree<ulong, VersionSeparator> Build() => _tree.Build();
}
