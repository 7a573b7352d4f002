using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>Stops each member as an operator would, one after the other, and goes on once the one before serves again.</summary>
public sealed class RollingRestartNemesis : INemesis
{
    public string Name => "rolling-restart";

    public MemberNeeds Needs => MemberNeeds.None;

    public bool NeedsRecovery => false;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        for (int i = 0; i < context.Cluster.Size; i++)
        {
            int member = (context.Victim + i) % context.Cluster.Size;
            await context.Cluster.HoldDownGentlyAsync(member);
            context.Cluster.LetGo([member]);
            using var limit = new CancellationTokenSource(context.Duration);
            await UntilServingAsync(context.Cluster, member, limit.Token);
        }
        return new Fault($"rolling restart from {Cluster.Name(context.Victim)} on", () => Task.CompletedTask);
    }

    /// <summary>Under other faults a member may not come back in time: the next one's turn comes all the same.</summary>
    private static async Task UntilServingAsync(Cluster cluster, int member, CancellationToken limit)
    {
        try
        {
            await cluster.UntilServingAsync(member, limit);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return;
        }
    }
}
