using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>SIGKILL for one drone. Its pods run on.</summary>
public sealed class DroneKillNemesis : INemesis
{
    /// <summary>A drone that is away for so long has lost its session, and its pods are given to others.</summary>
    public const double LongerThanItsLease = 14;

    public string Name => "drone-kill";

    public MemberNeeds Needs => MemberNeeds.Drones;

    public bool NeedsRecovery => false;

    public double LongestSeconds => LongerThanItsLease;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        int drone = context.Random.Next(context.Cluster.Drones);
        await context.Cluster.HoldDroneDownAsync(drone);
        return new Fault($"kill {Cluster.DroneName(drone)}", () =>
        {
            context.Cluster.LetDroneGo(drone);
            return Task.CompletedTask;
        });
    }
}
