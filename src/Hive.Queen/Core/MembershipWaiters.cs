using Hive.Raft;

namespace Hive.Queen.Core;

/// <summary>Membership changes that callers wait for: made on the leader, done once applied there (a joint one: once left).</summary>
internal sealed class MembershipWaiters(RaftNode raft, QueenLimits limits, Action<CoreAnswer> answer)
{
    private readonly List<(ulong Number, Term Term, LogIndex Index, TimeSpan Deadline)> _waiting = [];

    public void Change(ulong number, MembershipChange change, TimeSpan now)
    {
        if (raft.Role == RaftRole.Leader && !AreReady(change))
        {
            answer(new CoreAnswer(number, QueenCode.Ok, Membership: MembershipOutcome.LearnerNotReady));
            return;
        }
        ProposeResult result = raft.ProposeMembership(change);
        MembershipOutcome outcome = result.Outcome switch
        {
            ProposeOutcome.Appended => MembershipOutcome.Ok,
            ProposeOutcome.ChangePending or ProposeOutcome.Transferring => MembershipOutcome.ChangePending,
            ProposeOutcome.InvalidChange => result.Error switch
            {
                MembershipError.UnknownMember => MembershipOutcome.UnknownMember,
                MembershipError.TooManyMembers => MembershipOutcome.TooManyMembers,
                MembershipError.NoVoterLeft => MembershipOutcome.NoVoterLeft,
                _ => MembershipOutcome.Malformed,
            },
            _ => MembershipOutcome.NotLeader,
        };
        if (outcome == MembershipOutcome.Ok) _waiting.Add((number, result.Term, result.Index, now + limits.RequestTimeout));
        else answer(new CoreAnswer(number, QueenCode.Ok, Membership: outcome));
    }

    /// <summary>A voter that lacks much of the log would stand in the way of commits until it has it.</summary>
    private bool AreReady(MembershipChange change)
    {
        foreach (MembershipStep step in change.Steps)
        {
            if (step is not SetMember { Kind: MemberKind.Voter } || !raft.Membership.IsLearner(step.Member)) continue;
            foreach (PeerStatus peer in raft.Peers)
            {
                if (peer.Member == step.Member && peer.Match + (ulong)limits.PromotionLagEntries < raft.LastIndex) return false;
            }
        }
        return true;
    }

    public void Applied()
    {
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            var (number, term, index, _) = _waiting[i];
            if (raft.Term == term && (raft.AppliedIndex < index || raft.Membership.IsJoint)) continue;
            answer(new CoreAnswer(number, raft.Term == term ? QueenCode.Ok : QueenCode.LeaderChanged));
            _waiting.RemoveAt(i);
        }
    }

    public void Expire(TimeSpan now)
    {
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            if (_waiting[i].Deadline > now) continue;
            answer(new CoreAnswer(_waiting[i].Number, QueenCode.TimedOut));
            _waiting.RemoveAt(i);
        }
    }
}
