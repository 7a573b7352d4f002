using Hive.Store;
using Xunit;

namespace Hive.Queen.Tests;

public class SingleMemberTests
{
    [Fact]
    public async Task A_member_alone_takes_writes_and_has_them_after_a_restart()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(1);
        for (int i = 0; i < 50; i++) await cluster.MustPutAsync(0, $"k{i}", $"v{i}");
        Revision before = cluster[0].Store.Revision;
        await cluster.KillAsync(0);
        await cluster.StartMemberAsync(0);
        Assert.Equal("v49", await cluster.ReadAsync(0, "k49"));
        Assert.Equal(before, cluster[0].Store.Revision);
    }

    [Fact]
    public async Task Leadership_is_a_scope_that_begins_once_the_first_entry_of_the_term_is_applied()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(1);
        LeadershipScope scope = await cluster[0].WaitForLeadershipAsync(CancellationToken.None).AsTask().WaitAsync(LocalCluster.Patience);
        Assert.Equal(scope.Term, cluster[0].Store.AppliedTerm);
        Assert.False(scope.Lost.IsCancellationRequested);
        await cluster.KillAsync(0);
        Assert.True(scope.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_lease_ends_by_log_time_and_takes_its_keys_with_it()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(1);
        await cluster.LeaderAsync();
        var lease = new LeaseId(77);
        ProposalResult granted = await cluster[0].ProposeAsync(new LeaseGrantCommand(lease, 1), CancellationToken.None);
        Assert.Equal(StoreError.None, granted.Applied!.Error);
        await cluster[0].ProposeAsync(LocalCluster.Put("alive", "yes", lease), CancellationToken.None);
        var (code, seconds) = await cluster[0].RenewLeaseAsync(lease, CancellationToken.None);
        Assert.Equal((QueenCode.Ok, granted.Applied.Result is LeaseResult r ? r.TimeToLiveSeconds : 0), (code, seconds));
        await cluster.Eventually(() => LocalCluster.Value(cluster[0].Store.Snapshot(), "alive") is null, "the end of the lease");
        Assert.Equal((QueenCode.Ok, 0L), await cluster[0].RenewLeaseAsync(lease, CancellationToken.None));
    }

    [Fact]
    public async Task Renewals_that_arrive_together_share_entries()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(1);
        await cluster.LeaderAsync();
        for (long i = 1; i <= 20; i++) await cluster[0].ProposeAsync(new LeaseGrantCommand(new LeaseId(i), 60), CancellationToken.None);
        LogIndex before = cluster[0].Store.AppliedIndex;
        var renewals = Enumerable.Range(1, 200).Select(i => cluster[0].RenewLeaseAsync(new LeaseId(i % 20 + 1), CancellationToken.None).AsTask());
        foreach (var (code, seconds) in await Task.WhenAll(renewals)) Assert.Equal((QueenCode.Ok, 60L), (code, seconds));
        Assert.InRange(cluster[0].Store.AppliedIndex - before, 1UL, 10UL);
    }

    [Fact]
    public async Task A_command_above_the_limit_is_refused()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(1);
        await cluster.LeaderAsync();
        ProposalResult result = await cluster[0].ProposeAsync(LocalCluster.Put("k", new string('x', 3 << 20)), CancellationToken.None);
        Assert.Equal(QueenCode.TooLarge, result.Code);
    }

    [Fact]
    public async Task Snapshots_are_taken_while_writes_go_on_and_the_log_is_cut_behind_them()
    {
        var limits = new QueenLimits { SnapshotEntries = 50, TrailingEntries = 10 };
        await using LocalCluster cluster = await LocalCluster.StartAsync(1, limits);
        for (int i = 0; i < 400; i++) await cluster.MustPutAsync(0, $"k{i % 30}", $"v{i}");
        await cluster.Eventually(() => cluster.Lines.Any(l => l.Contains("took a snapshot at")), "a snapshot");
        ulong digest = cluster[0].Store.Digest.Value;
        await cluster.KillAsync(0);
        await cluster.StartMemberAsync(0);
        Assert.Equal("v399", await cluster.ReadAsync(0, "k9"));
        Assert.DoesNotContain(cluster.Lines, l => l.Contains("FAILED"));
        Assert.NotEqual(0UL, digest);
    }

    [Fact]
    public async Task The_directory_of_another_member_is_refused_with_a_reason()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(1);
        await cluster.MustPutAsync(0, "k", "v");
        await cluster.KillAsync(0);
        QueenStartException error = await Assert.ThrowsAsync<QueenStartException>(() => QueenServer.StartAsync(new QueenOptions
        {
            Disk = new Platform.LinuxDisk(cluster.DirectoryOf(0)),
            Cluster = new ClusterId(0xBEE),
            Self = new MemberId(9),
            InitialMembers = [new QueenMember(new MemberId(9), "other", [], [], false)],
        }));
        Assert.Contains("member 1", error.Message);
    }
}
