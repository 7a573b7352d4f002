using System.Collections.Immutable;
using System.Net.Sockets;
using Hive.Store;
using Xunit;

namespace Hive.Queen.Tests;

public class ClusterTests
{
    [Fact]
    public async Task Every_member_takes_writes_and_every_other_reads_them_at_once()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        await cluster.LeaderAsync();
        for (int i = 0; i < 60; i++)
        {
            await cluster.MustPutAsync(i % 3, $"k{i}", $"v{i}");
            Assert.Equal($"v{i}", await cluster.ReadAsync((i + 1 + i / 3 % 2) % 3, $"k{i}"));
        }
    }

    [Fact]
    public async Task Acknowledged_writes_survive_the_leader_and_the_deposed_one_catches_up()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        for (int i = 0; i < 30; i++) await cluster.MustPutAsync(i % 3, $"k{i}", $"v{i}");
        await cluster.KillAsync(leader);
        int other = (leader + 1) % 3;
        for (int i = 30; i < 60; i++) await cluster.MustPutAsync(other, $"k{i}", $"v{i}");
        await cluster.StartMemberAsync(leader);
        for (int i = 0; i < 60; i++) Assert.Equal($"v{i}", await cluster.ReadAsync(leader, $"k{i}"));
        await SameStateEverywhere(cluster);
    }

    [Fact]
    public async Task All_members_killed_at_once_lose_nothing_acknowledged()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        await cluster.LeaderAsync();
        var acknowledged = new List<int>();
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                ProposalResult result = await cluster[1].ProposeAsync(LocalCluster.Put($"k{i}", $"v{i}"), CancellationToken.None);
                if (result.Code == QueenCode.Ok) acknowledged.Add(i);
                else return;
            }
        });
        await cluster.Eventually(() => acknowledged.Count > 100, "a hundred writes");
        await Task.WhenAll(cluster.Running.Select(m => m.KillAsync()));
        await stop.CancelAsync();
        await writing;
        for (int i = 0; i < 3; i++) await cluster.StartMemberAsync(i);
        for (int at = 0; at < 3; at++)
        {
            ReadResult read = await cluster[at].ReadAsync(CancellationToken.None);
            Assert.Equal(QueenCode.Ok, read.Code);
            foreach (int i in acknowledged) Assert.Equal($"v{i}", LocalCluster.Value(read.Snapshot!, $"k{i}"));
        }
        await SameStateEverywhere(cluster);
    }

    [Fact]
    public async Task A_stopped_leader_hands_over_and_its_scope_ends()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        LeadershipScope scope = await cluster[leader].WaitForLeadershipAsync(CancellationToken.None).AsTask().WaitAsync(LocalCluster.Patience);
        await cluster.StopAsync(leader);
        Assert.True(scope.Lost.IsCancellationRequested);
        Assert.DoesNotContain(cluster.Lines, l => l.Contains("no member took over"));
        await cluster.MustPutAsync((leader + 1) % 3, "after", "stop");
    }

    [Fact]
    public async Task Leadership_moves_to_the_member_that_is_named()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        int target = (leader + 1) % 3;
        QueenCode code = await cluster[leader].TransferLeadershipAsync(LocalCluster.IdOf(target), CancellationToken.None);
        Assert.Equal(QueenCode.Ok, code);
        await cluster.Eventually(() => cluster[target].Status.IsLeader, "the named leader");
    }

    [Fact]
    public async Task A_follower_does_not_take_control_batches()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        var batch = new ControlBatchCommand(new DecisionHeader(cluster[leader].Status.Term, 1, Revision.Empty, default, 1), []);
        Assert.Equal(QueenCode.NoLeader, (await cluster[(leader + 1) % 3].ProposeControlAsync(batch, CancellationToken.None)).Code);
        ProposalResult taken = await cluster[leader].ProposeControlAsync(batch, CancellationToken.None);
        Assert.Equal((QueenCode.Ok, StoreError.None), (taken.Code, taken.Applied!.Error));
        ProposalResult fenced = await cluster[leader].ProposeControlAsync(
            batch with { Header = batch.Header with { Leadership = new Term(999) } }, CancellationToken.None);
        Assert.Equal((QueenCode.Ok, StoreError.Fenced), (fenced.Code, fenced.Applied!.Error));
    }

    [Fact]
    public async Task A_follower_that_lags_behind_the_log_is_sent_a_snapshot()
    {
        var limits = new QueenLimits { SnapshotEntries = 60, TrailingEntries = 10 };
        await using LocalCluster cluster = await LocalCluster.StartAsync(3, limits, cacheBytes: 2_000);
        int leader = await cluster.LeaderAsync();
        int absent = (leader + 1) % 3;
        await cluster.KillAsync(absent);
        for (int i = 0; i < 400; i++) await cluster.MustPutAsync(leader, $"k{i}", $"v{i}");
        await cluster.StartMemberAsync(absent);
        Assert.Equal("v0", await cluster.ReadAsync(absent, "k0"));
        await cluster.Eventually(() => cluster.Lines.Any(l => l.Contains("installed the leader's snapshot")), "an installed snapshot");
        await cluster.MustPutAsync(absent, "after", "snapshot");
        await SameStateEverywhere(cluster);
        await cluster.KillAsync(absent);
        await cluster.StartMemberAsync(absent);
        Assert.Equal("v399", await cluster.ReadAsync(absent, "k399"));
    }

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
        await SameStateEverywhere(cluster);
        await cluster.Eventually(() => cluster[rotten].Status.Errors.IsEmpty, "a member without errors");
    }

    [Fact]
    public async Task A_killed_leader_is_replaced_without_waiting_for_the_election_time_out()
    {
        // Time-outs so long that only the lost connection can be what tells the followers.
        var limits = new QueenLimits { ElectionTicks = 150 };
        await using LocalCluster cluster = await LocalCluster.StartAsync(3, limits);
        int leader = await cluster.LeaderAsync();
        await cluster.KillAsync(leader);
        DateTime killed = DateTime.UtcNow;
        await cluster.LeaderAsync();
        Assert.InRange(DateTime.UtcNow - killed, TimeSpan.Zero, TimeSpan.FromSeconds(1.3));
    }

    internal static async Task SameStateEverywhere(LocalCluster cluster)
    {
        await cluster.Eventually(() =>
        {
            var digests = cluster.Running.Select(m => m.Store.Digest).ToImmutableArray();
            return digests.All(d => d == digests[0]);
        }, "equal digests");
    }
}
