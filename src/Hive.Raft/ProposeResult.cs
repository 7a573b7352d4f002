namespace Hive.Raft;

/// <summary>What became of a proposal at this member.</summary>
public enum ProposeOutcome : byte
{
    /// <summary>Appended to the leader's log at (term, index); its fate is known when that index is applied: the same term means yes, another means no.</summary>
    Appended = 0,
    /// <summary>Sent to the leader. It shows up when applied, or as <see cref="Ready.RefusedProposals"/>, or never (message lost).</summary>
    Forwarded,
    /// <summary>No leader is known. Nothing was proposed.</summary>
    NoLeader,
    /// <summary>Too much is under way (<see cref="RaftLimits.UncommittedBytes"/>). Nothing was proposed.</summary>
    TooManyUncommitted,
    /// <summary>Leadership is being handed over. Nothing was proposed; ask again shortly.</summary>
    Transferring,
    /// <summary>Membership only: an earlier change is not yet done, or this leader has not yet committed an entry of its own term.</summary>
    ChangePending,
    /// <summary>Membership only: this member does not lead; changes are not forwarded.</summary>
    NotLeader,
    /// <summary>Membership only: the change cannot be; see <see cref="ProposeResult.Error"/>.</summary>
    InvalidChange,
}

/// <summary>Outcome of a proposal, with its place when it was appended.</summary>
public readonly record struct ProposeResult(ProposeOutcome Outcome, Term Term = default, LogIndex Index = default, MembershipError Error = default);

/// <summary>How one peer's copy of the log stands, as a leader sees it.</summary>
public readonly record struct PeerStatus(MemberId Member, LogIndex Match, LogIndex Next, ReplicationState State, bool RecentlyActive);

/// <summary>How a leader feeds a follower.</summary>
public enum ReplicationState : byte
{
    /// <summary>Looking for where the logs agree: one message at a time.</summary>
    Probe = 0,
    /// <summary>The logs agree: messages are pipelined within the window.</summary>
    Replicate,
    /// <summary>A snapshot is on its way; no entries are sent.</summary>
    Snapshot,
}
