using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>SIGSTOP for one drone: its pods run on, and it can neither renew nor stop them.</summary>
public sealed class DronePauseNemesis : INemesis
{
    public string Name => "drone-pause";

    public MemberNeeds Needs => MemberNeeds.Drones;

    public bool NeedsRecovery => false;

    public double LongestSeconds => DroneKillNemesis.LongerThanItsLease;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        int drone = context.Random.Next(context.Cluster.Drones);
        return new Fault($"pause {Cluster.DroneName(drone)}", await context.Cluster.PauseDroneAsync(drone));
    }
}
