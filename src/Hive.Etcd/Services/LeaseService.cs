using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Threading.Channels;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Auth;
using Hive.Queen;
using Hive.Store;

namespace Hive.Etcd.Services;

/// <summary>etcdserverpb.Lease.</summary>
internal sealed class LeaseService(QueenGate gate, AuthGate auth)
{
    private const string Service = "etcdserverpb.Lease";

    public ImmutableArray<RpcMethod> Methods =>
    [
        new UnaryMethod<LeaseGrantRequest, LeaseGrantResponse>(Service, "LeaseGrant", LeaseGrantRequest.Parser, GrantAsync, "/v3/lease/grant"),
        new UnaryMethod<LeaseRevokeRequest, LeaseRevokeResponse>(
            Service, "LeaseRevoke", LeaseRevokeRequest.Parser, RevokeAsync, "/v3/lease/revoke", "/v3/kv/lease/revoke"),
        new StreamMethod<LeaseKeepAliveRequest, LeaseKeepAliveResponse>(
            RpcKind.Bidirectional, Service, "LeaseKeepAlive", LeaseKeepAliveRequest.Parser, KeepAliveAsync, "/v3/lease/keepalive"),
        new UnaryMethod<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse>(
            Service, "LeaseTimeToLive", LeaseTimeToLiveRequest.Parser, TimeToLiveAsync, "/v3/lease/timetolive", "/v3/kv/lease/timetolive"),
        new UnaryMethod<LeaseLeasesRequest, LeaseLeasesResponse>(
            Service, "LeaseLeases", LeaseLeasesRequest.Parser, LeasesAsync, "/v3/lease/leases", "/v3/kv/lease/leases"),
    ];

    /// <summary>Grants a lease to whoever shows valid credentials; id 0 lets this member choose a free one.</summary>
    public async ValueTask<RpcResult<ApplyResult>> GrantAsync(RpcContext context, long id, long seconds, CancellationToken cancellation)
    {
        if (seconds > gate.Limits.LeaseMaximumSeconds) return EtcdErrors.LeaseTimeToLiveTooLarge;
        var granted = Math.Max(seconds, gate.Limits.LeaseMinimumSeconds);
        if (id != 0) return await gate.ProposeAsync(context, id, KeyAccess.AnyUser, new LeaseGrantCommand(new(id), granted), cancellation);
        while (true)
        {
            var proposed = await gate.ProposeAsync(context, id, KeyAccess.AnyUser, new LeaseGrantCommand(NewId(), granted), cancellation);
            if (proposed.Status != EtcdErrors.LeaseExists) return proposed;
        }
    }

    private static LeaseId NewId()
    {
        Span<byte> random = stackalloc byte[8];
        RandomNumberGenerator.Fill(random);
        var id = BinaryPrimitives.ReadInt64LittleEndian(random) & long.MaxValue;
        return new(Math.Max(id, 1));
    }

    private async ValueTask<RpcResult<LeaseGrantResponse>> GrantAsync(RpcContext context, LeaseGrantRequest request, CancellationToken cancellation)
    {
        var proposed = await GrantAsync(context, request.ID, request.TTL, cancellation);
        if (!proposed.Succeeded(out var applied, out var status)) return status;
        var lease = (LeaseResult)applied.Result!;
        return new LeaseGrantResponse { Header = gate.Header(applied), ID = lease.Lease.Value, TTL = lease.TimeToLiveSeconds };
    }

    private async ValueTask<RpcResult<LeaseRevokeResponse>> RevokeAsync(RpcContext context, LeaseRevokeRequest request, CancellationToken cancellation)
    {
        var proposed = await gate.ProposeAsync(
            context, request, static (auth, context, request) => auth.CheckLease(context, new(request.ID)), new LeaseRevokeCommand(new(request.ID)), cancellation);
        if (!proposed.Succeeded(out var applied, out var status)) return status;
        return new LeaseRevokeResponse { Header = gate.Header(applied) };
    }

