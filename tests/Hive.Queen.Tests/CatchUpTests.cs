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

    /// <summary>
    /// One founder, whom another joined. Each loses what lies in front of the change that joined them, different records on each, so that neither's log names the other: the records
    /// behind do.
    /// </summary>
    [Fact]
    public async Task Members_that_lost_what_lies_in_front_of_the_change_that_joined_them_find_each_other()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(1, later: 1);
        await cluster.MustPutAsync(0, "first", "mark-1");
        await cluster.KillAsync(0);
        await cluster.StartMemberAsync(0);
        await cluster.MustPutAsync(0, "second", "mark-2");
        MembershipResult added = await cluster[0].AddMemberAsync(LocalCluster.IdOf(1), [$"tcp://{cluster.EndPointOf(1)}"], learner: false, CancellationToken.None);
        Assert.Equal(MembershipOutcome.Ok, added.Outcome);
        await cluster.StartMemberAsync(1, joins: true);
        await cluster.Eventually(() => cluster[0].Status.Members.Any(m => m is { Name: "queen-2", IsLearner: false }), "a second voter with a name");
        for (int i = 0; i < 20; i++) await cluster.MustPutAsync(i % 2, $"k{i}", $"v{i}");
        await ClusterTests.SameStateEverywhere(cluster);
        await cluster.KillAsync(1);
        await cluster.KillAsync(0);
        // On the founder all between two terms: whether the tail in front of it was replaced is not to be told, and nothing behind the log's start is believed.
        Corrupt(cluster, 0, bytes => (bytes.IndexOf("mark-1"u8) + 16, bytes.IndexOf("mark-2"u8) + 8));
        Corrupt(cluster, 1, bytes => (bytes.IndexOf("mark-1"u8), bytes.IndexOf("mark-1"u8) + 1));
        await cluster.StartMemberAsync(0);
        await cluster.StartMemberAsync(1, joins: true);
        await cluster.Eventually(() => cluster.Lines.Count(l => l.Contains("are repaired")) == 2, "the repair of both");
        await cluster.LeaderAsync();
        await cluster.MustPutAsync(1, "after", "rot");
        await ClusterTests.SameStateEverywhere(cluster);
        Assert.Equal("mark-2", await cluster.ReadAsync(0, "second"));
    }

    private delegate (int From, int To) Place(ReadOnlySpan<byte> bytes);

    private static void Corrupt(LocalCluster cluster, int at, Place place)
    {
        string segment = Directory.GetFiles(Path.Combine(cluster.DirectoryOf(at), "journal")).Order(StringComparer.Ordinal).First();
        byte[] bytes = File.ReadAllBytes(segment);
        (int from, int to) = place(bytes);
        Assert.InRange(from, 1, to - 1);
        for (int i = from; i < to; i++) bytes[i] ^= 0x10;
        File.WriteAllBytes(segment, bytes);
    }
}
