using System.Collections.Immutable;
using Hive.Store;

namespace Hive.Control;

/// <summary>What the control plane wants done, in this order.</summary>
/// <param name="Propose">To be proposed in this order, each answered by one <see cref="ControlInput.Decided"/>.</param>
/// <param name="WakeAt">When a <see cref="ControlInput.Tick"/> is wanted at the latest; a time that has passed means "at once".</param>
public sealed record ControlReady(ImmutableArray<ControlBatchCommand> Propose, LogTime? WakeAt)
{
    public static readonly ControlReady Nothing = new([], null);
}

/// <summary>Sees what the control plane does, and may not take part.</summary>
public interface IControlObserver
{
    void ScopeOpened(Term term, Revision at);
    void ScopeEnded(Term term);

    /// <summary>A reconcile threw: a bug. The key is held back and tried again.</summary>
    void ReconcileFailed(string controller, ObjectKey key, Exception failure);
}
