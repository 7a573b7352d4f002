using Hive.Journal;
using Hive.Raft;

namespace Hive.Simulation;

/// <summary>Known bugs, switched on one at a time: the suite must notice each. Those from <see cref="RaftMutant"/> have the same name there.</summary>
internal enum Mutant
{
    None = 0,

    // In the shell and below it.
    AcknowledgeBeforeSync,
    SyncForgotten,
    DirectorySyncForgotten,
    ForgetVoteOnRestart,
    ForgetTermOnRestart,
    VoteAfterLosingLog,
    ReadWithoutWaitingForApply,
    SkipOneEntryOnOneMember,
    ProposalDeliveredTwice,
    WatchLosesOneRevision,

    // In consensus.
    VoteTwice,
    VoteForShorterLog,
    CommitOlderTermByCounting,
    JointNeedsOneHalfOnly,
    LearnerCounts,
    LeaderCountsUnwrittenEntries,
    ReadWithoutQuorum,
    ReadBeforeOwnTerm,
    ReadReusesOldRound,
    ReadAnswerOfEarlierStart,
    FollowerCommitsUnmatched,
    HeartbeatCommitsBeyondMatch,
    StaleAppendCutsLog,
    MatchByIndexOnly,
    LateCompletionCounts,
    ChangeWhileChangePending,
}

/// <summary>Where mutants of the shell take hold.</summary>
internal static class Mutations
{
    public static Raft.HardState HardStateAtStart(Mutant mutant, Raft.HardState durable) => mutant switch
    {
        Mutant.ForgetVoteOnRestart => durable with { Vote = MemberId.None },
        Mutant.ForgetTermOnRestart => default,
        _ => durable,
    };

    public static LogIndex WithholdVotesUntil(Mutant mutant, JournalDamage? damage) =>
        mutant == Mutant.VoteAfterLosingLog || damage is null ? LogIndex.Zero : damage.To;

    public static RaftMutant InConsensus(Mutant mutant) =>
        Enum.TryParse(mutant.ToString(), out RaftMutant inConsensus) ? inConsensus : RaftMutant.None;
}
