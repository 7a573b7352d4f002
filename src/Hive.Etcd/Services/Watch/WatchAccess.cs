using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Auth;

namespace Hive.Etcd.Services.Watch;

/// <summary>Who may watch what: asked as a watch is created, and again before it is sent anything once users or roles have changed.</summary>
internal sealed class WatchAccess(AuthGate auth, RpcContext context)
{
    /// <summary>Of users and roles as this member has applied them.</summary>
    public long Version => auth.Current.Version;

    /// <summary>Whether the caller may read the range now, and as which user (null while authentication is off).</summary>
    public RpcStatus Open(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> end, out string? user)
    {
        var status = auth.Identify(context, out var caller);
        user = caller?.User.Name;
        if (!status.IsOk) return status;
        return caller is null || caller.MayRead(key, end) ? RpcStatus.Ok : EtcdErrors.PermissionDenied;
    }

    /// <summary>Whether that user may read it still. The token that the watch was opened with may have ended meanwhile: a watch outlives it.</summary>
    public bool MayStillRead(string? user, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> end)
    {
        var now = auth.Current;
        return !now.IsEnabled || (user is not null && now.Find(user) is { } known && known.MayRead(key, end));
    }
}
