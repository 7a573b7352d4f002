using Hive.Journal;
using Hive.Raft;
using Hive.Store;

namespace Hive.Simulation;

/// <summary>
/// Known bugs, switched on one at a time: the suite must notice each. Those of <see cref="RaftMutant"/>, <see cref="StoreMutant"/> and
/// <see cref="JournalMutant"/> have the same name there; the others take hold in the simulated shell.
/// </summary>
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
    AppliesTwice,
    AppliedIndexSavedApart,
    SnapshotWithoutLastEntry,
    ProposalDeliveredTwice,
    DeposedLeaderRevokesLeases,

    // In recovery of the journal.
    TornTailAccepted,
    CorruptRecordCut,

    // In the store.
    PutOnDeadLease,
    WatchLosesOneRevision,
    WatchSkipsCompacted,
    WatchFromFutureBeginsNow,

    // In consensus.
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

    // In read leases.
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

/// <summary>Where mutants of the shell take hold.</summary>
internal static class Mutations
{
    public static Raft.HardState HardStateAtStart(Mutant mutant, Raft.HardState durable) => mutant switch
    {
        Mutant.ForgetVoteOnRestart => durable with { Vote = MemberId.None },
        Mutant.ForgetTermOnRestart => default,
        _ => durable,
    };

    public static RaftMutant InConsensus(Mutant mutant) => Of<RaftMutant>(mutant);

    public static StoreMutant InStore(Mutant mutant) => Of<StoreMutant>(mutant);

    public static JournalMutant InJournal(Mutant mutant) => Of<JournalMutant>(mutant);

    /// <summary>The same state under another index.</summary>
    public static StoreSnapshot Relabelled(StoreSnapshot state, LogIndex index)
    {
        var roots = state.Roots;
        roots.AppliedIndex = index;
        return new StoreSnapshot(roots, state.Bytes);
    }

    private static TMutant Of<TMutant>(Mutant mutant) where TMutant : struct, Enum => Enum.TryParse(mutant.ToString(), out TMutant inside) ? inside : default;
}
