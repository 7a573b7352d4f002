using Hive.Queen.Core;
using Hive.Raft;
using Hive.Store;
using Xunit;

namespace Hive.Queen.Tests;

public class ProposalsTests
{
    private readonly List<CoreAnswer> _answers = [];
    private readonly RaftNode _raft;
    private readonly Proposals _proposals;

    public ProposalsTests()
    {
        var options = new RaftOptions { Self = new MemberId(1), Incarnation = 1 };
        _raft = new RaftNode(options, default, new BlankLog(SnapshotMetadata.Genesis(Raft.Membership.Of(1))), new SeededJitter(7));
        _proposals = new Proposals(_raft, new QueenLimits(), _answers.Add);
    }

    private void Lead()
    {
        _raft.Observe(default);
        _raft.Campaign();
        while (_raft.HasReady)
        {
            if (_raft.TakeReady().Ticket is { } ticket) _raft.Persisted(ticket);
        }
        Assert.Equal(RaftRole.Leader, _raft.Role);
    }

    [Fact]
    public void A_proposal_without_a_leader_waits_for_one()
    {
        _proposals.Propose(5, new byte[10], leaderOnly: false, TimeSpan.Zero);
        Assert.Empty(_answers);
        Lead();
        LogIndex before = _raft.LastIndex;
        _proposals.TryParked();
        Assert.Equal(before.Next, _raft.LastIndex);
        _proposals.Applied(5, new ApplyResult(_raft.LastIndex, _raft.Term, Revision.Empty, StoreError.None, null));
        Assert.Equal(QueenCode.Ok, Assert.Single(_answers).Code);
    }

    [Fact]
    public void What_waited_in_vain_is_known_not_to_have_happened_and_what_was_appended_is_not()
    {
        var limits = new QueenLimits();
        _proposals.Propose(5, new byte[10], leaderOnly: false, TimeSpan.Zero);
        _proposals.Expire(limits.RequestTimeout);
        Assert.Equal(new CoreAnswer(5, QueenCode.NoLeader), Assert.Single(_answers));
        Lead();
        _proposals.Propose(6, new byte[10], leaderOnly: false, TimeSpan.Zero);
        _proposals.Expire(limits.RequestTimeout);
        Assert.Equal(new CoreAnswer(6, QueenCode.TimedOut), _answers[1]);
    }

    [Fact]
    public void What_the_entry_of_a_newer_term_has_overtaken_is_proposed_again_and_what_a_snapshot_covers_is_not()
    {
        Lead();
        _proposals.Propose(5, new byte[10], leaderOnly: false, TimeSpan.Zero);
        LogIndex first = _raft.LastIndex;
        _proposals.FirstOfTermApplied(_raft.Term.Next);
        Assert.Empty(_answers);
        Assert.Equal(first.Next, _raft.LastIndex);
        _proposals.Installed();
        Assert.Equal(new CoreAnswer(5, QueenCode.LeaderChanged), Assert.Single(_answers));
        Assert.Equal(first.Next, _raft.LastIndex);
    }

    [Fact]
    public void Bytes_that_wait_are_bounded()
    {
        var proposals = new Proposals(_raft, new QueenLimits { WaiterBytes = 100 }, _answers.Add);
        proposals.Propose(1, new byte[90], leaderOnly: false, TimeSpan.Zero);
        proposals.Propose(2, new byte[20], leaderOnly: false, TimeSpan.Zero);
        Assert.Equal(new CoreAnswer(2, QueenCode.TooManyRequests), Assert.Single(_answers));
    }
}

/// <summary>A durable log in which nothing was ever written.</summary>
internal sealed class BlankLog(SnapshotMetadata genesis) : ILogView
{
    public SnapshotMetadata Snapshot => genesis;
    public LogIndex FirstIndex => new(1);
    public LogIndex LastIndex => LogIndex.Zero;
    public Term? TermAt(LogIndex index) => index == LogIndex.Zero ? Term.Zero : null;
    public bool TryRead(LogIndex from, LogIndex to, long maxBytes, List<Entry> into) => false;
    public Term? TermBefore(EntryId entry) => null;
    public Entry? ReadCopy(EntryId entry) => null;
}
