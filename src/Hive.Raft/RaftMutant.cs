namespace Hive.Raft;

/// <summary>
/// Known bugs of consensus, for tests alone: the suite that trusts this core must notice each of them when it is switched on
/// (<see cref="RaftOptions.Mutant"/> cannot be set from outside the tests).
/// </summary>
internal enum RaftMutant : byte
{
    None = 0,
    VoteTwice,
    VoteForShorterLog,
    VoteForgetsPromise,
    CommitOlderTermByCounting,
    JointNeedsOneHalfOnly,
    LearnerCounts,
    LeaderCountsUnwrittenEntries,
    ReadWithoutQuorum,
    ReadBeforeOwnTerm,
    ReadReusesOldRound,
    ReadAnswerOfEarlierStart,
    FollowerCommitsUnchecked,
    HeartbeatCommitsBeyondMatch,
    StaleAppendCutsLog,
    MatchByIndexOnly,
    LateCompletionCounts,
    ChangeWhileChangePending,
    LeaseKeptThroughTransfer,
    LeaseFromReceipt,
    LeaseOutlivesPromise,
    LeaseIgnoresDrift,
    LeaseByWallClock,
    LeaseCountsWhoDoesNotPromise,
    PromiseForgottenAtStart,
    PromiseEndsWithTerm,
    StandsDespitePromise,
}
