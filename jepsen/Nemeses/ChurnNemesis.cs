using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>
/// The membership changes under traffic: a further queen joins as a learner and is promoted, a member that runs (half of the time the leader) is
/// removed, comes back empty under a new id, and the further queen is removed.
/// </summary>
public sealed class ChurnNemesis : INemesis
{
    public string Name => "churn";

    public MemberNeeds Needs => MemberNeeds.SpareNode;

    public bool NeedsRecovery => true;

    public bool TakesState => true;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        Membership membership = context.Cluster.Membership;
        await membership.AddSpareAsync();
        Fault fault = null!;
        fault = new Fault($"a learner added and promoted, {Cluster.Name(context.Victim)} removed and added again, the other one removed", async () =>
        {
            if (!await membership.RemoveRunningAsync(context.Victim)) fault.Note = $"; {Cluster.Name(context.Victim)} did not notice that it was removed, and was killed";
            await membership.RejoinAsync(context.Victim);
            if (!await membership.RemoveSpareAsync()) fault.Note += "; the other one did not notice that it was removed, and was killed";
        });
        return fault;
    }
}
