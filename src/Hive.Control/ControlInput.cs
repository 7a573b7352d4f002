using System.Collections.Immutable;
using Hive.Store;

namespace Hive.Control;

/// <summary>All that can happen to the control plane. The outside world enters only as one of these.</summary>
public abstract record ControlInput
{
    /// <summary>Revisions that apply has made, in order and without a gap.</summary>
    public sealed record Applied(ImmutableArray<RevisionChanges> Changes) : ControlInput;

    /// <summary>The feed was given up (or has just begun): this is the whole state.</summary>
    public sealed record Rebuilt(StoreSnapshot Snapshot) : ControlInput;

    /// <summary>The result of a proposed batch.</summary>
    public sealed record Decided(BatchResult Result) : ControlInput;

    /// <summary>Time passed.</summary>
    public sealed record Tick(Stamp Now) : ControlInput;

    /// <summary>This member leads, and has applied the first entry of its own term; everything of older terms is below the revision.</summary>
    public sealed record Lead(Term Term, Revision FirstOfTerm, Stamp Now) : ControlInput;

    /// <summary>The term is lost.</summary>
    public sealed record StandDown(Term Term) : ControlInput;
}

/// <summary>How a proposed batch ended.</summary>
public enum BatchFate : byte
{
    /// <summary>Applied: each transaction has its own outcome.</summary>
    Applied,
    /// <summary>Surely not in the log: safe to decide again.</summary>
    NotProposed,
    /// <summary>It may be in the log, or may come yet.</summary>
    Unknown,
    /// <summary>Refused as a whole: the author does not lead any more.</summary>
    Fenced,
}

/// <param name="Leadership">The term under which the batch was proposed: a result of an older scope is dropped.</param>
/// <param name="At">The store's revision once the batch was applied. Only for <see cref="BatchFate.Applied"/>.</param>
/// <param name="Outcomes">One a transaction. Only for <see cref="BatchFate.Applied"/>.</param>
public sealed record BatchResult(Term Leadership, long Sequence, BatchFate Fate, Revision At, ImmutableArray<DecisionOutcome> Outcomes);
