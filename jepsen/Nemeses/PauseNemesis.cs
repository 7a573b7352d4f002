using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>SIGSTOP for one member: it neither answers nor notices that time passes.</summary>
public sealed class PauseNemesis : INemesis
{
    public string Name => "pause";

    public MemberNeeds Needs => MemberNeeds.None;

    public bool NeedsRecovery => false;

    public async Task<Fault> BeginAsync(FaultContext context) =>
        new($"pause {Cluster.Name(context.Victim)}", await context.Cluster.PauseAsync(context.Victim));
}
