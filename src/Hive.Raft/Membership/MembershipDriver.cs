namespace Hive.Raft;

/// <summary>What a leader does about the membership by itself: leaves a joint one, promotes learners that caught up, notices its own removal.</summary>
internal sealed class MembershipDriver(RaftCore core, Replicator replicator)
{
    private readonly SortedDictionary<MemberId, CatchUp> _rounds = [];
    private long _ticks;

    /// <summary>The newest membership entry is not committed, or it is joint.</summary>
    public bool ChangePending => core.Log.Memberships.CurrentIndex > core.Log.Commit || core.Membership.IsJoint;

    /// <summary>The membership is committed, plain, and gives this leader no vote.</summary>
    public bool IsRemoved => !ChangePending && !core.Membership.IsVoter(core.Self);

    /// <summary>One tick passed (for the length of catch-up rounds).</summary>
    public void Tick() => _ticks++;

    /// <summary>The membership to append next, or null. Asked only when an entry of the leader's own term is committed.</summary>
    public Membership? NextStep()
    {
        if (core.Log.Memberships.CurrentIndex > core.Log.Commit) return null;
        if (core.Membership.IsJoint) return core.Membership.LeaveJoint();
        foreach (var member in core.Membership.Members)
        {
            if (member.Kind != MemberKind.JoiningVoter || !HasCaughtUp(member.Id)) continue;
            var error = MembershipChange.Of(new SetMember(member.Id, MemberKind.Voter, null)).Apply(core.Membership, out var next);
            Invariant.Check(error == MembershipError.None, $"{error}");
            _rounds.Remove(member.Id);
            return next;
        }
        return null;
    }

    /// <summary>
    /// Rounds of replication (thesis §4.2.1): each brings the learner to where the log ended when the round began. One that took less than an election
    /// time-out means that the rest is no more than that.
    /// </summary>
    private bool HasCaughtUp(MemberId learner)
    {
        if (replicator.Find(learner) is not { State: ReplicationState.Replicate } peer) return false;
        if (!_rounds.TryGetValue(learner, out var round))
        {
            _rounds.Add(learner, new CatchUp(core.Log.LastIndex, _ticks));
            return false;
        }
        if (peer.Match < round.Target) return false;
        if (_ticks - round.StartedAt < core.Timer.TimeoutTicks) return true;
        _rounds[learner] = new CatchUp(core.Log.LastIndex, _ticks);
        return false;
    }

    private readonly record struct CatchUp(LogIndex Target, long StartedAt);
}
