using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>SIGKILL for all members at once.</summary>
public sealed class KillAllNemesis : INemesis
{
    public string Name => "kill-all";

    public MemberNeeds Needs => MemberNeeds.None;

    public bool NeedsRecovery => true;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        int[] all = [.. Enumerable.Range(0, context.Cluster.Size)];
        await context.Cluster.HoldDownAsync(all);
        return new Fault("kill all", () =>
        {
            context.Cluster.LetGo(all);
            return Task.CompletedTask;
        });
    }
}
