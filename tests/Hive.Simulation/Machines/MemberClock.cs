using Hive.Raft;
using Hive.Simulation.World;

namespace Hive.Simulation.Machines;

/// <summary>One machine's clocks: the monotonic one runs a little fast or slow, the wall clock may be anywhere and jump.</summary>
internal sealed class MemberClock(Timeline timeline, int ratePerMille)
{
    private static readonly long Epoch = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;
    private TimeSpan _started;

    /// <summary>What the wall clock is off by.</summary>
    public TimeSpan WallOffset { get; set; }

    public TimeSpan Monotonic => (timeline.Now - _started) * ratePerMille / 1000;

    public ClockReading Read() => new(Monotonic, new WallTime(Epoch + (timeline.Now + WallOffset).Ticks));

    /// <summary>The machine boots: its monotonic clock begins anew.</summary>
    public void Restart() => _started = timeline.Now;

    /// <summary>How long something takes that lasts so long by this clock.</summary>
    public TimeSpan ToReal(TimeSpan local) => local * 1000 / ratePerMille;
}
