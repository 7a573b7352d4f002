using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>SIGKILL for one drone. Its pods run on.</summary>
public sealed class DroneKillNemesis : INemesis
{
    public string Name => "drone-kill";

    public MemberNeeds Needs => MemberNeeds.Drones;

    public bool NeedsRecovery => false;

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
