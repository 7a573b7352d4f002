using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>
/// Kills a member, damages what it has on its disk, and starts it again: bytes overwritten, or a file that is not the newest cut short. Always
/// the same member in a run, so that a majority is never damaged. The end of the newest journal segment is spared: damage to the very last
/// batch cannot be told from a write that was cut off, by any store.
/// </summary>
public sealed class CorruptionNemesis : INemesis
{
    private const int SparedBytes = 64 * 1024;
    private const int MostDamagedBytes = 64;

    private int? _victim;

    public string Name => "corrupt";

    public MemberNeeds Needs => MemberNeeds.None;

    public bool NeedsRecovery => true;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        int victim = _victim ??= context.Victim;
        await context.Cluster.HoldDownAsync([victim]);
        string what = Damage(context.Cluster.DataFolder(victim), context.Random);
        return new Fault($"{what} of {Cluster.Name(victim)}", () =>
        {
            context.Cluster.LetGo([victim]);
            return Task.CompletedTask;
        });
    }

    private static string Damage(string folder, Random random)
    {
        string[] segments = Files(folder, "journal", "*.seg"), snapshots = Files(folder, "snapshots", "*.snap");
        string[] old = [.. segments.SkipLast(1), .. snapshots];
        if (old.Length > 0 && random.Next(3) == 0)
        {
            string cut = old[random.Next(old.Length)];
            using var file = new FileStream(cut, FileMode.Open, FileAccess.Write);
            long length = random.NextInt64(file.Length);
            file.SetLength(length);
            return $"{Path.GetFileName(cut)} cut to {length} bytes";
        }
        string[] all = [.. segments, .. snapshots];
        if (all.Length == 0) return "nothing";
        string victim = all[random.Next(all.Length)];
        using var damaged = new FileStream(victim, FileMode.Open, FileAccess.ReadWrite);
        long end = Used(damaged) - (victim == segments.LastOrDefault() ? SparedBytes : 0);
        if (end <= 0) return "nothing";
        long at = random.NextInt64(end);
        byte[] noise = new byte[random.Next(1, MostDamagedBytes)];
        random.NextBytes(noise);
        damaged.Position = at;
        damaged.Write(noise);
        return $"{noise.Length} bytes overwritten at {at} in {Path.GetFileName(victim)}";
    }

    private static string[] Files(string folder, string below, string pattern)
    {
        string path = Path.Combine(folder, below);
        return Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, pattern).Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>Where the zeros begin that a segment was preallocated with.</summary>
    private static long Used(FileStream file)
    {
        byte[] block = new byte[SparedBytes];
        long used = 0;
        for (long at = 0; at < file.Length; at += block.Length)
        {
            file.Position = at;
            int read = file.ReadAtLeast(block, block.Length, throwOnEndOfStream: false);
            int last = block.AsSpan(0, read).LastIndexOfAnyExcept((byte)0);
            if (last >= 0) used = at + last + 1;
        }
        return used;
    }
}
