using System.Collections.Immutable;
using System.Net.Sockets;
using Hive.Store;
using Xunit;

namespace Hive.Queen.Tests;

public class CatchUpTests
{
    [Fact]
    public async Task Without_a_quorum_a_write_is_not_acknowledged_and_goes_on_when_it_is_back()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3, new QueenLimits { RequestTimeout = TimeSpan.FromSeconds(1) });
        int leader = await cluster.LeaderAsync();
        int left = (leader + 1) % 3, third = (leader + 2) % 3;
        await cluster.KillAsync(leader);
        await cluster.KillAsync(third);
        ProposalResult alone = await cluster[left].ProposeAsync(LocalCluster.Put("k", "alone"), CancellationToken.None);
        Assert.Contains(alone.Code, new[] { QueenCode.NoLeader, QueenCode.TimedOut });
        Assert.Contains((await cluster[left].ReadAsync(CancellationToken.None)).Code, new[] { QueenCode.NoLeader, QueenCode.TimedOut });
        await cluster.StartMemberAsync(third);
        await cluster.LeaderAsync();
        await cluster.MustPutAsync(left, "k", "together");
        Assert.Equal("together", await cluster.ReadAsync(third, "k"));
    }

    [Fact]
    public async Task Damage_in_the_middle_of_a_journal_is_said_and_repaired_from_the_peers()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        for (int i = 0; i < 100; i++) await cluster.MustPutAsync(leader, $"k{i}", $"v{i}");
        int rotten = (leader + 1) % 3;
        await cluster.KillAsync(rotten);
        string segment = Directory.GetFiles(Path.Combine(cluster.DirectoryOf(rotten), "journal")).Order(StringComparer.Ordinal).First();
        byte[] bytes = await File.ReadAllBytesAsync(segment);
        int used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0);
        bytes[used / 2] ^= 0x10;
        await File.WriteAllBytesAsync(segment, bytes);
        await cluster.StartMemberAsync(rotten);
        Assert.Contains(cluster.Lines, l => l.Contains("are damaged"));
        await cluster.MustPutAsync(leader, "after", "rot");
        await cluster.Eventually(() => cluster.Lines.Any(l => l.Contains("are repaired")), "the repair");
        await ClusterTests.SameStateEverywhere(cluster);
        await cluster.Eventually(() => cluster[rotten].Status.Errors.IsEmpty, "a member without errors");
    }
}
