using Hive.Queen.Core;
using Xunit;

namespace Hive.Queen.Tests;

public class LeaderStrainTests
{
    private readonly QueenLimits _limits = new();
    private readonly LeaderStrain _strain;
    private TimeSpan _now = TimeSpan.FromSeconds(100);
    private ulong _commit = 1_000;

    public LeaderStrainTests() => _strain = new LeaderStrain(_limits);

    /// <summary>Leads for so long; each wake finds what the disk holds so many ticks behind what is committed, one entry a tick.</summary>
    /// <returns>Reasons given to hand over.</returns>
    private List<string> Lead(TimeSpan time, uint diskLag = 0, int wakeEveryTicks = 1)
    {
        var reasons = new List<string>();
        for (TimeSpan end = _now + time; _now < end;)
        {
            _now += _limits.Tick * wakeEveryTicks;
            _strain.Woke(_now);
            // What the shell makes up for after it was late.
            for (int i = 0; i < Math.Min(wakeEveryTicks, _limits.TicksAtOnce); i++)
            {
                _commit++;
                if (_strain.Tick(new LogIndex(_commit), new LogIndex(_commit - diskLag), _now) is { } reason) reasons.Add(reason);
            }
        }
        return reasons;
    }

    [Fact]
    public void A_leader_that_keeps_up_stays()
    {
        Assert.Empty(Lead(TimeSpan.FromMinutes(3), diskLag: 0));
        Assert.Empty(Lead(TimeSpan.FromMinutes(3), diskLag: (uint)_limits.DiskLagTicks - 1));
        Assert.Empty(Lead(TimeSpan.FromMinutes(3), wakeEveryTicks: 4));
    }

    [Fact]
    public void A_disk_that_lacks_for_half_of_a_window_what_a_quorum_has_is_reason_to_hand_over()
    {
        Assert.Empty(Lead(_limits.StrainWindow));
        Assert.Contains("disk", Assert.Single(Lead(_limits.StrainWindow * 3, diskLag: 20)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_is_behind_now_and_then_is_no_reason()
    {
        for (int i = 0; i < 100; i++)
        {
            Assert.Empty(Lead(TimeSpan.FromMilliseconds(400), diskLag: 20));
            Assert.Empty(Lead(TimeSpan.FromMilliseconds(600)));
        }
    }

    [Fact]
    public void A_loop_held_up_for_most_of_a_window_is_reason_to_hand_over()
    {
        Assert.Contains("processor", Assert.Single(Lead(_limits.StrainWindow * 3, wakeEveryTicks: 12)), StringComparison.Ordinal);
    }

    [Fact]
    public void One_long_stop_is_no_reason()
    {
        Lead(_limits.StrainWindow * 1.5);
        _now += _limits.Tick * _limits.ElectionTicksMost * 4;
        Assert.Empty(Lead(_limits.StrainWindow * 3));
    }

    [Fact]
    public void Where_all_are_slow_leadership_does_not_go_in_circles()
    {
        Assert.Equal(3, Lead(_limits.HandOverPause * 3, diskLag: 20).Count);
    }

    [Fact]
    public void What_was_seen_under_another_leader_says_nothing()
    {
        for (int i = 0; i < 10; i++)
        {
            Assert.Empty(Lead(_limits.StrainWindow * 0.9, diskLag: 20));
            _strain.LeaderChanged();
        }
    }
}
