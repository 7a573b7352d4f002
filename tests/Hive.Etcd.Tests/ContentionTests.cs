using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Tests.Wire;

namespace Hive.Etcd.Tests;

public sealed class ContentionTests : FaceFixture
{
    private const string Election = "/v3electionpb.Election/";

    private async Task<long> LeaseAsync(long id) =>
        (await Client.CallAsync("/etcdserverpb.Lease/LeaseGrant", new LeaseGrantRequest { TTL = 100, ID = id }, LeaseGrantResponse.Parser)).Response!.ID;

    private Task<WireAnswer<LockResponse>> LockAsync(string name, long lease) =>
        Client.CallAsync("/v3lockpb.Lock/Lock", new LockRequest { Name = Bytes(name), Lease = lease }, LockResponse.Parser);

    private Task<WireAnswer<CampaignResponse>> CampaignAsync(string name, long lease, string value) => Client.CallAsync(
        Election + "Campaign", new CampaignRequest { Name = Bytes(name), Lease = lease, Value = Bytes(value) }, CampaignResponse.Parser);

    [Fact]
    public async Task The_second_to_lock_waits_until_the_first_unlocks()
    {
        var first = await LockAsync("m", await LeaseAsync(0x10));
        Assert.Equal("m/10", Text(first.Response!.Key));
        var second = LockAsync("m", await LeaseAsync(0x20));
        await RangeAsync(new RangeRequest { Key = Bytes("m/20") });
        Assert.False(second.IsCompleted);
        await Client.CallAsync("/v3lockpb.Lock/Unlock", new UnlockRequest { Key = first.Response.Key }, UnlockResponse.Parser);
        Assert.Equal("m/20", Text((await second.WaitAsync(TimeSpan.FromSeconds(5))).Response!.Key));
    }

    [Fact]
    public async Task A_lock_without_a_lease_gets_one_of_its_own()
    {
        var held = await LockAsync("m", 0);
        var pair = (await RangeAsync(new RangeRequest { Key = held.Response!.Key })).Response!.Kvs.Single();
        Assert.Equal($"m/{pair.Lease:x}", Text(pair.Key));
        Assert.Equal(60, Queen.Store.Snapshot().FindLease(new(pair.Lease))!.GrantedSeconds);
    }

    [Fact]
    public async Task A_contender_that_gives_up_leaves_no_key_behind()
    {
        await LockAsync("m", await LeaseAsync(0x10));
        var request = new LockRequest { Name = Bytes("m"), Lease = await LeaseAsync(0x20) };
        var gaveUp = await Client.CallAsync("/v3lockpb.Lock/Lock", request, LockResponse.Parser, ("grpc-timeout", "100m"));
        Assert.Equal(RpcCode.DeadlineExceeded, gaveUp.Code);
        Assert.Equal(0, (await RangeAsync(new RangeRequest { Key = Bytes("m/20") })).Response!.Count);
    }

    [Fact]
    public async Task A_contender_whose_lease_ended_does_not_get_the_lock()
    {
        var first = await LockAsync("m", await LeaseAsync(0x10));
        var second = LockAsync("m", await LeaseAsync(0x20));
        while (Queen.Store.Snapshot().Get("m/20"u8.ToArray()) is null) await Task.Yield();
        await Client.CallAsync("/etcdserverpb.Lease/LeaseRevoke", new LeaseRevokeRequest { ID = 0x20 }, LeaseRevokeResponse.Parser);
        await Client.CallAsync("/v3lockpb.Lock/Unlock", new UnlockRequest { Key = first.Response!.Key }, UnlockResponse.Parser);
        Assert.NotEqual(RpcCode.Ok, (await second.WaitAsync(TimeSpan.FromSeconds(5))).Code);
    }

    [Fact]
    public async Task The_next_candidate_leads_when_the_leader_resigns()
    {
        var first = (await CampaignAsync("e", await LeaseAsync(1), "one")).Response!;
        Assert.Equal(("e/1", 1), (Text(first.Leader.Key), first.Leader.Lease));
        var second = CampaignAsync("e", await LeaseAsync(2), "two");
        Assert.False(second.IsCompleted);
        await Client.CallAsync(Election + "Resign", new ResignRequest { Leader = first.Leader }, ResignResponse.Parser);
        Assert.Equal("e/2", Text((await second.WaitAsync(TimeSpan.FromSeconds(5))).Response!.Leader.Key));
        var leader = await Client.CallAsync(Election + "Leader", new LeaderRequest { Name = Bytes("e") }, LeaderResponse.Parser);
        Assert.Equal("two", Text(leader.Response!.Kv.Value));
    }

    [Fact]
    public async Task Only_the_leader_can_proclaim()
    {
        var leader = (await CampaignAsync("e", await LeaseAsync(1), "one")).Response!.Leader;
        var proclaimed = await Client.CallAsync(
            Election + "Proclaim", new ProclaimRequest { Leader = leader, Value = Bytes("uno") }, ProclaimResponse.Parser);
        Assert.Equal(RpcCode.Ok, proclaimed.Code);
        await Client.CallAsync(Election + "Resign", new ResignRequest { Leader = leader }, ResignResponse.Parser);
        var late = await Client.CallAsync(Election + "Proclaim", new ProclaimRequest { Leader = leader, Value = Bytes("x") }, ProclaimResponse.Parser);
        Assert.Equal((RpcCode.Unknown, "election: not leader"), (late.Code, late.Message));
        var nobody = await Client.CallAsync(Election + "Leader", new LeaderRequest { Name = Bytes("e") }, LeaderResponse.Parser);
        Assert.Equal((RpcCode.Unknown, "election: no leader"), (nobody.Code, nobody.Message));
    }

    [Fact]
    public async Task An_observer_hears_each_leader_and_each_proclamation()
    {
        await using var observer = Client.Open<LeaderRequest, LeaderResponse>(Election + "Observe", LeaderResponse.Parser);
        await observer.SendAsync(new LeaderRequest { Name = Bytes("e") });
        observer.CompleteRequests();
        var leader = (await CampaignAsync("e", await LeaseAsync(1), "one")).Response!.Leader;
        Assert.Equal("one", Text((await observer.NextAsync())!.Kv.Value));
        await Client.CallAsync(Election + "Proclaim", new ProclaimRequest { Leader = leader, Value = Bytes("uno") }, ProclaimResponse.Parser);
        Assert.Equal("uno", Text((await observer.NextAsync())!.Kv.Value));
        await Client.CallAsync(Election + "Resign", new ResignRequest { Leader = leader }, ResignResponse.Parser);
        await CampaignAsync("e", await LeaseAsync(2), "two");
        Assert.Equal("two", Text((await observer.NextAsync())!.Kv.Value));
    }
}
