using System.Text;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Queen;
using Hive.Store;

namespace Hive.Etcd.Services.Auth;

/// <summary>Who calls, and whether they may. While authentication is off everybody may do everything.</summary>
internal sealed class AuthGate(IQueen queen, TimeProvider time)
{
    /// <summary>The store's record that holds users and roles.</summary>
    public static readonly ReadOnlyMemory<byte> RecordName = Encoding.ASCII.GetBytes("etcd/auth");

    private (ulong Digest, AuthState State) _latest = (0, AuthState.Empty);
    private readonly Lock _gate = new();

    /// <summary>Users and roles as this member has applied them. Decoded only when a record of the store changed.</summary>
    public AuthState Current
    {
        get
        {
            var digest = queen.Store.RecordDigest;
            if (digest == 0) return AuthState.Empty;
            lock (_gate)
            {
                if (_latest.Digest != digest) _latest = (digest, Read(queen.Store.Snapshot()));
                return _latest.State;
            }
        }
    }

    public static AuthState Read(StoreSnapshot snapshot) => snapshot.Record(RecordName) is { } record
        ? new AuthState(record.Version, AuthRecord.Parser.ParseFrom(record.Value.Span))
        : AuthState.Empty;

    /// <summary>The caller's rights; null while authentication is off. Refused: no or no valid credentials.</summary>
    public RpcStatus Identify(RpcContext context, out UserRights? caller)
    {
        caller = null;
        var state = Current;
        if (!state.IsEnabled) return RpcStatus.Ok;
        if (context.Token is { Length: > 0 } token)
        {
            if (AuthTokens.Read(state.Record.TokenKey.Span, token, time.GetUtcNow()) is not { } claims) return EtcdErrors.InvalidAuthToken;
            if (state.Find(claims.User) is not { } known || known.User.PasswordRevision > claims.Revision) return EtcdErrors.InvalidAuthToken;
            caller = known;
            return RpcStatus.Ok;
        }
        if (context.CertificateName is not { Length: > 0 } name) return EtcdErrors.UserEmpty;
        caller = state.Find(name);
        return caller is null ? EtcdErrors.PermissionDenied : RpcStatus.Ok;
    }

    public RpcStatus CheckAdmin(RpcContext context)
    {
        var status = Identify(context, out var caller);
        if (!status.IsOk) return status;
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
