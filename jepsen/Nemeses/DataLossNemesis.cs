using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>
/// One member loses its life and its disk. Then the operator replaces it: half of the time by a new one of another name and address, half of the
/// time he removes it and adds it again where it was.
/// </summary>
public sealed class DataLossNemesis : INemesis
{
    public string Name => "data-loss";

    public MemberNeeds Needs => MemberNeeds.None;

    public bool NeedsRecovery => true;

    public bool TakesState => true;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        bool elsewhere = context.Random.Next(2) == 0;
        Membership membership = context.Cluster.Membership;
        await context.Cluster.HoldDownAsync([context.Victim]);
        membership.LoseData(context.Victim);
        string what = $"{Cluster.Name(context.Victim)} killed and its data lost, then {(elsewhere ? "replaced by another" : "removed and added again")}";
        return new Fault(what, () => elsewhere ? membership.ReplaceAsync(context.Victim) : membership.RejoinAsync(context.Victim));
    }
}
