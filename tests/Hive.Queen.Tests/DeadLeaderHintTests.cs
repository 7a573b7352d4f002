using Hive.Queen.Core;
using Hive.Raft;
using Xunit;

namespace Hive.Queen.Tests;

public class DeadLeaderHintTests
{
    private static readonly MemberId Leader = new(2);
    private readonly QueenLimits _limits = new();
    private RaftNode _raft;
    private DeadLeaderHint _hint;

    public DeadLeaderHintTests() => (_raft, _hint) = Follow(TimeSpan.Zero);

    private (RaftNode Raft, DeadLeaderHint Hint) Follow(TimeSpan promise)
    {
        // A time-out that does not come about in these tests.
        var options = new RaftOptions { Self = new MemberId(1), Incarnation = 1, ElectionTimeoutTicks = 10_000, LeaderPromise = promise };
        _raft = new RaftNode(options, default, new BlankLog(SnapshotMetadata.Genesis(Raft.Membership.Of(1, 2, 3))), new SeededJitter(7));
        _hint = new DeadLeaderHint(_raft, _limits, new SeededJitter(3));
        _raft.Observe(default);
        Beat();
        return (_raft, _hint);
    }

    private void Beat()
    {
        _hint.Heard(Leader);
        _raft.Step(new Heartbeat(Leader, new MemberId(1), new Term(1), LogIndex.Zero, 0));
    }

    private void Pass(int ticks)
    {
        for (int i = 0; i < ticks; i++)
        {
            _raft.Tick();
            _hint.Tick();
        }
    }

    [Fact]
    public void A_follower_whose_connection_to_the_leader_ends_asks_for_votes_without_waiting_for_the_time_out()
    {
        _hint.Lost(Leader);
        Pass(_limits.DeadLeaderSpreadTicks);
        Assert.Equal(RaftRole.PreCandidate, _raft.Role);
    }

    [Fact]
    public void A_leader_that_is_heard_again_stays_in_office()
    {
        _hint.Lost(Leader);
        Beat();
        Pass(_limits.DeadLeaderSpreadTicks * 2);
        Assert.Equal((RaftRole.Follower, Leader), (_raft.Role, _raft.Leader));
    }

    [Fact]
    public void The_loss_of_another_member_means_nothing()
    {
        _hint.Lost(new MemberId(3));
        Pass(_limits.DeadLeaderSpreadTicks * 2);
        Assert.Equal(RaftRole.Follower, _raft.Role);
    }

    [Fact]
    public void Who_promised_to_stand_by_the_leader_asks_for_votes_when_that_is_over()
    {
        TimeSpan promise = _limits.LeaderPromise;
        (_raft, _hint) = Follow(promise);
        _hint.Lost(Leader);
        _raft.Observe(new ClockReading(promise - TimeSpan.FromTicks(1), default));
        Pass(_limits.DeadLeaderSpreadTicks * 2);
        Assert.Equal(RaftRole.Follower, _raft.Role);
        _raft.Observe(new ClockReading(promise, default));
        Pass(_limits.DeadLeaderSpreadTicks);
        Assert.Equal(RaftRole.PreCandidate, _raft.Role);
    }
}
