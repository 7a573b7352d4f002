namespace Hive.Control;

/// <summary>
/// One rule of the orchestrator. Both methods are pure: same view, key and time, same answer, byte for byte. A controller holds no
/// state between calls (the scheduler's columns are a cache of the view, see <see cref="IBatchController"/>).
/// </summary>
public interface IController
{
    /// <summary>The name under which it signs its events and managed fields, e.g. <c>replicaset-controller</c>.</summary>
    string Name { get; }

    Band Band { get; }

    /// <summary>Keys that want a look at the start of a scope although no object asks for it. Most controllers have none.</summary>
    void Begin(IView view, IWakeList wake)
    {
    }

    /// <summary>Which keys to look at again when a record changed. The view already shows the change; must cover both sides of it.</summary>
    void Wake(in Change change, IView view, IWakeList wake);

    /// <summary>What to write for this key, given this state of the cluster. An empty plan means that all is as it should be.</summary>
    Plan Reconcile(IView view, ObjectKey key, Stamp now);
}

/// <summary>Where a controller says which of its keys want a look.</summary>
public interface IWakeList
{
    void Add(ObjectKey key);
}

/// <summary>
/// A controller that decides many keys together, and keeps a cache of the view to do it fast. The cache is built at the start of a
/// scope, follows every change, and is dropped when the scope ends.
/// </summary>
public interface IBatchController : IController
{
    /// <summary>Builds the cache from the view. What it assumes of plans in flight stays, if it was open before.</summary>
    void Open(IView view, IHiddenCounters hidden);

    /// <summary>Follows one change; called before <see cref="IController.Wake"/> for it.</summary>
    void Observe(in Change change, IView view, IHiddenCounters hidden);

    /// <summary>Decides the keys together; one plan a key, in the order of <paramref name="keys"/>. Null: not this turn, ask again.</summary>
    /// <param name="most">At most so many plans may write: what the entry that is being made has room for.</param>
    Plan?[] ReconcileMany(IView view, IReadOnlyList<ObjectKey> keys, Stamp now, int most);

    /// <summary>A proposed plan came to nothing: what the cache assumed of it is taken back.</summary>
    void Rejected(in ObjectKey key);

    /// <summary>The scope ended.</summary>
    void Close();
}

/// <summary>
/// Hidden counters of the store, as of the view's revision or later. One that is later than the view moved for a change that the view does
/// not show yet: nothing may be decided on it until it does.
/// </summary>
public interface IHiddenCounters
{
    /// <summary>The revision at which the counter was last bumped; zero: never.</summary>
    Revision Of(string name);
}
