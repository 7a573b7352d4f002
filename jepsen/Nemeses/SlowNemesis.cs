using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>All that one member sends, to members and clients, is late or throttled.</summary>
public sealed class SlowNemesis : INemesis
{
    private const int ShortestDelayMilliseconds = 20, LongestDelayMilliseconds = 300;

    public string Name => "slow";

    public MemberNeeds Needs => MemberNeeds.Namespaces;

    public bool NeedsRecovery => false;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        string how = await context.Network.SlowAsync(context.Victim, context.Random.Next(ShortestDelayMilliseconds, LongestDelayMilliseconds));
        return new Fault($"what {Cluster.Name(context.Victim)} sends goes {how}", () => context.Network.FastAsync(context.Victim));
    }
}
