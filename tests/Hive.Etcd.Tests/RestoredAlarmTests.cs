using System.Net;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Maintenance;
using Hive.Etcd.Tests.Wire;
using Hive.Platform;
using Hive.Queen;
using Action = Hive.Etcd.Messages.AlarmRequest.Types.AlarmAction;

namespace Hive.Etcd.Tests;

/// <summary>
/// Alarms are part of the state, so a cluster restored from a backup begins with those that stood when it was saved, as in etcd: under the ids of members that are no more. They
/// are listed, they forbid what they forbade, and they can be ended.
/// </summary>
public sealed class RestoredAlarmTests : FaceFixture
{
    private const string Alarm = "/etcdserverpb.Maintenance/Alarm";
    private static readonly MemberId Self = new(7);

    [Fact]
    public async Task Alarms_that_stood_in_a_backup_stand_in_the_restored_cluster_until_they_are_ended()
    {
        await PutAsync("a", "1");
        AlarmMember space = new() { MemberID = 17, Alarm = AlarmType.Nospace }, corrupt = new() { MemberID = 18, Alarm = AlarmType.Corrupt };
        foreach (var alarm in new[] { space, corrupt }) await ChangeAsync(Client, Action.Activate, alarm);

        await using var restored = await RestoredCluster.StartAsync(await SaveAsync());
        var listed = await restored.Client.CallAsync(Alarm, new AlarmRequest { Action = Action.Get }, AlarmResponse.Parser);
        Assert.Equal([space, corrupt], listed.Response!.Alarms);
        var range = await restored.Client.CallAsync("/etcdserverpb.KV/Range", new RangeRequest { Key = Bytes("a") }, RangeResponse.Parser);
        Assert.Equal("1", Text(range.Response!.Kvs.Single().Value));
        Assert.Equal((RpcCode.DataLoss, "etcdserver: corrupt cluster"), await restored.PutAsync());
        Assert.Equal(RpcCode.Ok, await ChangeAsync(restored.Client, Action.Deactivate, corrupt));
        Assert.Equal((RpcCode.ResourceExhausted, "etcdserver: mvcc: database space exceeded"), await restored.PutAsync());
        Assert.Equal(RpcCode.Ok, await ChangeAsync(restored.Client, Action.Deactivate, space));
        Assert.Equal((RpcCode.Ok, ""), await restored.PutAsync());
    }

    private static async Task<RpcCode> ChangeAsync(WireClient client, Action action, AlarmMember alarm) =>
        (await client.CallAsync(Alarm, new AlarmRequest { Action = action, MemberID = alarm.MemberID, Alarm = alarm.Alarm }, AlarmResponse.Parser)).Code;

    /// <summary>As <c>etcdctl snapshot save</c> does it.</summary>
    private async Task<MemoryStream> SaveAsync()
    {
        await using var snapshot = Client.Open<SnapshotRequest, SnapshotResponse>("/etcdserverpb.Maintenance/Snapshot", SnapshotResponse.Parser);
        await snapshot.SendAsync(new SnapshotRequest());
        snapshot.CompleteRequests();
        var file = new MemoryStream();
        while (await snapshot.NextAsync() is { } part) part.Blob.WriteTo(file);
        file.Position = 0;
        return file;
    }

    /// <summary>One queen with log and disk, born with a backup.</summary>
    private sealed class RestoredCluster(string directory, QueenServer queen, EtcdFace face) : IAsyncDisposable
    {
        public WireClient Client { get; } = new(new Uri($"http://{face.Endpoints[0].Address}"));

        public static async Task<RestoredCluster> StartAsync(Stream file)
        {
            var reading = SnapshotFileReader.Read(file);
            Assert.Null(reading.Problem);
            QueenRestore.Advance(reading.Store!, new Revision(1_000));
            var directory = Directory.CreateTempSubdirectory("hive-etcd-").FullName;
            var options = new QueenOptions
            {
                Disk = new LinuxDisk(directory),
                Cluster = new ClusterId(9),
                Self = Self,
                InitialMembers = [new QueenMember(Self, "queen-1", ["http://127.0.0.1:1"], ["http://127.0.0.1:2"], IsLearner: false)],
            };
            QueenRestore.Place(options, reading.Store!.Snapshot());
            var queen = await QueenServer.StartAsync(options);
            var faceOptions = new EtcdFaceOptions { Listen = [new EtcdEndpoint(new IPEndPoint(IPAddress.Loopback, 0), Tls: false)] };
            return new RestoredCluster(directory, queen, await EtcdFace.StartAsync(queen, faceOptions, CancellationToken.None));
        }

        public async Task<(RpcCode Code, string Message)> PutAsync()
        {
            var put = await Client.CallAsync("/etcdserverpb.KV/Put", new PutRequest { Key = Bytes("b") }, PutResponse.Parser);
            return (put.Code, put.Message);
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await face.DisposeAsync();
            await queen.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }
    }
}
