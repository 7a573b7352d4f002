using System.Text;
using Hive.Store;

namespace Hive.Control;

/// <summary>Hidden counters as a snapshot shows them.</summary>
public sealed class SnapshotCounters(StoreSnapshot snapshot) : IHiddenCounters
{
    public Revision Of(string name) => snapshot.Hidden(Encoding.UTF8.GetBytes(name));
}

/// <summary>No counter was ever bumped: before the first state is known.</summary>
internal sealed class NoCounters : IHiddenCounters
{
    public static readonly NoCounters Instance = new();

    public Revision Of(string name) => Revision.Zero;
}
