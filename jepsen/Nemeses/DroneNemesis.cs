using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>A fault of one drone or of its container engine, chosen by seed. What runs there runs on without it.</summary>
/// <param name="needs">Beside drones.</param>
/// <param name="begin">Makes the fault for a drone.</param>
public sealed class DroneNemesis(string name, MemberNeeds needs, double longestSeconds, Func<FaultContext, int, Task<Fault>> begin) : INemesis
{
    /// <summary>A drone that is away for so long has lost its session, and its pods are given to others.</summary>
    private const double LongerThanItsLease = 14;

    private const double ShorterThanItsLease = 4;

    public static IReadOnlyList<DroneNemesis> All { get; } =
    [
        new("drone-kill", MemberNeeds.None, LongerThanItsLease, KillAsync),
        new("drone-pause", MemberNeeds.None, LongerThanItsLease, PauseAsync),
        new("drone-cut", MemberNeeds.Namespaces, LongerThanItsLease, CutAsync),
        new("engine-kill", MemberNeeds.Engines | MemberNeeds.Namespaces, ShorterThanItsLease, KillEngineAsync),
    ];

    public string Name => name;

    public MemberNeeds Needs => MemberNeeds.Drones | needs;

    public bool NeedsRecovery => false;

    public double LongestSeconds => longestSeconds;

    public Task<Fault> BeginAsync(FaultContext context) => begin(context, context.Random.Next(context.Cluster.Drones));

    /// <summary>SIGKILL.</summary>
    private static async Task<Fault> KillAsync(FaultContext context, int drone)
    {
        await context.Cluster.HoldDroneDownAsync(drone);
        return new Fault($"kill {Cluster.DroneName(drone)}", () =>
        {
            context.Cluster.LetDroneGo(drone);
            return Task.CompletedTask;
        });
    }

    /// <summary>SIGSTOP: it can neither renew nor stop its pods.</summary>
    private static async Task<Fault> PauseAsync(FaultContext context, int drone) => new($"pause {Cluster.DroneName(drone)}", await context.Cluster.PauseDroneAsync(drone));

    /// <summary>It and the queens do not hear each other: nobody can tell it that its pods run elsewhere.</summary>
    private static async Task<Fault> CutAsync(FaultContext context, int drone)
    {
        int node = context.Cluster.NodeOfDrone(drone);
        await context.Network.CutAsync(context.Name, Enumerable.Range(0, context.Cluster.Size).SelectMany(queen => new[] { (queen, node), (node, queen) }));
        return new Fault($"{Cluster.DroneName(drone)} cut off from the queens", () => context.Network.HealAsync(context.Name));
    }

    /// <summary>SIGKILL for the container engine.</summary>
    private static async Task<Fault> KillEngineAsync(FaultContext context, int drone)
    {
        await context.Cluster.HoldEngineDownAsync(drone);
        return new Fault($"kill the container engine of {Cluster.DroneName(drone)}", () =>
        {
            context.Cluster.LetEngineGo(drone);
            return Task.CompletedTask;
        });
    }
}
