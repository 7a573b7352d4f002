using System.Collections.Immutable;

namespace Hive.Store;

/// <summary>
/// What an entry of the log asks of the state machine. A closed set: each kind has one codec (<see cref="CommandCodec"/>) and one arm in apply.
/// </summary>
public abstract record Command
{
    /// <summary>Whether it may make the state grow (see <see cref="Operation.Grows"/>).</summary>
    public virtual bool Grows => false;
}

/// <summary>A put, a delete or a transaction of a user.</summary>
/// <param name="RequestId">Not zero: a repetition with the same id within the retention answers as the first did and changes nothing.</param>
/// <param name="Bumps">Hidden counters (node epochs, index buckets) that move to the new revision if the operation changed something.</param>
public sealed record MutateCommand(
    Operation Operation, UInt128 RequestId = default, ImmutableArray<ReadOnlyMemory<byte>> Bumps = default) : Command
{
    public override bool Grows => Operation.Grows;
}

/// <summary>Forgets history below <paramref name="At"/>.</summary>
public sealed record CompactCommand(Revision At) : Command;

/// <summary>Grants a lease. The proposer chooses the id (entropy lives outside the state machine).</summary>
public sealed record LeaseGrantCommand(LeaseId Lease, long TimeToLiveSeconds) : Command
{
    public override bool Grows => true;
}

/// <summary>Ends a lease and deletes the keys that live by it, in one revision.</summary>
public sealed record LeaseRevokeCommand(LeaseId Lease) : Command;

/// <summary>Renews many leases at the entry's stamp: renewals that arrive close together are one entry.</summary>
public sealed record LeaseRenewCommand(ImmutableArray<LeaseId> Leases) : Command;

/// <summary>Lets log time pass, so that what is due falls due. Proposed by a leader when a deadline has come.</summary>
public sealed record TickCommand : Command;

/// <summary>
/// Writes a record beside the key space (users and roles, alarms): no revision, no history, no watch. Takes effect only while the record's version is
/// still the expected one (0: absent), so that read, change and write need no lock. An empty value removes it.
/// </summary>
public sealed record SetRecordCommand(ReadOnlyMemory<byte> Name, long ExpectedVersion, ReadOnlyMemory<byte> Value) : Command;

/// <summary>
/// Makes the keys of a range what they were at a kept revision, in one revision of its own, or changes nothing. A key that lived by a lease which has
/// ended since is left as it is. The entry is small whatever the range: apply finds the differences in its own history.
/// </summary>
/// <param name="RangeEnd">As <see cref="RangeQuery.RangeEnd"/>.</param>
/// <param name="To">The revision to go back to.</param>
/// <param name="UnchangedSince">Not zero: refused when any key of the range was changed after this revision (what the caller looked at). So a repetition does no harm.</param>
public sealed record RestoreCommand(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> RangeEnd, Revision To, Revision UnchangedSince) : Command
{
    public override bool Grows => true;
}

/// <summary>
/// Moves the store's revision up without changing a key, and forgets what was before: for a state that may lack revisions which were handed out (restored
/// from a backup, or kept by a minority). Nobody sees a revision a second time, and watches from before are told that they were compacted. A revision that is
/// not above the present one changes nothing.
/// </summary>
public sealed record AdvanceRevisionCommand(Revision To) : Command;

/// <summary>Changes how much history is kept.</summary>
public sealed record SetRetentionCommand(Retention Retention) : Command;

/// <summary>
/// Decisions of the control plane: refused as a whole unless <see cref="DecisionHeader.Leadership"/> equals the term of the entry that
/// carries it; then each transaction stands or falls by itself, in order. All that commit share one revision.
/// </summary>
public sealed record ControlBatchCommand(DecisionHeader Header, ImmutableArray<GuardedTransaction> Transactions) : Command;

/// <summary>Who decided, on what, and under which rules.</summary>
/// <param name="Sequence">Number of the batch within its term.</param>
/// <param name="ReadAt">The revision of the view that was decided on.</param>
/// <param name="RulesVersion">Version of the scheduler's rules, so that "why?" can be replayed.</param>
public readonly record struct DecisionHeader(Term Leadership, long Sequence, Revision ReadAt, Stamp DecidedAt, uint RulesVersion);

/// <summary>One decision: all guards hold, and its writes happen; or nothing does.</summary>
public sealed record GuardedTransaction(ImmutableArray<Guard> Guards, ImmutableArray<Operation> Writes, ImmutableArray<ReadOnlyMemory<byte>> Bumps);

/// <summary>
/// A command that was allowed on what its proposer knew: it happens only while that still holds, or is refused with <see cref="StoreError.GuardFailed"/> and
/// changes nothing. Its author looks again, and may propose it again.
/// </summary>
/// <param name="Inner">Any other kind of command.</param>
public sealed record GuardedCommand(Guard Guard, Command Inner) : Command
{
    public override bool Grows => Inner.Grows;
}

/// <summary>What a decision stands on.</summary>
public abstract record Guard
{
    /// <summary>The key's mod revision is this one; zero means "absent".</summary>
    public sealed record Unchanged(ReadOnlyMemory<byte> Key, Revision ModifiedAt) : Guard;

    /// <summary>The key is the same incarnation (create revision): the store's form of "same UID".</summary>
    public sealed record SameIncarnation(ReadOnlyMemory<byte> Key, Revision CreatedAt) : Guard;

    /// <summary>The hidden counter (node epoch, index bucket) was last bumped at this revision; zero means never.</summary>
    public sealed record HiddenUnchanged(ReadOnlyMemory<byte> Hidden, Revision BumpedAt) : Guard;

    /// <summary>The lease lives, or is gone.</summary>
    public sealed record LeaseIs(LeaseId Lease, bool Alive) : Guard;

    /// <summary>The record beside the key space has this version; zero means "absent".</summary>
    public sealed record RecordIs(ReadOnlyMemory<byte> Name, long Version) : Guard;
}
