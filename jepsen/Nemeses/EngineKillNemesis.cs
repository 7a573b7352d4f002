using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>SIGKILL for the container engine of one drone, which then runs on without it.</summary>
public sealed class EngineKillNemesis : INemesis
{
    public string Name => "engine-kill";

    public MemberNeeds Needs => MemberNeeds.Drones | MemberNeeds.Engines | MemberNeeds.Namespaces;

    public bool NeedsRecovery => false;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        int drone = context.Random.Next(context.Cluster.Drones);
        await context.Cluster.HoldEngineDownAsync(drone);
        return new Fault($"kill the container engine of {Cluster.DroneName(drone)}", () =>
        {
            context.Cluster.LetEngineGo(drone);
            return Task.CompletedTask;
        });
    }
}
