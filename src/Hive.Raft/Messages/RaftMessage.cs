using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>A message between members. <see cref="Term"/> is the sender's, or zero for forwarded requests, which belong to no term.</summary>
public abstract record RaftMessage(MemberId From, MemberId To, Term Term);

/// <summary>Would you vote for me in <c>Term</c>, one above the sender's own? Changes nothing at the receiver (thesis §9.6).</summary>
public sealed record PreVoteRequest(MemberId From, MemberId To, Term Term, LogIndex LastIndex, Term LastTerm) : RaftMessage(From, To, Term);

/// <summary>Answer to <see cref="PreVoteRequest"/>: granted, with the term asked about; or refused, with the receiver's own.</summary>
public sealed record PreVoteResponse(MemberId From, MemberId To, Term Term, bool Granted) : RaftMessage(From, To, Term);

/// <summary>RequestVote (thesis §3.4).</summary>
/// <param name="Transfer">The old leader asked for this election: voters do not protect it (thesis §4.2.3).</param>
public sealed record VoteRequest(MemberId From, MemberId To, Term Term, LogIndex LastIndex, Term LastTerm, bool Transfer) : RaftMessage(From, To, Term);

/// <summary>Answer to <see cref="VoteRequest"/>; durable at the voter before it leaves.</summary>
public sealed record VoteResponse(MemberId From, MemberId To, Term Term, bool Granted) : RaftMessage(From, To, Term);

/// <summary>AppendEntries (thesis §3.5).</summary>
/// <param name="PreviousIndex">The entry before the first of <paramref name="Entries"/>.</param>
/// <param name="PreviousTerm">Its term at the leader.</param>
/// <param name="Entries">Consecutive; may be empty (a probe, or news of the commit index).</param>
/// <param name="Commit">The leader's commit index.</param>
public sealed record AppendRequest(
    MemberId From, MemberId To, Term Term, LogIndex PreviousIndex, Term PreviousTerm, ImmutableArray<Entry> Entries, LogIndex Commit) : RaftMessage(From, To, Term);

/// <summary>Answer to <see cref="AppendRequest"/> and <see cref="InstallSnapshot"/>.</summary>
/// <param name="Index">Accepted: the log equals the leader's up to here, durably. Rejected: the PreviousIndex that did not match.</param>
/// <param name="Rejected">The log does not hold the previous entry with that term.</param>
/// <param name="HintIndex">Rejected: an index at or below which the logs may agree.</param>
/// <param name="HintTerm">Rejected: the follower's term at the hint.</param>
/// <param name="LostLog">The follower lost durable entries: forget what it acknowledged before.</param>
public sealed record AppendResponse(
    MemberId From, MemberId To, Term Term, LogIndex Index, bool Rejected, LogIndex HintIndex, Term HintTerm, bool LostLog) : RaftMessage(From, To, Term);

/// <summary>I lead. Carries no entry and is never held back by flow control.</summary>
/// <param name="Commit">Never beyond what the receiver is known to hold.</param>
/// <param name="Round">Confirmation round for reads: grows within the term; the answer echoes it (thesis §6.4).</param>
public sealed record Heartbeat(MemberId From, MemberId To, Term Term, LogIndex Commit, ulong Round) : RaftMessage(From, To, Term);

/// <summary>Answer to <see cref="Heartbeat"/> with its round.</summary>
/// <param name="Promise">So long from its receipt of the heartbeat the sender neither stands for election nor votes for another (<see cref="RaftOptions.LeaderPromise"/>); zero: it promises nothing.</param>
public sealed record HeartbeatResponse(MemberId From, MemberId To, Term Term, ulong Round, TimeSpan Promise = default) : RaftMessage(From, To, Term);

/// <summary>
/// InstallSnapshot (thesis §5). The shell streams the snapshot's chunks beside it and steps this message at the receiver only when all
/// of them are there and checked. Of term zero: not from a leader, but asked for by <see cref="CopyRequest.OrSnapshot"/>.
/// </summary>
public sealed record InstallSnapshot(MemberId From, MemberId To, Term Term, SnapshotMetadata Snapshot) : RaftMessage(From, To, Term);

/// <summary>Stand for election at once: leadership is being handed to you (thesis §3.10).</summary>
public sealed record TimeoutNow(MemberId From, MemberId To, Term Term) : RaftMessage(From, To, Term);

/// <summary>A proposal forwarded to the leader. Term is zero.</summary>
/// <param name="Incarnation">Start of the sender that <paramref name="Tag"/> belongs to.</param>
/// <param name="Tag">The sender's name for it, for <see cref="ProposeRefused"/>.</param>
public sealed record ProposeRequest(MemberId From, MemberId To, ulong Incarnation, ulong Tag, ReadOnlyMemory<byte> Payload) : RaftMessage(From, To, Term.Zero);

/// <summary>The proposal was not appended and never will be. Term is zero.</summary>
public sealed record ProposeRefused(MemberId From, MemberId To, ulong Incarnation, ulong Tag) : RaftMessage(From, To, Term.Zero);

/// <summary>A read forwarded to the leader. Term is zero.</summary>
public sealed record ReadIndexRequest(MemberId From, MemberId To, ReadContext Context) : RaftMessage(From, To, Term.Zero);

/// <summary>The index of a forwarded read, or a refusal. Term is zero: the index is right whatever happened since.</summary>
public sealed record ReadIndexResponse(MemberId From, MemberId To, ReadContext Context, LogIndex Index, bool Refused) : RaftMessage(From, To, Term.Zero);

/// <summary>Which terms have the entries in front of this one? Asked by a member that lost part of its log, of everyone (<see cref="LogRepair"/>). Term is zero.</summary>
public sealed record LineageRequest(MemberId From, MemberId To, EntryId Entry) : RaftMessage(From, To, Term.Zero);

/// <summary>Answer to <see cref="LineageRequest"/>, from a member that holds that entry. Term is zero: true of every log that holds it, at any time.</summary>
/// <param name="Runs">From the entry asked about downward, runs of entries of one term each, named by their lowest one.</param>
public sealed record LineageResponse(MemberId From, MemberId To, EntryId Entry, ImmutableArray<EntryId> Runs) : RaftMessage(From, To, Term.Zero);

/// <summary>A copy of this entry, and of those behind it up to <paramref name="Last"/>, please. Term is zero.</summary>
/// <param name="OrSnapshot">Where the entry is compacted away: send the snapshot instead (an <see cref="InstallSnapshot"/> of term zero).</param>
public sealed record CopyRequest(MemberId From, MemberId To, EntryId First, LogIndex Last, bool OrSnapshot) : RaftMessage(From, To, Term.Zero);

/// <summary>Copies of consecutive entries, the first one as asked for; whether the others are the right ones the asker knows. Term is zero.</summary>
public sealed record CopyResponse(MemberId From, MemberId To, ImmutableArray<Entry> Entries) : RaftMessage(From, To, Term.Zero);

/// <summary>A wish for leadership transfer forwarded to the leader. Term is zero.</summary>
public sealed record TransferRequest(MemberId From, MemberId To, MemberId Target) : RaftMessage(From, To, Term.Zero);
