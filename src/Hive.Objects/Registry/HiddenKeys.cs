namespace Hive.Objects;

/// <summary>
/// Names of the store's hidden counters: they hold the revision of the last write that moved them, and guard what no object's own
/// revision can (CONTROL.md §3). They are no keys: nobody can read, list or watch them through a face.
/// </summary>
public static class HiddenKeys
{
    /// <summary>
    /// Epoch of a node. Whoever writes anything that can make a placement wrong bumps it in the same transaction: node created, deleted,
    /// cordoned, its labels, taints or allocatable changed, or a pod put on it by anybody but the scheduler. The scheduler's own
    /// bindings and the noise of status reports do not. A binding is void if it moved after the view that was decided on.
    /// </summary>
    public static string NodeEpoch(string node) => $"node/{node}";
}
