using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Tests.Wire;

namespace Hive.Etcd.Tests;

public sealed class LeaseTests : FaceFixture
{
    private Task<WireAnswer<LeaseGrantResponse>> GrantAsync(long seconds, long id = 0) =>
        Client.CallAsync("/etcdserverpb.Lease/LeaseGrant", new LeaseGrantRequest { TTL = seconds, ID = id }, LeaseGrantResponse.Parser);

    private Task<WireAnswer<LeaseTimeToLiveResponse>> TimeToLiveAsync(long id) => Client.CallAsync(
        "/etcdserverpb.Lease/LeaseTimeToLive", new LeaseTimeToLiveRequest { ID = id, Keys = true }, LeaseTimeToLiveResponse.Parser);

    [Fact]
    public async Task The_server_chooses_a_positive_id_and_raises_a_short_time_to_live()
    {
        var lease = (await GrantAsync(1)).Response!;
        Assert.True(lease.ID > 0);
        Assert.Equal(2, lease.TTL);
    }

    [Fact]
    public async Task Refusals_are_in_the_words_of_etcd()
    {
        await GrantAsync(10, 5);
        var exists = await GrantAsync(10, 5);
        Assert.Equal((RpcCode.FailedPrecondition, "etcdserver: lease already exists"), (exists.Code, exists.Message));
        var large = await GrantAsync(9_000_000_001);
        Assert.Equal((RpcCode.OutOfRange, "etcdserver: too large lease TTL"), (large.Code, large.Message));
        var unknown = await Client.CallAsync("/etcdserverpb.Lease/LeaseRevoke", new LeaseRevokeRequest { ID = 77 }, LeaseRevokeResponse.Parser);
        Assert.Equal((RpcCode.NotFound, "etcdserver: requested lease not found"), (unknown.Code, unknown.Message));
        var put = await PutAsync("a", "1", lease: 77);
        Assert.Equal((RpcCode.NotFound, "etcdserver: requested lease not found"), (put.Code, put.Message));
    }

    [Fact]
    public async Task Revoking_deletes_the_attached_keys_in_one_revision()
    {
        await GrantAsync(100, 9);
        await PutAsync("a", "1", lease: 9);
        await PutAsync("b", "1", lease: 9);
        Assert.Equal(["a", "b"], (await TimeToLiveAsync(9)).Response!.Keys.Select(Text));
        var revoked = await Client.CallAsync("/etcdserverpb.Lease/LeaseRevoke", new LeaseRevokeRequest { ID = 9 }, LeaseRevokeResponse.Parser);
        Assert.Equal(4, revoked.Response!.Header.Revision);
        Assert.Equal(0, (await RangeAsync(new RangeRequest { Key = Bytes("a"), RangeEnd = Bytes("z") })).Response!.Count);
    }

    public static TheoryData<string, bool> EndsOfALease => new() { { "Put", true }, { "Put", false }, { "Txn", true }, { "Txn", false } };

    /// <summary>The lease is there when the call comes, and gone by the time that the write has its turn.</summary>
    [Theory, MemberData(nameof(EndsOfALease))]
    public async Task A_write_under_a_lease_that_ends_before_its_turn_is_refused_and_writes_nothing(string method, bool revoked)
    {
        await GrantAsync(100, 9);
        await PutAsync("a", "1", lease: 9);
        Queen.OnProposal = () =>
        {
            Queen.OnProposal = null;
            if (revoked) Queen.Apply(new Store.LeaseRevokeCommand(new(9)));
            else Queen.Ahead = TimeSpan.FromSeconds(101);
        };
        var put = new PutRequest { Key = Bytes("b"), Lease = 9 };
        var (code, message) = method == "Put"
            ? await PutAsync("b", "2", lease: 9) is var answer ? (answer.Code, answer.Message) : default
            : await TxnAsync(new TxnRequest { Success = { Put("c", "3"), new RequestOp { RequestPut = put } } }) is var txn ? (txn.Code, txn.Message) : default;
        Assert.Equal((RpcCode.NotFound, "etcdserver: requested lease not found"), (code, message));
        var all = await RangeAsync(new RangeRequest { Key = Bytes("a"), RangeEnd = Bytes("z") });
        // Only the lease's own end made a revision: put 2, end 3.
        Assert.Equal((0, 3), (all.Response!.Count, all.Response.Header.Revision));
    }

    [Fact]
    public async Task Time_to_live_counts_down_and_an_unknown_lease_is_minus_one()
    {
        await GrantAsync(100, 9);
        Queen.Ahead = TimeSpan.FromSeconds(30);
        var response = (await TimeToLiveAsync(9)).Response!;
        Assert.InRange(response.TTL, 60, 70);
        Assert.Equal(100, response.GrantedTTL);
        Assert.Equal(-1, (await TimeToLiveAsync(10)).Response!.TTL);
        Queen.Ahead = TimeSpan.FromSeconds(300);
        Assert.Equal(-1, (await TimeToLiveAsync(9)).Response!.TTL);
    }

    [Fact]
    public async Task Keep_alive_answers_in_order_and_an_unknown_lease_with_zero()
    {
        await GrantAsync(100, 9);
        await using var stream = Client.Open<LeaseKeepAliveRequest, LeaseKeepAliveResponse>(
            "/etcdserverpb.Lease/LeaseKeepAlive", LeaseKeepAliveResponse.Parser);
        foreach (var id in (long[])[9, 10, 9]) await stream.SendAsync(new LeaseKeepAliveRequest { ID = id });
        foreach (var expected in ((long, long)[])[(9, 100), (10, 0), (9, 100)])
        {
            var answer = (await stream.NextAsync())!;
            Assert.Equal(expected, (answer.ID, answer.TTL));
        }
        stream.CompleteRequests();
        Assert.Equal((RpcCode.Ok, ""), await stream.StatusAsync());
    }

    [Fact]
    public async Task Leases_lists_what_lives()
    {
        await GrantAsync(100, 9);
        await GrantAsync(100, 4);
        var list = await Client.CallAsync("/etcdserverpb.Lease/LeaseLeases", new LeaseLeasesRequest(), LeaseLeasesResponse.Parser);
        Assert.Equal([4, 9], list.Response!.Leases.Select(lease => lease.ID));
    }
}
