using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>One drone and the queens do not hear each other. Its pods run on, but for those that are unique: nobody can tell it that they run elsewhere.</summary>
public sealed class DroneCutNemesis : INemesis
{
    public string Name => "drone-cut";

    public MemberNeeds Needs => MemberNeeds.Drones | MemberNeeds.Namespaces;

    public bool NeedsRecovery => false;

    public double LongestSeconds => DroneKillNemesis.LongerThanItsLease;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        int drone = context.Random.Next(context.Cluster.Drones), node = context.Cluster.NodeOfDrone(drone);
        await context.Network.CutAsync(context.Name, Enumerable.Range(0, context.Cluster.Size).SelectMany(queen => new[] { (queen, node), (node, queen) }));
        return new Fault($"{Cluster.DroneName(drone)} cut off from the queens", () => context.Network.HealAsync(context.Name));
    }
}
