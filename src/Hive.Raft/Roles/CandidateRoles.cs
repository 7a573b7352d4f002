namespace Hive.Raft;

/// <summary>What both kinds of candidate share: the ballot, and giving way to a leader.</summary>
internal abstract class BallotRole(RaftCore core) : Role(core)
{
    private readonly SortedDictionary<MemberId, bool> _answers = [];

    /// <summary>Any message of this term's leader ends the ballot (thesis §3.4).</summary>
    public override void OnAppend(AppendRequest request) => Yield(request.From).OnAppend(request);

    public override void OnHeartbeat(Heartbeat heartbeat) => Yield(heartbeat.From).OnHeartbeat(heartbeat);

    public override void OnSnapshot(InstallSnapshot install) => Yield(install.From).OnSnapshot(install);

    public override void Tick()
    {
        Core.Timer.Tick();
        if (!Core.Timer.Expired) return;
        if (Core.Promotable) Core.Campaign(transfer: false);
        else Core.BecomeFollower(Core.Term, MemberId.None);
    }

    /// <summary>Counts an answer; a second one from the same member changes nothing.</summary>
    protected VoteOutcome Record(MemberId voter, bool granted)
    {
        _answers.TryAdd(voter, granted);
        bool? AnswerOf(MemberId id) => _answers.TryGetValue(id, out bool answer) ? answer : null;
        var quorum = Core.Membership.Quorum;
        return Core.Is(RaftMutant.JointNeedsOneHalfOnly) ? quorum.Incoming.Tally(AnswerOf) : quorum.Tally(AnswerOf);
    }

    protected bool HasAnswered(MemberId voter) => _answers.ContainsKey(voter);

    /// <summary>Everyone who votes, without this member.</summary>
    protected IEnumerable<MemberId> OtherVoters()
    {
        foreach (var member in Core.Membership.Members)
            if (member.Votes && member.Id != Core.Self) yield return member.Id;
    }

    private Role Yield(MemberId leader)
    {
        Core.BecomeFollower(Core.Term, leader);
        return Core.Role;
    }
}

/// <summary>Asks whether it would be elected, in its old term (thesis §9.6).</summary>
internal sealed class PreCandidateRole(RaftCore core) : BallotRole(core)
{
    private int _sinceAsked;

    public override RaftRole Kind => RaftRole.PreCandidate;

    public void Ask()
    {
        AskWhoIsSilent();
        Count(Core.Self, granted: true);
    }

    /// <summary>
    /// A voter that still protects the leader does not answer, and misses it a moment later: it is asked again with each heartbeat that it would have had, not only
    /// after another election time-out.
    /// </summary>
    public override void Tick()
    {
        base.Tick();
        if (Core.Role != this || ++_sinceAsked < Core.Options.HeartbeatTicks) return;
        AskWhoIsSilent();
    }

    public override void OnPreVoteResponse(PreVoteResponse response)
    {
        if (response.Granted && response.Term != Core.Term.Next) return;
        Count(response.From, response.Granted);
    }

    private void AskWhoIsSilent()
    {
        _sinceAsked = 0;
        foreach (var voter in OtherVoters())
            if (!HasAnswered(voter)) Core.Outbox.Send(new PreVoteRequest(Core.Self, voter, Core.Term.Next, Core.Log.LastIndex, Core.Log.LastTerm));
    }

    private void Count(MemberId voter, bool granted)
    {
        switch (Record(voter, granted))
        {
            case VoteOutcome.Won:
                Core.Stand(transfer: false);
                break;
            case VoteOutcome.Lost:
                Core.BecomeFollower(Core.Term, MemberId.None);
                break;
        }
    }
}

/// <summary>Stands for election in a new term. Its own vote counts like any other: once it is durable.</summary>
internal sealed class CandidateRole(RaftCore core) : BallotRole(core)
{
    public override RaftRole Kind => RaftRole.Candidate;

    public void Ask(bool transfer)
    {
        foreach (var voter in OtherVoters())
            Core.Outbox.Send(new VoteRequest(Core.Self, voter, Core.Term, Core.Log.LastIndex, Core.Log.LastTerm, transfer));
    }

    public override void OnVoteResponse(VoteResponse response) => Count(response.From, response.Granted);

    public override void OnPersisted()
    {
        if (Core.DurableHardState == new HardState(Core.Term, Core.Self)) Count(Core.Self, granted: true);
    }

    private void Count(MemberId voter, bool granted)
    {
        switch (Record(voter, granted))
        {
            case VoteOutcome.Won when Core.DurableHardState == new HardState(Core.Term, Core.Self):
                Core.BecomeLeader();
                break;
            case VoteOutcome.Lost:
                Core.BecomeFollower(Core.Term, MemberId.None);
                break;
        }
    }
}