    private async ValueTask<RpcResult<LeaseTimeToLiveResponse>> TimeToLiveAsync(
        RpcContext context, LeaseTimeToLiveRequest request, CancellationToken cancellation)
    {
        var read = await gate.ReadAsync(serializable: false, cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        if (auth.Identify(context, out _) is { IsOk: false } refused) return refused;
        var response = new LeaseTimeToLiveResponse { Header = gate.Header(snapshot), ID = request.ID, TTL = -1 };
        if (snapshot.FindLease(new(request.ID)) is not { } lease) return response;
        var left = lease.Deadline - gate.Queen.Now.Log;
        if (left <= TimeSpan.Zero) return response;
        response.TTL = (long)left.TotalSeconds;
        response.GrantedTTL = lease.GrantedSeconds;
        if (request.Keys && auth.CheckLeaseKeys(context, [lease]) is { IsOk: false } forbidden) return forbidden;
        if (request.Keys)
            foreach (var key in lease.Keys) response.Keys.Add(StoreMessages.Wrap(key));
        return response;
    }

    private async ValueTask<RpcResult<LeaseLeasesResponse>> LeasesAsync(RpcContext context, LeaseLeasesRequest request, CancellationToken cancellation)
    {
        var read = await gate.ReadAsync(serializable: false, cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        if (auth.Identify(context, out _) is { IsOk: false } refused) return refused;
        var response = new LeaseLeasesResponse { Header = gate.Header(snapshot) };
        var leases = snapshot.Leases();
        if (auth.Current.IsEnabled && auth.CheckLeaseKeys(context, leases.Select(snapshot.FindLease).OfType<LeaseView>()) is { IsOk: false } forbidden) return forbidden;
        foreach (var lease in leases) response.Leases.Add(new LeaseStatus { ID = lease.Value });
        return response;
    }

    /// <summary>
    /// Renewals of one stream are under way together, so that they share log entries; answers go out in the order of the requests. The
    /// bounded queue between the two halves is the limit of what is in flight.
    /// </summary>
    private async ValueTask<RpcStatus> KeepAliveAsync(
        RpcContext context, RpcStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> stream, CancellationToken cancellation)
    {
        if (auth.Identify(context, out _) is { IsOk: false } refused) return refused;
        var renewals = Channel.CreateBounded<(long Id, Task<(QueenCode Code, long Seconds)> Renewal)>(
            new BoundedChannelOptions(gate.Limits.KeepAlivesInFlight) { SingleReader = true, SingleWriter = true });
        return await DuplexCall.RunAsync(
            ended => RenewAsync(context, stream, renewals.Writer, ended), ended => AnswerAsync(stream, renewals.Reader, ended), cancellation);
    }

    private async Task RenewAsync(
        RpcContext context, RpcStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> stream,
        ChannelWriter<(long Id, Task<(QueenCode Code, long Seconds)> Renewal)> renewals, CancellationToken cancellation)
    {
        try
        {
            while (await stream.ReadAsync(cancellation) is { } request)
            {
                // Permissions may have changed since the stream was opened.
                if (auth.CheckLease(context, new(request.ID)) is { IsOk: false } forbidden) throw new RpcAbort(forbidden);
                await renewals.WriteAsync((request.ID, gate.Queen.RenewLeaseAsync(new(request.ID), cancellation).AsTask()), cancellation);
            }
        }
        finally
        {
            renewals.Complete();
        }
    }

    private async Task<RpcStatus> AnswerAsync(
        RpcStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse> stream,
        ChannelReader<(long Id, Task<(QueenCode Code, long Seconds)> Renewal)> renewals, CancellationToken cancellation)
    {
        await foreach (var (id, renewal) in renewals.ReadAllAsync(cancellation))
        {
            var (code, seconds) = await renewal;
            if (code != QueenCode.Ok) return EtcdErrors.Of(code);
            var header = gate.Header(gate.Queen.Store.Revision);
            await stream.WriteAsync(new LeaseKeepAliveResponse { Header = header, ID = id, TTL = seconds }, cancellation);
        }
        return RpcStatus.Ok;
    }
}
