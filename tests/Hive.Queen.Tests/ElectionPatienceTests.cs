using Hive.Queen.Core;
using Hive.Raft;
using Xunit;

namespace Hive.Queen.Tests;

public class ElectionPatienceTests
{
    /// <summary>Ticks of silence after which a follower that has heard its leader at this pace stands for election.</summary>
    private static int TicksUntilCampaign(int paceTicks)
    {
        var limits = new QueenLimits();
        var options = new RaftOptions { Self = new MemberId(1), Incarnation = 1, ElectionTimeoutTicks = limits.ElectionTicks, HeartbeatTicks = limits.HeartbeatTicks };
        var raft = new RaftNode(options, default, new BlankLog(SnapshotMetadata.Genesis(Raft.Membership.Of(1, 2, 3))), new SeededJitter(7));
        var patience = new ElectionPatience(raft, limits);
        TimeSpan now = TimeSpan.Zero;
        int tick = 0;
        void Pass()
        {
            now += limits.Tick;
            tick++;
            raft.Observe(new ClockReading(now, default));
            raft.Tick();
            patience.Tick(now);
        }
        for (int beats = 0; beats < 100; beats++)
        {
            var beat = new Heartbeat(new MemberId(2), new MemberId(1), new Term(1), LogIndex.Zero, 0);
            raft.Step(beat);
            patience.Heard(beat.From, now);
            for (int i = 0; i < paceTicks; i++) Pass();
        }
        int since = tick;
        while (raft.Role == RaftRole.Follower) Pass();
        return tick - since;
    }

    [Fact]
    public void A_steady_leader_is_missed_soon_and_a_slow_one_is_given_time()
    {
        Assert.InRange(TicksUntilCampaign(paceTicks: 5), 20, 50);
        Assert.InRange(TicksUntilCampaign(paceTicks: 20), 40, 120);
    }
}
