using System.Collections.Immutable;
using Hive.Raft;
using Hive.Store;

namespace Hive.Queen.Core;

/// <summary>Whatever happens to a queen's core. Each is taken on the one thread that owns the core.</summary>
public abstract record QueenInput
{
    /// <summary>A message arrived from a peer.</summary>
    public sealed record Message(RaftMessage Content) : QueenInput;

    /// <summary>A caller proposes. <paramref name="Payload"/> begins with the <see cref="ProposalHeader"/> that carries the number.</summary>
    /// <param name="LeaderOnly">Not to be forwarded: refused when this member does not lead (control batches).</param>
    public sealed record Propose(ulong Number, ReadOnlyMemory<byte> Payload, bool LeaderOnly) : QueenInput;

    /// <summary>A caller wants a read barrier.</summary>
    public sealed record Read(ulong Number) : QueenInput;

    /// <summary>A caller renews a lease.</summary>
    public sealed record Renew(ulong Number, LeaseId Lease) : QueenInput;

    /// <summary>A caller wants leadership moved; none: to the most advanced voter.</summary>
    public sealed record Transfer(ulong Number, MemberId Target) : QueenInput;

    /// <summary>A caller changes the membership.</summary>
    public sealed record ChangeMembership(ulong Number, MembershipChange Change) : QueenInput;

    /// <summary>Writes up to this ticket are durable.</summary>
    public sealed record Persisted(PersistTicket Ticket) : QueenInput;

    /// <summary>A received snapshot is durable and is in the state machine.</summary>
    public sealed record Installed(SnapshotMetadata Snapshot, LogTime? NextDeadline) : QueenInput;

    /// <summary>Entries were applied.</summary>
    public sealed record Applied(AppliedBatch Batch) : QueenInput;

    /// <summary>The state was captured as it is once this was applied (answer to <see cref="CoreReady.CaptureState"/>).</summary>
    public sealed record StateCaptured(LogIndex Index) : QueenInput;

    /// <summary>The snapshot ordered by <see cref="CoreReady.WriteSnapshot"/> is durable; or it failed (null).</summary>
    public sealed record SnapshotTaken(SnapshotMetadata? Snapshot) : QueenInput;

    /// <summary>A snapshot that was on its way to a peer has arrived, or will not.</summary>
    public sealed record SnapshotSent(MemberId To, bool Delivered) : QueenInput;

    /// <summary>The link to a peer broke.</summary>
    public sealed record PeerLost(MemberId Peer) : QueenInput;
}

/// <summary>What applying a run of entries came to.</summary>
/// <param name="Index">Last entry applied.</param>
/// <param name="Bytes">Charged bytes of the run, for the snapshot policy.</param>
/// <param name="Own">Results of proposals that this start of this member made, by number.</param>
/// <param name="FirstsOfTerm">First entries of terms in the run, with the store's revision after each.</param>
/// <param name="NextDeadline">When the store next has something due.</param>
public sealed record AppliedBatch(
    LogIndex Index, long Bytes, ImmutableArray<(ulong Number, ApplyResult Result)> Own,
    ImmutableArray<(Term Term, Revision Revision)> FirstsOfTerm, LogTime? NextDeadline);

/// <summary>Answer of the core to a caller's number.</summary>
/// <param name="Applied">Set exactly for a proposal that was applied.</param>
/// <param name="TimeToLiveSeconds">Of a renewal.</param>
/// <param name="Membership">Why a membership change was refused.</param>
public readonly record struct CoreAnswer(
    ulong Number, QueenCode Code, ApplyResult? Applied = null, long TimeToLiveSeconds = 0, MembershipOutcome Membership = MembershipOutcome.Ok);

/// <summary>Leadership began (revision set) or ended (null).</summary>
public readonly record struct ScopeChange(Term Term, Revision? FirstOfTerm);

/// <summary>One round of orders of the core to its shell.</summary>
/// <param name="Raft">Orders of consensus; see <see cref="Ready"/>.</param>
/// <param name="Answers">For callers.</param>
/// <param name="Scopes">Changes of leadership, in order.</param>
/// <param name="CaptureState">Capture the state, at whatever index apply has reached, and say which.</param>
/// <param name="WriteSnapshot">Not null: write the captured state to a snapshot file with this metadata.</param>
/// <param name="CompactThrough">Not null: the log may begin after this entry now.</param>
public sealed record CoreReady(
    Ready? Raft, ImmutableArray<CoreAnswer> Answers, ImmutableArray<ScopeChange> Scopes, bool CaptureState, SnapshotMetadata? WriteSnapshot,
    LogIndex? CompactThrough);
