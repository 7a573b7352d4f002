using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>Fills the disk of one member, or of all of them, nearly or to the last byte.</summary>
public sealed class DiskFullNemesis : INemesis
{
    private const long NearlyFullBytes = 1 << 20;

    public string Name => "disk-full";

    public MemberNeeds Needs => MemberNeeds.SmallDisks;

    public bool NeedsRecovery => false;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        int[] victims = context.Random.Next(3) == 0 ? [.. Enumerable.Range(0, context.Cluster.Size)] : [context.Victim];
        long left = context.Random.Next(2) == 0 ? 0 : NearlyFullBytes;
        foreach (int victim in victims) await context.Cluster.FillDiskAsync(victim, left);
        return new Fault($"disk of {FaultContext.Names(victims)} full but for {left} bytes", () =>
        {
            foreach (int victim in victims) context.Cluster.FreeDisk(victim);
            return Task.CompletedTask;
        });
    }
}
