using System.Collections.Immutable;
using Hive.Etcd.Http;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Auth;
using Hive.Queen;
using Hive.Store;

namespace Hive.Etcd.Services.Maintenance;

/// <summary>etcdserverpb.Maintenance.</summary>
internal sealed class MaintenanceService(QueenGate gate, AuthGate auth, AlarmBook alarms, EtcdFaceOptions options)
{
    private const string Service = "etcdserverpb.Maintenance";

    public ImmutableArray<RpcMethod> Methods =>
    [
        new UnaryMethod<StatusRequest, StatusResponse>(Service, "Status", StatusRequest.Parser, StatusAsync, "/v3/maintenance/status"),
        new UnaryMethod<DefragmentRequest, DefragmentResponse>(
            Service, "Defragment", DefragmentRequest.Parser, DefragmentAsync, "/v3/maintenance/defragment"),
        new UnaryMethod<HashRequest, HashResponse>(Service, "Hash", HashRequest.Parser, HashAsync, "/v3/maintenance/hash"),
        new UnaryMethod<HashKVRequest, HashKVResponse>(
            Service, "HashKV", HashKVRequest.Parser, HashKeysAsync, "/v3/maintenance/hashkv"),
        new UnaryMethod<AlarmRequest, AlarmResponse>(Service, "Alarm", AlarmRequest.Parser, AlarmAsync, "/v3/maintenance/alarm"),
        new UnaryMethod<MoveLeaderRequest, MoveLeaderResponse>(
            Service, "MoveLeader", MoveLeaderRequest.Parser, MoveLeaderAsync, "/v3/maintenance/transfer-leadership"),
        new StreamMethod<SnapshotRequest, SnapshotResponse>(
            RpcKind.ServerStream, Service, "Snapshot", SnapshotRequest.Parser, SnapshotAsync, "/v3/maintenance/snapshot"),
        new UnaryMethod<DowngradeRequest, DowngradeResponse>(
            Service, "Downgrade", DowngradeRequest.Parser, DowngradeAsync, "/v3/maintenance/downgrade"),
    ];

    private ValueTask<RpcResult<StatusResponse>> StatusAsync(RpcContext context, StatusRequest request, CancellationToken cancellation)
    {
        var status = gate.Queen.Status;
        var response = new StatusResponse
        {
            Header = gate.Header(status.Revision),
            Version = options.EtcdVersion,
            StorageVersion = VersionPage.StorageVersion(options.EtcdVersion),
            DbSize = status.StoreBytes,
            DbSizeInUse = gate.Queen.Store.Bytes.InUseBytes,
            Leader = status.Leader.Value,
            RaftTerm = status.Term.Value,
            RaftIndex = status.Committed.Value,
            RaftAppliedIndex = status.Applied.Value,
            IsLearner = status.IsLearner,
            DowngradeInfo = new DowngradeInfo(),
            Errors = { status.Errors },
        };
        if (status.Leader.IsNone) response.Errors.Add(EtcdErrors.NoLeader.Message);
        foreach (var alarm in alarms.Raised) response.Errors.Add($"memberID:{alarm.MemberID} alarm:{AlarmName(alarm.Alarm)}");
        return new(response);
    }

    /// <summary>Space is reclaimed as the store runs, so there is nothing to do and nobody to hold up.</summary>
    private ValueTask<RpcResult<DefragmentResponse>> DefragmentAsync(RpcContext context, DefragmentRequest request, CancellationToken cancellation) =>
        auth.CheckAdmin(context) is { IsOk: false } refused ? new(refused) : new(new DefragmentResponse { Header = gate.HeaderWithoutRevision() });

    private ValueTask<RpcResult<HashResponse>> HashAsync(RpcContext context, HashRequest request, CancellationToken cancellation)
    {
        // Taken first: what it holds is told only to who may be told it by then.
        var snapshot = gate.Queen.Store.Snapshot();
        if (auth.CheckAdmin(context) is { IsOk: false } refused) return new(refused);
        var error = snapshot.Hash(snapshot.Revision, out var hash);
        Invariant.Check(error == StoreError.None, $"the newest revision cannot be hashed: {error}");
        return new(new HashResponse { Header = gate.Header(snapshot), Hash = hash });
    }

