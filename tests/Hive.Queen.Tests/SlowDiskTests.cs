using Hive.Journal;
using Hive.Platform;
using Xunit;

namespace Hive.Queen.Tests;

/// <summary>A leader whose disk is far slower than the others', yet never stalls.</summary>
public class SlowDiskTests
{
    private const int Tries = 5;

    [Fact]
    public async Task A_leader_whose_disk_is_behind_the_others_hands_over_and_says_why()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3, new QueenLimits { StrainWindow = TimeSpan.FromSeconds(1), HandOverPause = TimeSpan.FromSeconds(1) });
        int slow = await cluster.LeaderAsync();
        await cluster.StopAsync(slow);
        var slowness = new Slowness();
        cluster.DiskOf = at => new SlowDisk(new LinuxDisk(cluster.DirectoryOf(at)), slowness);
        await cluster.StartMemberAsync(slow);
        await cluster.Eventually(() => cluster[slow].Status.Leader != default, "the member is back");
        using var stop = new CancellationTokenSource();
        Task writes = Task.WhenAll(Enumerable.Range(0, 3).Select(at => WriteAsync(cluster, at, stop.Token)));
        bool Said() => cluster.Lines.Any(l => l.Contains("hands leadership over: its disk", StringComparison.Ordinal));
        // On a machine that is busy itself it may lose the lead for another reason: then it leads once more.
        for (int i = 0; i < Tries && !Said(); i++)
        {
            slowness.Sync = TimeSpan.Zero;
            int leader = await cluster.LeaderAsync();
            if (leader != slow) await cluster[leader].TransferLeadershipAsync(LocalCluster.IdOf(slow), CancellationToken.None);
            await cluster.Eventually(() => cluster[slow].Status.IsLeader, "the member leads again");
            slowness.Sync = TimeSpan.FromMilliseconds(400);
            await cluster.Eventually(() => Said() || !cluster[slow].Status.IsLeader, "it leads no more");
        }
        slowness.Sync = TimeSpan.Zero;
        Assert.True(Said(), "it never handed over since its disk was behind");
        await cluster.Eventually(() => cluster.Running.Any(m => m.Status.IsLeader) && !cluster[slow].Status.IsLeader, "another leads");
        await stop.CancelAsync();
        await writes;
    }

    private static async Task WriteAsync(LocalCluster cluster, int at, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i++) await cluster.MustPutAsync(at, $"{at}/{i}", "v");
    }

    private sealed class Slowness
    {
        public TimeSpan Sync { get; set; }
    }

    private sealed class SlowDisk(IDisk disk, Slowness slowness) : IDisk
    {
        public DiskStatus CreateDirectory(string path) => disk.CreateDirectory(path);
        public IReadOnlyList<string> List(string directory) => disk.List(directory);
        public IDiskFile? Open(string path, bool writable) => disk.Open(path, writable) is { } file ? new SlowFile(file, slowness) : null;
        public void Rename(string from, string to) => disk.Rename(from, to);
        public void Delete(string path) => disk.Delete(path);
        public void SyncDirectory(string path) => disk.SyncDirectory(path);
        public long FreeBytes() => disk.FreeBytes();

        public DiskStatus Create(string path, long preallocateBytes, out IDiskFile? file)
        {
            DiskStatus status = disk.Create(path, preallocateBytes, out IDiskFile? made);
            file = made is null ? null : new SlowFile(made, slowness);
            return status;
        }
    }

    private sealed class SlowFile(IDiskFile file, Slowness slowness) : IDiskFile
    {
        public long Length => file.Length;
        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);
        public DiskStatus Write(long offset, ReadOnlySpan<byte> bytes) => file.Write(offset, bytes);
        public void Dispose() => file.Dispose();

        public void SyncData()
        {
            file.SyncData();
            Thread.Sleep(slowness.Sync);
        }
    }
}
