using Hive.Journal;
using Hive.Platform;
using Xunit;

namespace Hive.Queen.Tests;

/// <summary>A snapshot of many chunks on its way to a member that lags behind the log.</summary>
public class SnapshotTransferTests
{
    private const int ValueBytes = 16 * 1024;

    [Fact]
    public async Task A_transfer_that_ends_in_the_middle_begins_again_and_nothing_of_the_first_one_counts()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3, new QueenLimits { SnapshotEntries = 60, TrailingEntries = 10 }, cacheBytes: 2_000);
        int leader = await cluster.LeaderAsync();
        int absent = (leader + 1) % 3;
        await cluster.KillAsync(absent);
        string value = new('v', ValueBytes);
        for (int i = 0; i < 150; i++) await cluster.MustPutAsync(leader, $"k{i}", $"{value}{i}");
        var chunks = new ChunkCount { RefusedAt = 3 };
        cluster.DiskOf = at => new CountingDisk(new LinuxDisk(cluster.DirectoryOf(at)), chunks);
        await cluster.StartMemberAsync(absent);
        await cluster.Eventually(() => cluster.Lines.Any(l => l.Contains("installed the leader's snapshot")), "an installed snapshot");
        Assert.Contains(cluster.Lines, l => l.Contains("no room on the disk for the leader's snapshot"));
        Assert.True(chunks.Written > chunks.RefusedAt + 4, $"{chunks.Written} chunks: it came in one piece");
        Assert.Equal($"{value}149", await cluster.ReadAsync(absent, "k149"));
        await ClusterTests.SameStateEverywhere(cluster);
    }

    private sealed class ChunkCount
    {
        private int _written;

        public required int RefusedAt { get; init; }
        public int Written => Volatile.Read(ref _written);

        /// <summary>Whether there is room for one more.</summary>
        public bool Takes() => Interlocked.Increment(ref _written) != RefusedAt;
    }

    /// <summary>Counts what is written to snapshot files, and is full once.</summary>
    private sealed class CountingDisk(IDisk disk, ChunkCount chunks) : IDisk
    {
        public DiskStatus CreateDirectory(string path) => disk.CreateDirectory(path);
        public IReadOnlyList<string> List(string directory) => disk.List(directory);
        public IDiskFile? Open(string path, bool writable) => disk.Open(path, writable);
        public void Rename(string from, string to) => disk.Rename(from, to);
        public void Delete(string path) => disk.Delete(path);
        public void SyncDirectory(string path) => disk.SyncDirectory(path);
        public long FreeBytes() => disk.FreeBytes();

        public DiskStatus Create(string path, long preallocateBytes, out IDiskFile? file)
        {
            DiskStatus status = disk.Create(path, preallocateBytes, out file);
            if (file is not null && path.StartsWith("snapshots/", StringComparison.Ordinal)) file = new CountingFile(file, chunks);
            return status;
        }
    }

    private sealed class CountingFile(IDiskFile file, ChunkCount chunks) : IDiskFile
    {
        public long Length => file.Length;
        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);
        public DiskStatus Write(long offset, ReadOnlySpan<byte> bytes) => chunks.Takes() ? file.Write(offset, bytes) : DiskStatus.NoSpace;
        public void SyncData() => file.SyncData();
        public void Dispose() => file.Dispose();
    }
}
