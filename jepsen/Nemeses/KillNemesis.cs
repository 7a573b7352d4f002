using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>SIGKILL for one member.</summary>
public sealed class KillNemesis : INemesis
{
    public string Name => "kill";

    public MemberNeeds Needs => MemberNeeds.None;

    public bool NeedsRecovery => false;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        await context.Cluster.HoldDownAsync([context.Victim]);
        return new Fault($"kill {Cluster.Name(context.Victim)}", () =>
        {
            context.Cluster.LetGo([context.Victim]);
            return Task.CompletedTask;
        });
    }
}
