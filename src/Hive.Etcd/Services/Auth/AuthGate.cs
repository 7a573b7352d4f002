using System.Text;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Queen;
using Hive.Store;

namespace Hive.Etcd.Services.Auth;

/// <summary>Who calls, and whether they may. While authentication is off everybody may do everything.</summary>
internal sealed class AuthGate(IQueen queen, TokenBook tokens)
{
    /// <summary>The store's record that holds users and roles.</summary>
    public static readonly ReadOnlyMemory<byte> RecordName = Encoding.ASCII.GetBytes("etcd/auth");

    private readonly ReplicatedRecord<AuthState> _record = new(queen, RecordName, Decode);

    /// <summary>Users and roles as this member has applied them.</summary>
    public AuthState Current => _record.Current;

    public static AuthState Read(StoreSnapshot snapshot) => snapshot.Record(RecordName) is { } record ? Decode(record.Version, record.Value) : AuthState.Empty;

    private static AuthState Decode(long version, ReadOnlyMemory<byte> value) =>
        version == 0 ? AuthState.Empty : new AuthState(version, AuthRecord.Parser.ParseFrom(value.Span));

    /// <summary>The caller's rights; null while authentication is off. Refused: no or no valid credentials.</summary>
    public RpcStatus Identify(RpcContext context, out UserRights? caller)
    {
        caller = null;
        var state = Current;
        if (!state.IsEnabled) return RpcStatus.Ok;
        if (context.Token is { Length: > 0 } token)
        {
            if (tokens.Read(state, token) is not { } claims) return EtcdErrors.InvalidAuthToken;
            if (state.Find(claims.User) is not { } known || known.User.PasswordRevision > claims.Revision) return EtcdErrors.InvalidAuthToken;
            caller = known;
            context.User = claims.User;
            return RpcStatus.Ok;
        }
        if (context.CertificateName is not { Length: > 0 } name) return EtcdErrors.UserEmpty;
        caller = state.Find(name);
        return caller is null ? EtcdErrors.PermissionDenied : RpcStatus.Ok;
    }

    /// <summary>
    /// Before a call with a token is looked at: a token may come from a member that is ahead of this one, which then catches up first rather than
    /// refuse it.
    /// </summary>
    public async ValueTask CatchUpAsync(RpcContext context, CancellationToken cancellation)
    {
        if (context.Token is not { Length: > 0 } token || !tokens.IsAhead(Current, token)) return;
        // Whatever comes of it: the call is answered by what this member knows then.
        await queen.ReadAsync(cancellation);
    }

    public RpcStatus CheckAdmin(RpcContext context)
    {
        var status = Identify(context, out var caller);
        // Who manages is told that the name in the certificate is no user's; who reads or writes is only denied.
        if (!status.IsOk) return status == EtcdErrors.PermissionDenied ? EtcdErrors.UserNotFound : status;
        return caller is null || caller.IsRoot ? RpcStatus.Ok : EtcdErrors.PermissionDenied;
    }

    public RpcStatus CheckRead(RpcContext context, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> end)
    {
        var status = Identify(context, out var caller);
        if (!status.IsOk) return status;
        return caller is null || caller.MayRead(key, end) ? RpcStatus.Ok : EtcdErrors.PermissionDenied;
    }

    public RpcStatus CheckWrite(RpcContext context, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> end)
    {
        var status = Identify(context, out var caller);
        if (!status.IsOk) return status;
        return caller is null || caller.MayWrite(key, end) ? RpcStatus.Ok : EtcdErrors.PermissionDenied;
    }

    /// <summary>Whoever is shown what lives by these leases reads those keys.</summary>
    public RpcStatus CheckLeaseKeys(RpcContext context, IEnumerable<LeaseView> leases)
    {
        var status = Identify(context, out var caller);
        if (!status.IsOk || caller is null || caller.IsRoot) return status;
        return leases.All(lease => lease.Keys.All(key => caller.MayRead(key, default))) ? RpcStatus.Ok : EtcdErrors.PermissionDenied;
    }

    /// <summary>Whoever moves a lease or ends it touches the keys that live by it.</summary>
    public RpcStatus CheckLease(RpcContext context, LeaseId lease)
    {
        var status = Identify(context, out var caller);
        if (!status.IsOk || caller is null || caller.IsRoot) return status;
        return MayTouch(caller, lease) ? RpcStatus.Ok : EtcdErrors.PermissionDenied;
    }

    public bool MayTouch(UserRights caller, LeaseId lease) =>
        queen.Store.Snapshot().FindLease(lease) is not { } found || found.Keys.All(key => caller.MayWrite(key, default));
}
