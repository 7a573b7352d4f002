using System.Buffers.Binary;
using System.Security.Cryptography;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Store;
using Hive.Store.Transfer;

namespace Hive.Etcd.Tests;

public sealed class MaintenanceTests : FaceFixture
{
    private const string Maintenance = "/etcdserverpb.Maintenance/";

    [Fact]
    public async Task Status_tells_leader_term_and_indexes()
    {
        await PutAsync("a", "1");
        var status = (await Client.CallAsync(Maintenance + "Status", new StatusRequest(), StatusResponse.Parser)).Response!;
        Assert.Equal((DirectQueen.Id.Value, 2ul, 2ul, 2ul), (status.Leader, status.RaftTerm, status.RaftIndex, status.RaftAppliedIndex));
        Assert.Equal("3.5.21", status.Version);
        Assert.Empty(status.Errors);
        Queen.Leader = MemberId.None;
        status = (await Client.CallAsync(Maintenance + "Status", new StatusRequest(), StatusResponse.Parser)).Response!;
        Assert.Equal(["etcdserver: no leader"], status.Errors);
    }

    [Fact]
    public async Task The_hash_of_a_revision_stays_while_later_ones_differ()
    {
        await PutAsync("a", "1");
        var then = await HashAsync(0);
        await PutAsync("a", "2");
        Assert.NotEqual(then.Hash, (await HashAsync(0)).Hash);
        Assert.Equal(then.Hash, (await HashAsync(2)).Hash);
        Assert.Equal(-1, then.CompactRevision);
        var future = await Client.CallAsync(Maintenance + "HashKV", new HashKVRequest { Revision = 50 }, HashKVResponse.Parser);
        Assert.Equal((RpcCode.OutOfRange, "etcdserver: mvcc: required revision is a future revision"), (future.Code, future.Message));
    }

    [Fact]
    public async Task Only_the_leader_moves_leadership_and_only_to_a_member()
    {
        var stranger = await Client.CallAsync(Maintenance + "MoveLeader", new MoveLeaderRequest { TargetID = 5 }, MoveLeaderResponse.Parser);
        Assert.Equal((RpcCode.FailedPrecondition, "etcdserver: bad leader transferee"), (stranger.Code, stranger.Message));
        Queen.Leader = new MemberId(99);
        var follower = await Client.CallAsync(Maintenance + "MoveLeader", new MoveLeaderRequest { TargetID = 5 }, MoveLeaderResponse.Parser);
        Assert.Equal((RpcCode.FailedPrecondition, "etcdserver: not leader"), (follower.Code, follower.Message));
    }

    [Fact]
    public async Task Members_are_listed_with_their_addresses()
    {
        var list = await Client.CallAsync("/etcdserverpb.Cluster/MemberList", new MemberListRequest(), MemberListResponse.Parser);
        var member = list.Response!.Members.Single();
        Assert.Equal((DirectQueen.Id.Value, "queen-1"), (member.ID, member.Name));
        Assert.Equal(["http://127.0.0.1:2379"], member.ClientURLs);
        Assert.Equal(0, list.Response.Header.Revision);
    }

    [Fact]
    public async Task Defragment_and_alarms_answer_at_once()
    {
        var defragment = await Client.CallAsync(Maintenance + "Defragment", new DefragmentRequest(), DefragmentResponse.Parser);
        Assert.Equal(RpcCode.Ok, defragment.Code);
        var alarms = await Client.CallAsync(Maintenance + "Alarm", new AlarmRequest(), AlarmResponse.Parser);
        Assert.Empty(alarms.Response!.Alarms);
    }

    [Fact]
    public async Task A_snapshot_holds_the_whole_state_and_ends_with_its_checksum()
    {
        for (var i = 0; i < 200; i++) await PutAsync($"k{i}", new string('x', 1000));
        await using var stream = Client.Open<SnapshotRequest, SnapshotResponse>(Maintenance + "Snapshot", SnapshotResponse.Parser);
        await stream.SendAsync(new SnapshotRequest());
        stream.CompleteRequests();
        var file = new MemoryStream();
        var last = ulong.MaxValue;
        while (await stream.NextAsync() is { } part)
        {
            Assert.True(part.RemainingBytes <= last && part.Blob.Length <= 32 * 1024);
            last = part.RemainingBytes;
            part.Blob.WriteTo(file);
        }
        var bytes = file.ToArray();
        Assert.Equal(32, bytes.Length % 512);
        Assert.Equal(SHA256.HashData(bytes.AsSpan(0, bytes.Length - 32)), bytes[^32..]);

        var import = new StateImport();
        for (var at = 8; BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at)) is var length and > 0; at += 4 + length)
            Assert.True(import.Add(bytes.AsMemory(at + 4, length)));
        Assert.True(import.IsComplete);
        var restored = new KeyValueStore();
        restored.Install(import);
        Assert.Equal(Queen.Store.Digest, restored.Digest);
    }

    private async Task<HashKVResponse> HashAsync(long revision) =>
        (await Client.CallAsync(Maintenance + "HashKV", new HashKVRequest { Revision = revision }, HashKVResponse.Parser)).Response!;
}
