using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>
/// Kills a minority, damages what each has on its disk, and starts it again: bytes overwritten, or a file that is not the newest cut short. Always
/// the same members in a run, so that a majority is never damaged. A member may refuse to start on damaged data; it then gets back what it had.
/// The end of the newest journal segment is spared: damage to the very last batch cannot be told from a write that was cut off, by any store.
/// </summary>
public sealed class CorruptionNemesis : INemesis
{
    private const int SparedBytes = 64 * 1024;
    private const int MostDamagedBytes = 64;

    private int[] _victims = [];

    public string Name => "corrupt";

    public MemberNeeds Needs => MemberNeeds.None;

    public bool NeedsRecovery => true;

    public bool TakesState => true;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        if (_victims.Length == 0) _victims = context.Minority();
        await context.Cluster.HoldDownAsync(_victims);
        Damaged[] all = [.. _victims.Select(victim => Damage(context.Cluster, victim, context.Random))];
        Fault fault = null!;
        fault = new Fault(string.Join("; ", all.Select(d => $"{d.What} of {Cluster.Name(d.Member)}")), async () =>
        {
            context.Cluster.LetGoDamaged(_victims);
            foreach (Damaged damaged in all)
            {
                if (await context.Cluster.TryServeAsync(damaged.Member, CancellationToken.None)) continue;
                fault.Note += $"; {Cluster.Name(damaged.Member)} refused to start on that, and got its file back";
                await context.Cluster.MendAsync(damaged.Member, () => damaged.File is { } file ? File.WriteAllBytesAsync(file, damaged.Before) : Task.CompletedTask);
            }
        });
        return fault;
    }

    /// <summary>What was done to a member, to which file (null: none), and what it held before.</summary>
    private readonly record struct Damaged(int Member, string What, string? File, byte[] Before);

    private static Damaged Damage(Cluster cluster, int member, Random random)
    {
        string folder = cluster.DataFolder(member);
        string[] segments = Files(folder, "journal", "*.seg"), snapshots = Files(folder, "snapshots", "*.snap");
        string[] all = [.. segments, .. snapshots];
        if (all.Length == 0) return new Damaged(member, "nothing", null, []);
        string victim = all[random.Next(all.Length)];
        bool isNewestSegment = victim == segments.LastOrDefault();
        byte[] before = File.ReadAllBytes(victim);
        if (!isNewestSegment && random.Next(3) == 0)
        {
            using var cut = new FileStream(victim, FileMode.Open, FileAccess.Write);
            long length = random.NextInt64(cut.Length);
            cut.SetLength(length);
            return new Damaged(member, $"{Path.GetFileName(victim)} cut to {length} bytes", victim, before);
        }
        long end = before.AsSpan().LastIndexOfAnyExcept((byte)0) + 1 - (isNewestSegment ? SparedBytes : 0);
        if (end <= 0) return new Damaged(member, "nothing", null, []);
        long at = random.NextInt64(end);
        byte[] noise = new byte[random.Next(1, MostDamagedBytes)];
        random.NextBytes(noise);
        using var damaged = new FileStream(victim, FileMode.Open, FileAccess.Write) { Position = at };
        damaged.Write(noise);
        return new Damaged(member, $"{noise.Length} bytes overwritten at {at} in {Path.GetFileName(victim)}", victim, before);
    }

    private static string[] Files(string folder, string below, string pattern)
    {
        string path = Path.Combine(folder, below);
        return Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, pattern).Order(StringComparer.Ordinal)] : [];
    }
}
