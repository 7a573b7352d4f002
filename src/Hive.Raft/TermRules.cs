namespace Hive.Raft;

/// <summary>The one place where a message's term is held against this member's (thesis §3.3).</summary>
internal static class TermRules
{
    /// <summary>Moves this member to a newer term where that is due. True when the role should see the message.</summary>
    public static bool Admit(RaftCore core, RaftMessage message)
    {
        if (message.Term == Term.Zero) return true;
        if (message.Term < core.Term)
        {
            AnswerOlder(core, message);
            return false;
        }
        bool asksUncalled = message is VoteRequest { Transfer: false } or PreVoteRequest;
        // In this term, too: what a voter promised to the leader of an earlier one does not end with that term.
        if (asksUncalled && core.KeepsPromise) return false;
        if (message.Term == core.Term) return true;
        if (asksUncalled && core.ProtectsLeader) return false;
        switch (message)
        {
            case PreVoteRequest:
            case PreVoteResponse { Granted: true }:
                return true;
            case AppendRequest or Heartbeat or InstallSnapshot:
                core.BecomeFollower(message.Term, message.From);
                return true;
            default:
                core.BecomeFollower(message.Term, MemberId.None);
                return true;
        }
    }

    /// <summary>
    /// A leader of an older term learns that it is one: without this a member that came back with a higher term, and whom pre-vote keeps from
    /// standing, would refuse that leader for ever. A candidate of an older term learns the newer one.
    /// </summary>
    private static void AnswerOlder(RaftCore core, RaftMessage message)
    {
        switch (message)
        {
            case AppendRequest or Heartbeat or InstallSnapshot:
                core.Outbox.Send(new AppendResponse(core.Self, message.From, core.Term, LogIndex.Zero, false, LogIndex.Zero, Term.Zero, false));
                break;
            case VoteRequest:
                core.Outbox.Send(new VoteResponse(core.Self, message.From, core.Term, false));
                break;
            case PreVoteRequest:
                core.Outbox.Send(new PreVoteResponse(core.Self, message.From, core.Term, false));
                break;
        }
    }
}

/// <summary>Who gets this member's vote; the same in every role (thesis §3.4, §3.6.1).</summary>
internal static class VoteRules
{
    public static void Answer(RaftCore core, VoteRequest request)
    {
        bool free = core.Vote == request.From || (core.Vote.IsNone && core.Leader.IsNone) || core.Is(RaftMutant.VoteTwice);
        bool granted = free && IsComplete(core, new EntryId(request.LastIndex, request.LastTerm)) && !core.VotesWithheld;
        if (granted) core.VoteFor(request.From);
        core.Outbox.Send(new VoteResponse(core.Self, request.From, core.Term, granted));
    }

    /// <summary>Would it get the vote, in the term it asks about? Nothing changes here, whatever the answer (thesis §9.6).</summary>
    public static void Answer(RaftCore core, PreVoteRequest request)
    {
        bool free = request.Term > core.Term || core.Vote == request.From || (core.Vote.IsNone && core.Leader.IsNone);
        bool granted = free && IsComplete(core, new EntryId(request.LastIndex, request.LastTerm)) && !core.VotesWithheld;
        core.Outbox.Send(new PreVoteResponse(core.Self, request.From, granted ? request.Term : core.Term, granted));
    }

    /// <summary>Whether a log with this end is as complete as this member's, and as what this member's was before damage.</summary>
    private static bool IsComplete(RaftCore core, EntryId end)
    {
        bool keepsPromise = !core.IsIncomplete || !core.Repair!.Promised.IsBeyond(end) || core.Is(RaftMutant.VoteForgetsPromise);
        return (core.Log.IsUpToDate(end.Index, end.Term) || core.Is(RaftMutant.VoteForShorterLog)) && keepsPromise;
    }
}