    private async ValueTask<RpcResult<HashKVResponse>> HashKeysAsync(RpcContext context, HashKVRequest request, CancellationToken cancellation)
    {
        // A barrier, so that members asked for the same revision are not told of a future one while they catch up.
        var read = await gate.ReadAsync(serializable: request.Revision == 0, cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        if (auth.CheckAdmin(context) is { IsOk: false } refused) return refused;
        var at = request.Revision <= 0 ? snapshot.Revision : new Revision(request.Revision);
        var error = snapshot.Hash(at, out var hash);
        if (error != StoreError.None) return EtcdErrors.Of(error);
        return new HashKVResponse { Header = gate.Header(snapshot), Hash = hash, CompactRevision = snapshot.CompactedAt, HashRevision = at.Value };
    }

    private async ValueTask<RpcResult<AlarmResponse>> AlarmAsync(RpcContext context, AlarmRequest request, CancellationToken cancellation)
    {
        if (request.Action == AlarmRequest.Types.AlarmAction.Get)
        {
            var raised = alarms.Raised.Where(alarm => Means(request, alarm));
            return new AlarmResponse { Header = gate.Header(gate.Queen.Store.Revision), Alarms = { raised } };
        }
        if (auth.CheckAdmin(context) is { IsOk: false } refused) return refused;
        if (request.Alarm == AlarmType.None) return new AlarmResponse { Header = gate.Header(gate.Queen.Store.Revision) };
        var raise = request.Action == AlarmRequest.Types.AlarmAction.Activate;
        var changed = await alarms.ChangeAsync(
            raise, new AlarmMember { MemberID = request.MemberID, Alarm = request.Alarm },
            command => gate.ProposeAsync(context, request, static (auth, context, _) => auth.CheckAdmin(context), command, cancellation), cancellation);
        if (!changed.Succeeded(out var made, out var status)) return status;
        return new AlarmResponse { Header = gate.Header(gate.Queen.Store.Revision), Alarms = { made } };
    }

    private static bool Means(AlarmRequest request, AlarmMember alarm) =>
        (request.MemberID == 0 || request.MemberID == alarm.MemberID) && (request.Alarm == AlarmType.None || request.Alarm == alarm.Alarm);

    private static string AlarmName(AlarmType alarm) => alarm == AlarmType.Nospace ? "NOSPACE" : "CORRUPT";

    private async ValueTask<RpcStatus> SnapshotAsync(
        RpcContext context, RpcStream<SnapshotRequest, SnapshotResponse> stream, CancellationToken cancellation)
    {
        if (await stream.ReadAsync(cancellation) is null) return RpcStatus.Ok;
        // No barrier: a member without a majority must still give what it has. By users and roles as they are in what is given, or later.
        var snapshot = gate.Queen.Store.Snapshot();
        if (auth.CheckAdmin(context) is { IsOk: false } refused) return refused;
        await foreach (var (blob, remaining) in new SnapshotFile(snapshot, gate.Turns).ReadAsync(gate.Limits.SnapshotBlobBytes, cancellation))
        {
            var response = new SnapshotResponse
            {
                Header = gate.HeaderWithoutRevision(),
                RemainingBytes = (ulong)remaining,
                Blob = StoreMessages.Wrap(blob),
                Version = VersionPage.StorageVersion(options.EtcdVersion),
            };
            await stream.WriteAsync(response, cancellation);
        }
        return RpcStatus.Ok;
    }

    /// <summary>The store has one form, so there is no version to go back to and never a downgrade under way.</summary>
    private ValueTask<RpcResult<DowngradeResponse>> DowngradeAsync(RpcContext context, DowngradeRequest request, CancellationToken cancellation)
    {
        if (auth.CheckAdmin(context) is { IsOk: false } refused) return new(refused);
        if (request.Action == DowngradeRequest.Types.DowngradeAction.Cancel) return new(EtcdErrors.NoDowngrade);
        return new(Version.TryParse(request.Version, out _) ? EtcdErrors.InvalidDowngradeTarget : EtcdErrors.WrongDowngradeFormat);
    }

    private async ValueTask<RpcResult<MoveLeaderResponse>> MoveLeaderAsync(
        RpcContext context, MoveLeaderRequest request, CancellationToken cancellation)
    {
        if (await gate.CheckAdminAsync(context, cancellation) is { IsOk: false } refused) return refused;
        var status = gate.Queen.Status;
        if (!status.IsLeader) return EtcdErrors.NotLeader;
        var target = status.Members.FirstOrDefault(member => member.Id.Value == request.TargetID);
        if (target is null || target.IsLearner) return EtcdErrors.BadLeaderTransferee;
        var code = await gate.Queen.TransferLeadershipAsync(target.Id, cancellation);
        if (code != QueenCode.Ok) return EtcdErrors.Of(code);
        return new MoveLeaderResponse { Header = gate.HeaderWithoutRevision() };
    }
}
