using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>
/// Kills a member, damages what it has on its disk, and starts it again: bytes overwritten, or a file that is not the newest cut short. Always
/// the same member in a run, so that a majority is never damaged. A member may refuse to start on damaged data; it then gets back what it had. The end of the newest journal segment is spared: damage to the very last
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

    public bool TakesState => true;

    public async Task<Fault> BeginAsync(FaultContext context)
    {
        int victim = _victim ??= context.Victim;
        await context.Cluster.HoldDownAsync([victim]);
        (string what, string? damaged, byte[] before) = Damage(context.Cluster.DataFolder(victim), context.Random);
        Fault fault = null!;
        fault = new Fault($"{what} of {Cluster.Name(victim)}", async () =>
        {
            context.Cluster.LetGo([victim]);
            if (await context.Cluster.TryServeAsync(victim, CancellationToken.None)) return;
            fault.Note = "; it refused to start on that, and got its file back";
            if (damaged is not null) await File.WriteAllBytesAsync(damaged, before);
            context.Cluster.StartAgain(victim);
        });
        return fault;
    }

    /// <returns>What was done, to which file (null: none), and what it held before.</returns>
    private static (string What, string? File, byte[] Before) Damage(string folder, Random random)
    {
        string[] segments = Files(folder, "journal", "*.seg"), snapshots = Files(folder, "snapshots", "*.snap");
        string[] all = [.. segments, .. snapshots];
        if (all.Length == 0) return ("nothing", null, []);
        string victim = all[random.Next(all.Length)];
        bool isNewestSegment = victim == segments.LastOrDefault();
        byte[] before = File.ReadAllBytes(victim);
        if (!isNewestSegment && random.Next(3) == 0)
        {
            using var cut = new FileStream(victim, FileMode.Open, FileAccess.Write);
            long length = random.NextInt64(cut.Length);
            cut.SetLength(length);
            return ($"{Path.GetFileName(victim)} cut to {length} bytes", victim, before);
        }
        long end = before.AsSpan().LastIndexOfAnyExcept((byte)0) + 1 - (isNewestSegment ? SparedBytes : 0);
        if (end <= 0) return ("nothing", null, []);
        long at = random.NextInt64(end);
        byte[] noise = new byte[random.Next(1, MostDamagedBytes)];
        random.NextBytes(noise);
        using var damaged = new FileStream(victim, FileMode.Open, FileAccess.Write) { Position = at };
        damaged.Write(noise);
        return ($"{noise.Length} bytes overwritten at {at} in {Path.GetFileName(victim)}", victim, before);
    }

    private static string[] Files(string folder, string below, string pattern)
    {
        string path = Path.Combine(folder, below);
        return Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, pattern).Order(StringComparer.Ordinal)] : [];
    }
}
