using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>Some of the packets from other members to one member are lost.</summary>
public sealed class LossNemesis : INemesis
{
    private const int LeastPercent = 5, MostPercent = 60;

    public string Name => "loss";

    public MemberNeeds Needs => MemberNeeds.Namespaces;

    public bool NeedsRecovery => false;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        int percent = context.Random.Next(LeastPercent, MostPercent);
        await context.Network.LoseAsync(context.Name, context.Victim, percent);
        return new Fault($"{percent} % of the packets from members to {Cluster.Name(context.Victim)} lost", () => context.Network.HealAsync(context.Name));
    }
}
