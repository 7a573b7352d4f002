namespace Hive.Raft;

/// <summary>Takes the leader's log; forwards what only the leader can do; stands for election when the leader is silent. A learner is one that may not stand.</summary>
internal sealed class FollowerRole(RaftCore core) : Role(core)
{
    public override RaftRole Kind => Core.Membership.IsLearner(Core.Self) ? RaftRole.Learner : RaftRole.Follower;

    public override void Tick()
    {
        Core.Timer.Tick();
        if (Core.Timer.Expired && Core.Promotable) Core.Campaign(transfer: false);
    }

    public override void OnAppend(AppendRequest request)
    {
        Core.Follow(request.From);
        var log = Core.Log;
        if (request.PreviousIndex < log.Commit)
        {
            Accept(request.From, log.Commit);
            return;
        }
        if (Core.Is(RaftMutant.FollowerCommitsUnchecked)) log.CommitTo(request.Commit < log.LastIndex ? request.Commit : log.LastIndex);
        bool matches = Core.Is(RaftMutant.MatchByIndexOnly) ? request.PreviousIndex <= log.LastIndex : log.Matches(request.PreviousIndex, request.PreviousTerm);
        if (!matches)
        {
            Reject(request);
            return;
        }
        var cut = log.Merge(request.Entries, Core.Is(RaftMutant.StaleAppendCutsLog));
        if (cut is { } before && !Core.Is(RaftMutant.LateCompletionCounts)) Core.Writes.CutFrom(before);
        if (request.Entries.Length > 0) Core.Clock.Anchor(log.LastStamp);
        var agreed = request.PreviousIndex + (ulong)request.Entries.Length;
        log.CommitTo(request.Commit < agreed ? request.Commit : agreed);
        Accept(request.From, agreed);
    }

    public override void OnHeartbeat(Heartbeat heartbeat)
    {
        Core.Follow(heartbeat.From);
        Core.Log.CommitTo(heartbeat.Commit < Core.Log.LastIndex ? heartbeat.Commit : Core.Log.LastIndex);
        Core.Outbox.Send(new HeartbeatResponse(Core.Self, heartbeat.From, Core.Term, heartbeat.Round, Core.Promise.Length));
    }

    public override void OnSnapshot(InstallSnapshot install)
    {
        Core.Follow(install.From);
        if (install.Snapshot.Index > Core.Log.Commit) Core.TakeSnapshot(install.Snapshot);
        Accept(install.From, Core.Log.Commit);
    }

    public override void OnTimeoutNow(TimeoutNow order) => Core.Campaign(transfer: true);

    public override ProposeResult Propose(ReadOnlyMemory<byte> payload, ulong tag)
    {
        if (Core.Leader.IsNone) return new ProposeResult(ProposeOutcome.NoLeader);
        Core.Outbox.Send(new ProposeRequest(Core.Self, Core.Leader, Core.Options.Incarnation, tag, payload));
        return new ProposeResult(ProposeOutcome.Forwarded);
    }

    public override bool ReadIndex(ulong number)
    {
        if (Core.Leader.IsNone) return false;
        Core.Outbox.Send(new ReadIndexRequest(Core.Self, Core.Leader, new ReadContext(Core.Options.Incarnation, number)));
        return true;
    }

    public override bool TransferLeadership(MemberId target)
    {
        if (Core.Leader.IsNone || Core.Leader == target) return false;
        Core.Outbox.Send(new TransferRequest(Core.Self, Core.Leader, target));
        return true;
    }

    private void Accept(MemberId leader, LogIndex index) =>
        Core.Outbox.Send(new AppendResponse(Core.Self, leader, Core.Term, index, false, LogIndex.Zero, Term.Zero, false));

    private void Reject(AppendRequest request)
    {
        var log = Core.Log;
        var at = request.PreviousIndex < log.LastIndex ? request.PreviousIndex : log.LastIndex;
        var (hint, hintTerm) = log.LastNotAbove(at, request.PreviousTerm);
        Core.Outbox.Send(new AppendResponse(Core.Self, request.From, Core.Term, request.PreviousIndex, true, hint, hintTerm, Core.VotesWithheld || Core.IsIncomplete));
    }
}
