using System.Text;
using Hive.Store;

namespace Hive.Control;

/// <summary>Hidden counters as the store has them now.</summary>
public sealed class StoreCounters(Func<StoreSnapshot> snapshot) : IHiddenCounters
{
    public Revision Of(string name) => snapshot().Hidden(Encoding.UTF8.GetBytes(name));
}
