using System.Collections.Immutable;
using Hive.Journal;
using Hive.Queen.Archive;
using Hive.Raft;
using Hive.Store;

namespace Hive.Queen;

/// <summary>How a proposal or a read barrier ended. Whether a retry is safe is a property of the code.</summary>
public enum QueenCode : byte
{
    Ok = 0,
    /// <summary>No leader is known. Nothing was proposed: safe to retry.</summary>
    NoLeader,
    /// <summary>Leadership changed before the fate was known: the command may or may not take effect. Not safe to retry without a request id.</summary>
    LeaderChanged,
    /// <summary>Time ran out with the fate unknown. Not safe to retry without a request id.</summary>
    TimedOut,
    /// <summary>This member is stopping. Nothing was proposed.</summary>
    Stopped,
    /// <summary>A bound was reached (waiters, bytes in flight). Nothing was proposed: safe to retry later.</summary>
    TooManyRequests,
    /// <summary>The command is larger than <see cref="QueenLimits.CommandBytes"/>. Nothing was proposed.</summary>
    TooLarge,
    /// <summary>A learner cannot serve this.</summary>
    Learner,
}

/// <summary>Answer to a proposal. <see cref="Applied"/> is set exactly when <see cref="Code"/> is Ok (it may carry a <see cref="StoreError"/>).</summary>
public readonly record struct ProposalResult(QueenCode Code, ApplyResult? Applied);

/// <summary>Answer to a linearizable read: a snapshot not older than any write acknowledged before the call.</summary>
public readonly record struct ReadResult(QueenCode Code, StoreSnapshot? Snapshot);

/// <summary>A member of the Raft group as all queens know it (it travels in the log with the membership).</summary>
public sealed record QueenMember(MemberId Id, string Name, ImmutableArray<string> PeerUrls, ImmutableArray<string> ClientUrls, bool IsLearner);

/// <summary>What a member knows of itself and its group, at one moment.</summary>
public sealed record QueenStatus(
    MemberId Self, ClusterId Cluster, MemberId Leader, Term Term, LogIndex Committed, LogIndex Applied, Revision Revision,
    bool IsLearner, long StoreBytes, ImmutableArray<QueenMember> Members, ImmutableArray<string> Errors)
{
    public bool IsLeader => !Leader.IsNone && Leader == Self;

    /// <summary>What this member has seen of elections.</summary>
    public ElectionCounts Elections { get; init; }

    /// <summary>Reads that this member, as a leader, answered by lease since its process started; none where that is off (<see cref="QueenOptions.ReadsByLease"/>).</summary>
    public long LeaseReads { get; init; }

    /// <summary>How this member's state compares with that of the others.</summary>
    public DigestAgreement Digest { get; init; }

    /// <summary>The disk is nearly full: what makes the state grow is refused until there is room again.</summary>
    public bool IsSpaceLow { get; init; }
}

/// <summary>Elections as one member has seen them since its process started.</summary>
/// <param name="LeadersSeen">Leaderships that it learnt of, the first included: the same leader in a new term is another one.</param>
/// <param name="Campaigns">Times that it asked for votes itself.</param>
/// <param name="TimeoutTicks">Its election time-out now, before randomisation.</param>
public readonly record struct ElectionCounts(long LeadersSeen, long Campaigns, int TimeoutTicks);

/// <summary>How the state of one member compares with that of the others, at the same entries.</summary>
/// <param name="At">Last entry after which it was equal to that of all others that were heard of; zero: none yet.</param>
/// <param name="Members">How many members agree there, this one included.</param>
/// <param name="Differences">Differences found since the process started.</param>
public readonly record struct DigestAgreement(LogIndex At, int Members, long Differences);

/// <summary>Leadership of this member as a scope. A scope is open from the apply of the first entry of its own term until the term is lost.</summary>
/// <param name="FirstOfTerm">The store's revision once the first entry of the term was applied: all older terms' entries are below it.</param>
public sealed record LeadershipScope(Term Term, Revision FirstOfTerm, CancellationToken Lost);

/// <summary>
/// The one door to the replicated state, the same for every face and for the control plane (DESIGN.md §2.2: one log, one write path).
/// Every member serves it: proposals are forwarded to the leader, reads are served from this member's own store after a read barrier.
/// </summary>
public interface IQueen
{
    QueenStatus Status { get; }

    /// <summary>Counts and durations of this member since it started.</summary>
    QueenMetrics Metrics => QueenMetrics.None;

    /// <summary>The state as this member has applied it: reads without a barrier are serializable, not linearizable.</summary>
    KeyValueStore Store { get; }

    /// <summary>Proposes, waits until applied here, and answers with what apply said.</summary>
    /// <param name="isBrief">What is done with the answer before the next wait takes microseconds and blocks nowhere: it may be done on a thread of the queen, which
    /// spares waking another.</param>
    ValueTask<ProposalResult> ProposeAsync(Command command, CancellationToken cancellation, bool isBrief = false);

    /// <summary>ReadIndex: waits until this member has applied all that was committed when the call arrived at the leader.</summary>
    /// <param name="isBrief">As in <see cref="ProposeAsync"/>.</param>
    ValueTask<ReadResult> ReadAsync(CancellationToken cancellation, bool isBrief = false);

    /// <summary>Renews a lease; renewals close together are folded into one entry. The TTL is 0 when the lease is unknown or has ended.</summary>
    ValueTask<(QueenCode Code, long TimeToLiveSeconds)> RenewLeaseAsync(LeaseId lease, CancellationToken cancellation);

    /// <summary>Control batches are never forwarded: NoLeader at once when this member does not lead.</summary>
    ValueTask<ProposalResult> ProposeControlAsync(ControlBatchCommand batch, CancellationToken cancellation);

    /// <summary>Waits until this member leads and has applied the first entry of its term; answers with the scope.</summary>
    ValueTask<LeadershipScope> WaitForLeadershipAsync(CancellationToken cancellation);

    /// <summary>Moves leadership to another voter; the answer is Ok once this member follows the new leader.</summary>
    ValueTask<QueenCode> TransferLeadershipAsync(MemberId target, CancellationToken cancellation);

    /// <summary>
    /// Changes the membership: on the leader only. Ok with <see cref="MembershipOutcome.Ok"/> once the change is applied here (a joint one: once left).
    /// </summary>
    /// <remarks>A door that leads no member of its own answers that it does not lead.</remarks>
    ValueTask<(QueenCode Code, MembershipOutcome Outcome)> ChangeMembershipAsync(MembershipChange change, CancellationToken cancellation) =>
        ValueTask.FromResult((QueenCode.Ok, MembershipOutcome.NotLeader));

    /// <summary>Reads what this member has applied behind a position, from its log; for archives.</summary>
    /// <param name="maxBytes">Stops before this is exceeded, after one entry at least.</param>
    /// <remarks>A door that has no log of its own says so.</remarks>
    LogReading ReadLog(LogPosition after, long maxBytes) => LogReading.Failed(LogReadCode.NotServed);

    /// <summary>Current log time and wall time as the leader would stamp them (an estimate on followers).</summary>
    Stamp Now { get; }
}
