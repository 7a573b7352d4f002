using System.Net;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Tests.Wire;
using Hive.Journal;
using Hive.Platform;
using Hive.Queen;
using Hive.Queen.Archive;
using Hive.Store;

namespace Hive.Etcd.Tests;

/// <summary>The face over a queen with log, disk and consensus of her own.</summary>
public sealed class RealQueenTests : IAsyncLifetime
{
    private const string Cluster = "/etcdserverpb.Cluster/";
    private static readonly MemberId Self = new(7);
    private readonly string _directory = Directory.CreateTempSubdirectory("hive-etcd-").FullName;
    private QueenServer _queen = null!;
    private EtcdFace _face = null!;
    private WireClient _client = null!;

    public async Task InitializeAsync()
    {
        _queen = await QueenServer.StartAsync(new QueenOptions
        {
            Disk = new LinuxDisk(_directory),
            Cluster = new ClusterId(9),
            Self = Self,
            InitialMembers = [new QueenMember(Self, "queen-1", ["http://127.0.0.1:1"], ["http://127.0.0.1:2"], IsLearner: false)],
        });
        var options = new EtcdFaceOptions { Listen = [new EtcdEndpoint(new IPEndPoint(IPAddress.Loopback, 0), Tls: false)] };
        _face = await EtcdFace.StartAsync(_queen, options, CancellationToken.None);
        _client = new WireClient(new Uri($"http://{_face.Endpoints[0].Address}"));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await _queen.WaitForLeadershipAsync(patience.Token);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _face.DisposeAsync();
        await _queen.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_log_itself_is_sent_to_who_keeps_it_and_a_position_of_another_log_is_refused()
    {
        var put = new PutRequest { Key = FaceFixture.Bytes("a"), Value = FaceFixture.Bytes("1") };
        for (int i = 0; i < 3; i++) await _client.CallAsync("/etcdserverpb.KV/Put", put, PutResponse.Parser);
        await using var log = _client.Open<LogRequest, LogResponse>("/hive.v1.Archive/Log", LogResponse.Parser);
        await log.SendAsync(new LogRequest());
        log.CompleteRequests();
        var replayed = new KeyValueStore();
        LogResponse? last = null;
        while (await log.NextAsync() is { } part)
        {
            last = part;
            var reader = new ArchiveReader(new MemoryStream(part.Records.ToByteArray()), new LogPosition(replayed.AppliedIndex, replayed.AppliedTerm));
            while (reader.Next() is { } entry) replayed.Apply(entry.Index, entry.Term, entry.Stamp, entry.Command);
            Assert.Null(reader.Problem);
        }
        Assert.True(last!.Complete);
        Assert.Equal(9UL, last.Header.ClusterId);
        Assert.Equal(4, replayed.Revision.Value);

        await using var other = _client.Open<LogRequest, LogResponse>("/hive.v1.Archive/Log", LogResponse.Parser);
        await other.SendAsync(new LogRequest { AfterIndex = replayed.AppliedIndex.Value, AfterTerm = replayed.AppliedTerm.Value + 1 });
        other.CompleteRequests();
        Assert.Null(await other.NextAsync());
        Assert.Equal(RpcCode.FailedPrecondition, (await other.StatusAsync()).Code);
    }

    [Fact]
    public async Task Writes_reads_watches_and_leases_go_through_the_log()
    {
        await using var watch = _client.Open<WatchRequest, WatchResponse>("/etcdserverpb.Watch/Watch", WatchResponse.Parser);
        await watch.SendAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = FaceFixture.Bytes("a") } });
        Assert.True((await watch.NextAsync())!.Created);

        var grant = await _client.CallAsync("/etcdserverpb.Lease/LeaseGrant", new LeaseGrantRequest { TTL = 60 }, LeaseGrantResponse.Parser);
        var request = new PutRequest { Key = FaceFixture.Bytes("a"), Value = FaceFixture.Bytes("1"), Lease = grant.Response!.ID };
        var put = await _client.CallAsync("/etcdserverpb.KV/Put", request, PutResponse.Parser);
        Assert.Equal(2, put.Response!.Header.Revision);
        Assert.True(put.Response.Header.RaftTerm > 0);
        Assert.Equal("1", FaceFixture.Text((await watch.NextAsync())!.Events.Single().Kv.Value));
        var range = await _client.CallAsync("/etcdserverpb.KV/Range", new RangeRequest { Key = FaceFixture.Bytes("a") }, RangeResponse.Parser);
        Assert.Equal("1", FaceFixture.Text(range.Response!.Kvs.Single().Value));

        await using var keepAlive = _client.Open<LeaseKeepAliveRequest, LeaseKeepAliveResponse>("/etcdserverpb.Lease/LeaseKeepAlive", LeaseKeepAliveResponse.Parser);
        await keepAlive.SendAsync(new LeaseKeepAliveRequest { ID = grant.Response.ID });
        Assert.Equal(60, (await keepAlive.NextAsync())!.TTL);
        await _client.CallAsync("/etcdserverpb.Lease/LeaseRevoke", new LeaseRevokeRequest { ID = grant.Response.ID }, LeaseRevokeResponse.Parser);
        Assert.Equal(Event.Types.EventType.Delete, (await watch.NextAsync())!.Events.Single().Type);
    }

    [Fact]
    public async Task A_member_that_never_comes_up_takes_no_quorum_and_can_be_removed()
    {
        var added = await _client.CallAsync(Cluster + "MemberAdd", new MemberAddRequest { PeerURLs = { "http://127.0.0.1:9" } }, MemberAddResponse.Parser);
        Assert.Equal((RpcCode.Ok, 2), (added.Code, added.Response!.Members.Count));
        var twice = await _client.CallAsync(Cluster + "MemberAdd", new MemberAddRequest { PeerURLs = { "http://127.0.0.1:9" } }, MemberAddResponse.Parser);
        Assert.Equal((RpcCode.FailedPrecondition, "etcdserver: Peer URLs already exists"), (twice.Code, twice.Message));
        var put = await _client.CallAsync("/etcdserverpb.KV/Put", new PutRequest { Key = FaceFixture.Bytes("a") }, PutResponse.Parser);
        Assert.Equal(RpcCode.Ok, put.Code);

        var update = new MemberUpdateRequest { ID = added.Response.Member.ID, PeerURLs = { "http://127.0.0.1:10" } };
        var updated = await _client.CallAsync(Cluster + "MemberUpdate", update, MemberUpdateResponse.Parser);
        Assert.Contains("http://127.0.0.1:10", updated.Response!.Members.SelectMany(member => member.PeerURLs));
        var removed = await _client.CallAsync(Cluster + "MemberRemove", new MemberRemoveRequest { ID = update.ID }, MemberRemoveResponse.Parser);
        Assert.Equal(Self.Value, removed.Response!.Members.Single().ID);
    }

    [Fact]
    public async Task Membership_refusals_are_in_the_words_of_etcd()
    {
        var unknown = await _client.CallAsync(Cluster + "MemberRemove", new MemberRemoveRequest { ID = 77 }, MemberRemoveResponse.Parser);
        Assert.Equal((RpcCode.NotFound, "etcdserver: member not found"), (unknown.Code, unknown.Message));
        var voter = await _client.CallAsync(Cluster + "MemberPromote", new MemberPromoteRequest { ID = Self.Value }, MemberPromoteResponse.Parser);
        Assert.Equal((RpcCode.FailedPrecondition, "etcdserver: can only promote a learner member"), (voter.Code, voter.Message));
        var bad = await _client.CallAsync(Cluster + "MemberAdd", new MemberAddRequest { PeerURLs = { "nonsense" } }, MemberAddResponse.Parser);
        Assert.Equal((RpcCode.InvalidArgument, "etcdserver: given member URLs are invalid"), (bad.Code, bad.Message));
        var last = await _client.CallAsync(Cluster + "MemberRemove", new MemberRemoveRequest { ID = Self.Value }, MemberRemoveResponse.Parser);
        Assert.Equal(
            (RpcCode.FailedPrecondition, "etcdserver: re-configuration failed due to not enough started members"), (last.Code, last.Message));
    }
}
