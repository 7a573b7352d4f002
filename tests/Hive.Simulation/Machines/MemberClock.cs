using Hive.Raft;
using Hive.Simulation.World;

namespace Hive.Simulation.Machines;

/// <summary>One machine's clocks: the monotonic one runs a little fast or slow, the wall clock may be anywhere and jump.</summary>
internal sealed class MemberClock(Timeline timeline, int ratePerMille)
{
    /// <summary>Rates of monotonic clocks, in thousandths: as far as read leases allow, which is within a ninth.</summary>
    public const int Slowest = 889, Right = 1000, Fastest = 1111;

    private static readonly long Epoch = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;
    private TimeSpan _setAt;
    private TimeSpan _shownThen;
    private int _ratePerMille = ratePerMille;

    /// <summary>What the wall clock is off by.</summary>
    public TimeSpan WallOffset { get; set; }

    public TimeSpan Monotonic => _shownThen + (timeline.Now - _setAt) * _ratePerMille / 1000;

    public ClockReading Read() => new(Monotonic, new WallTime(Epoch + (timeline.Now + WallOffset).Ticks));

    /// <summary>The machine boots: its monotonic clock begins anew.</summary>
    public void Restart() => (_setAt, _shownThen) = (timeline.Now, TimeSpan.Zero);

    /// <summary>From now on it runs at another rate.</summary>
    public void SetRate(int perMille) => (_setAt, _shownThen, _ratePerMille) = (timeline.Now, Monotonic, perMille);

    /// <summary>How long something takes that lasts so long by this clock.</summary>
    public TimeSpan ToReal(TimeSpan local) => local * 1000 / _ratePerMille;
}
