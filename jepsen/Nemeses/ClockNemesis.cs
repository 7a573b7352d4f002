using System.Globalization;
using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>Sets the wall clock of one member wrong: once, or forth and back all the time. See <see cref="MemberNeeds.FalseClocks"/> for which clocks move.</summary>
public sealed class ClockNemesis(string name, bool strobes) : INemesis
{
    private const int LongestJumpSeconds = 250;
    private static readonly TimeSpan StrobePause = TimeSpan.FromSeconds(1);

    public string Name => name;

    public MemberNeeds Needs => MemberNeeds.FalseClocks;

    public bool NeedsRecovery => false;

    public Task<Fault> BeginAsync(FaultContext context)
    {
        TimeSpan off = TimeSpan.FromSeconds(context.Random.Next(1, LongestJumpSeconds) * (context.Random.Next(2) == 0 ? 1 : -1));
        string what = string.Create(CultureInfo.InvariantCulture, $"clock of {Cluster.Name(context.Victim)} off by {off.TotalSeconds:0} s{(strobes ? ", forth and back" : "")}");
        var stop = new CancellationTokenSource();
        context.Cluster.SetClock(context.Victim, off);
        Task strobing = strobes ? StrobeAsync(context, off, stop.Token) : Task.CompletedTask;
        return Task.FromResult(new Fault(what, async () =>
        {
            await stop.CancelAsync();
            await strobing;
            stop.Dispose();
            context.Cluster.SetClock(context.Victim, TimeSpan.Zero);
        }));
    }

    private static async Task StrobeAsync(FaultContext context, TimeSpan off, CancellationToken stop)
    {
        for (bool wrong = false; !stop.IsCancellationRequested; wrong = !wrong)
        {
            context.Cluster.SetClock(context.Victim, wrong ? off : TimeSpan.Zero);
            await Task.Delay(StrobePause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
