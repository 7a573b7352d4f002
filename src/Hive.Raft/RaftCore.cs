namespace Hive.Raft;

/// <summary>What all roles share: the durable facts, the log, the timer, what leaves, and the ways from one role to another.</summary>
internal sealed class RaftCore
{
    public RaftCore(RaftOptions options, HardState hardState, ILogView log, IElectionJitter jitter)
    {
        Options = options;
        Term = hardState.Term;
        Vote = hardState.Vote;
        DurableHardState = hardState;
        Log = new RaftLog(log, options.Limits);
        Timer = new ElectionTimer(jitter, options.ElectionTimeoutTicks);
        Clock.Anchor(Log.LastStamp);
        Promise = new LeaderPromise(options);
        Role = new FollowerRole(this);
        // A snapshot can be durable before the term of the leader that sent it: a crash between the two leaves a log that is ahead. In that term
        // this member has promised nothing.
        if (Term < Log.LastTerm) (Term, Vote) = (Log.LastTerm, MemberId.None);
        if (options.PromisedEnd.Index > LogIndex.Zero) Repair = new LogRepair(this, options.PromisedEnd);
    }

    public RaftOptions Options { get; }
    public RaftLog Log { get; }
    public ElectionTimer Timer { get; }
    public LogClock Clock { get; } = new();
    public LeaderPromise Promise { get; }
    public Outbox Outbox { get; } = new();
    public InflightWrites Writes { get; } = new();

    public MemberId Self => Options.Self;

    /// <summary>Whether this known bug is switched on (tests only).</summary>
    public bool Is(RaftMutant mutant) => Options.Mutant == mutant;

    /// <summary>Reads that this member answered by lease as a leader.</summary>
    public long LeaseReads { get; set; }

    public Term Term { get; private set; }
    public MemberId Vote { get; private set; }
    public MemberId Leader { get; private set; }
    public Role Role { get; private set; }

    /// <summary>What the disk is known to hold of term and vote.</summary>
    public HardState DurableHardState { get; set; }

    /// <summary>The membership in force: that of the newest membership entry in the log, committed or not.</summary>
    public Membership Membership => Log.Memberships.Current;

    /// <summary>The repair of a log with a hole; null when it had none at start.</summary>
    public LogRepair? Repair { get; }

    /// <summary>The log has a hole, or ends short of what it was; what was promised is known.</summary>
    public bool IsIncomplete => Repair is { IsOpen: true };

    /// <summary>The end of the log was lost, and what may have been acknowledged of it is not all back yet.</summary>
    public bool VotesWithheld => Log.Commit < Options.WithholdVotesUntil || Log.Persisted < Options.WithholdVotesUntil;

    /// <summary>
    /// May stand for election: a voter, or one whose removal is not yet known to be committed. The latter may hold the only log that the others can
    /// follow, and must lead until its removal is committed, without counting itself (thesis §4.2.2).
    /// </summary>
    public bool Promotable => Log.Memberships.IsVoterSince(Log.Commit, Self) && !Log.IsInstalling && !VotesWithheld && !IsIncomplete;

    /// <summary>A leader is believed alive, so that voters do not help to depose it (thesis §4.2.3).</summary>
    public bool ProtectsLeader => Options.CheckQuorum && Timer.WithinMinimum && !Leader.IsNone;

    /// <summary>
    /// A leader may count on this member: it neither stands nor votes for another (<see cref="LeaderPromise"/>). Not on the only voter: whoever leads it beside itself has no
    /// vote, hence no lease.
    /// </summary>
    public bool KeepsPromise => Promise.Holds(Clock.Monotonic) && !Membership.IsSoleVoter(Self) && !(Is(RaftMutant.PromiseEndsWithTerm) && Leader.IsNone);

    /// <summary>Whether that keeps it from standing now.</summary>
    public bool StandsByLeader => KeepsPromise && !Is(RaftMutant.StandsDespitePromise);

    public void Observe(ClockReading now)
    {
        Clock.Observe(now);
        Promise.Observe(Clock.Monotonic);
    }

    public void Tick()
    {
        Role.Tick();
        Repair?.Tick();
    }

    public void BecomeFollower(Term term, MemberId leader)
    {
        Invariant.Check(term >= Term, $"{term} {Term}");
        Role.Leave();
        if (term > Term)
        {
            Term = term;
            Vote = MemberId.None;
        }
        // A follower that merely learns a newer term goes on waiting: candidates with short logs must not keep the others from standing.
        if (Role is not FollowerRole || !leader.IsNone) Timer.Reset();
        Leader = leader;
        Role = new FollowerRole(this);
    }

    /// <summary>The leader of this term made itself known to a follower.</summary>
    public void Follow(MemberId leader)
    {
        Invariant.Check(Leader.IsNone || Leader == leader, $"two leaders in term {Term}: {Leader} and {leader}");
        Leader = leader;
        Timer.Reset();
        Promise.Give(Clock.Monotonic);
    }

    /// <summary>A snapshot has arrived, and is of a committed state that this member does not know to be committed.</summary>
    public void TakeSnapshot(SnapshotMetadata snapshot)
    {
        // A log that holds the snapshot's last entry holds all before it: nothing to install (thesis §5.1).
        if (Log.Matches(snapshot.Index, snapshot.Term))
        {
            Log.CommitTo(snapshot.Index);
            return;
        }
        Log.Install(snapshot);
        Writes.CutFrom(LogIndex.Zero.Next);
        Clock.Anchor(Log.LastStamp);
    }

    /// <summary>Grants this term's vote.</summary>
    public void VoteFor(MemberId candidate)
    {
        Invariant.Check(Vote.IsNone || Vote == candidate || Is(RaftMutant.VoteTwice), $"second vote in term {Term}: {Vote} and {candidate}");
        Vote = candidate;
        Timer.Reset();
    }

    /// <summary>Stands for election, where it may; with pre-vote it asks first, unless the leader itself called for it.</summary>
    public void Campaign(bool transfer)
    {
        if (!Promotable || (!transfer && StandsByLeader)) return;
        Role.Leave();
        Leader = MemberId.None;
        if (Options.PreVote && !transfer)
        {
            Timer.Reset();
            var asking = new PreCandidateRole(this);
            Role = asking;
            asking.Ask();
            return;
        }
        Stand(transfer);
    }

    /// <summary>Enters the next term as a candidate.</summary>
    public void Stand(bool transfer)
    {
        Term = Term.Next;
        Vote = Self;
        Leader = MemberId.None;
        Timer.Reset();
        var candidate = new CandidateRole(this);
        Role = candidate;
        candidate.Ask(transfer);
    }

    public void BecomeLeader()
    {
        Invariant.Check(Role is CandidateRole && Vote == Self && DurableHardState == new HardState(Term, Self), $"{Role} {Vote} {DurableHardState}");
        Leader = Self;
        Timer.RestartPeriod();
        Clock.Anchor(Log.LastStamp);
        var leader = new LeaderRole(this);
        Role = leader;
        leader.Begin();
    }
}
