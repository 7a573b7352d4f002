using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>Cuts the network in one of several shapes. Clients still reach every member.</summary>
public sealed class PartitionNemesis(string name, IReadOnlyList<PartitionShape> shapes) : INemesis
{
    public string Name => name;

    public MemberNeeds Needs => MemberNeeds.Namespaces;

    public bool NeedsRecovery => false;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        (IEnumerable<(int, int)> links, string what) = shapes[context.Random.Next(shapes.Count)].Cut(context);
        await context.Network.CutAsync(context.Name, links);
        return new Fault($"partition: {what}", () => context.Network.HealAsync(context.Name));
    }
}
