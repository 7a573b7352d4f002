using Hive.Queen;
using Hive.Queen.Core;
using Hive.Simulation.Checkers;
using Hive.Simulation.Machines;
using Hive.Simulation.World;

namespace Hive.Simulation.Clients;

/// <summary>
/// Reads where an old answer is most likely to pass for a new one: at a member that just came up, and at one that still takes itself for the leader when another
/// was elected. Rare elsewhere, for a client that asks anybody at any time.
/// </summary>
internal sealed class SuspiciousReader(ClientWorld world, SimRandom random, int keys)
{
    private const int MostReads = 6;
    private static readonly TimeSpan Within = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan SoonWithin = TimeSpan.FromMilliseconds(30);

    public bool Stopped { get; set; }

    /// <summary>A member came up: what it asked in an earlier life may be answered now.</summary>
    public void Started(SimMember member) => ReadSeveral(member);

    /// <summary>A member was elected: those who led before may not know.</summary>
    public void Elected(SimMember leader, IReadOnlyList<SimMember> members)
    {
        foreach (var member in members)
            if (member != leader && member.IsLeader) ReadSeveral(member);
    }

    private void ReadSeveral(SimMember member)
    {
        int life = member.Life;
        var within = random.OneIn(2) ? Within : SoonWithin;
        for (int reads = random.Between(1, MostReads); reads > 0; reads--)
            world.Timeline.After(random.Between(TimeSpan.Zero, within), () => { if (!Stopped && member.IsUp && member.Life == life) Read(member); });
    }

    private void Read(SimMember member)
    {
        string key = $"{KeyModel.Prefix}{random.Below(keys)}";
        var floor = world.History.Begin();
        member.Ask(number => new QueenInput.Read(number), answer =>
        {
            world.Trace.Event("suspicious-read", member.Id.Value, (ulong)answer.Code, member.Store!.AppliedIndex.Value);
            if (answer.Code == QueenCode.Ok) world.History.ReadAnswered(floor, key, member.Store!.Snapshot());
        });
    }
}
