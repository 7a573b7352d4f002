using Hive.Jepsen.Clients;
using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>Asks the leader to hand over to the victim, and then to the next, for as long as the fault holds.</summary>
public sealed class TransferNemesis : INemesis
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public string Name => "transfer";

    public MemberNeeds Needs => MemberNeeds.None;

    public bool NeedsRecovery => false;

    public Task<Fault> BeginAsync(FaultContext context)
    {
        var stop = new CancellationTokenSource();
        Task moving = MoveAsync(context, stop.Token);
        return Task.FromResult(new Fault($"leadership handed round from {Cluster.Name(context.Victim)} on", async () =>
        {
            await stop.CancelAsync();
            await moving;
            stop.Dispose();
        }));
    }

    private static async Task MoveAsync(FaultContext context, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            await HandOverAsync(context.Cluster, (context.Victim + i) % context.Cluster.Size);
            await Task.Delay(Pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task HandOverAsync(Cluster cluster, int to)
    {
        using MemberClient target = cluster.Connect(to);
        if (await target.StatusAsync(CancellationToken.None) is not { } wanted) return;
        if (await cluster.LeaderAsync(CancellationToken.None) is not { } leader || leader == to) return;
        using MemberClient client = cluster.Connect(leader);
        await client.MoveLeaderAsync(wanted.Id, CancellationToken.None);
    }
}
