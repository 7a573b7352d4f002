using Hive.Drone.Fence;
using Xunit;

namespace Hive.Drone.Tests.Fence;

public sealed class LeaseClockTests
{
    private static readonly TimeSpan FourSeconds = TimeSpan.FromSeconds(4);

    [Fact]
    public void Deadline_counts_from_the_send_and_takes_the_drift_off()
    {
        var clock = new LeaseClock();
        Assert.True(clock.Passed(HostTime.Zero));
        RenewRequest sent = clock.Send(new HostTime(1000));
        clock.Renewed(sent.Sequence, FourSeconds);
        Assert.Equal(new HostTime(1000) + TimeSpan.FromSeconds(3.996), clock.Deadline);
        Assert.False(clock.Passed(new HostTime(1000) + TimeSpan.FromSeconds(3.995)));
        Assert.True(clock.Passed(new HostTime(1000) + TimeSpan.FromSeconds(3.996)));
    }

    [Fact]
    public void Late_repeated_and_unknown_answers_never_move_the_deadline_back()
    {
        var clock = new LeaseClock();
        RenewRequest first = clock.Send(new HostTime(0));
        RenewRequest second = clock.Send(new HostTime(TimeSpan.TicksPerSecond));
        clock.Renewed(second.Sequence, FourSeconds);
        HostTime? deadline = clock.Deadline;
        clock.Renewed(first.Sequence, TimeSpan.FromHours(1));
        clock.Renewed(second.Sequence, TimeSpan.FromHours(1));
        clock.Renewed(99, TimeSpan.FromHours(1));
        Assert.Equal(deadline, clock.Deadline);
    }

    [Fact]
    public void Drone_never_believes_longer_than_the_queens_do_whatever_the_delays_and_drift()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var clock = new LeaseClock();
            // The queens' clock runs up to 0.1 % fast as seen from the drone; they stamp at or after the send.
            double rate = 1 + random.NextDouble() * 0.001;
            long now = 0;
            long queensEnd = 0;
            for (int i = 0; i < 20; i++)
            {
                RenewRequest sent = clock.Send(new HostTime(now));
                long stamped = now + random.Next(0, 30_000_000);
                queensEnd = Math.Max(queensEnd, stamped + (long)(FourSeconds.Ticks / rate));
                if (random.Next(3) != 0) clock.Renewed(sent.Sequence, FourSeconds);
                now += random.Next(5_000_000, 15_000_000);
                if (clock.Deadline is { } deadline) Assert.True(deadline.Ticks <= queensEnd + 1, $"seed {seed}");
            }
        }
    }
}
