using Google.Protobuf.Collections;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;

namespace Hive.Etcd.Services.Auth;

/// <summary>Each change to users and roles as a step on a copy of the record; refused in the words of etcd. Pure but for salts and keys.</summary>
internal static class AuthChanges
{
    public static RpcStatus Enable(AuthRecord record, ReadOnlyMemory<byte> tokenKey)
    {
        if (record.Enabled) return RpcStatus.Ok;
        if (FindUser(record, AuthState.Root) is not { } root) return EtcdErrors.RootUserMissing;
        if (!root.Roles.Contains(AuthState.Root)) return EtcdErrors.RootRoleMissing;
        record.Enabled = true;
        if (record.TokenKey.IsEmpty) record.TokenKey = StoreMessages.Wrap(tokenKey);
        return RpcStatus.Ok;
    }

    public static RpcStatus Disable(AuthRecord record)
    {
        record.Enabled = false;
        return RpcStatus.Ok;
    }

    public static RpcStatus AddUser(AuthRecord record, AuthUser user)
    {
        if (FindUser(record, user.Name) is not null) return EtcdErrors.UserExists;
        user.PasswordRevision = record.Revision + 1;
        Insert(record.Users, user, existing => existing.Name, user.Name);
        return RpcStatus.Ok;
    }

    public static RpcStatus DeleteUser(AuthRecord record, string name)
    {
        if (record.Enabled && name == AuthState.Root) return EtcdErrors.InvalidAuthManagement;
        return FindUser(record, name) is { } user && record.Users.Remove(user) ? RpcStatus.Ok : EtcdErrors.UserNotFound;
    }

    public static RpcStatus ChangePassword(AuthRecord record, AuthUser changed)
    {
        if (FindUser(record, changed.Name) is not { } user) return EtcdErrors.UserNotFound;
        (user.NoPassword, user.Salt, user.Hash, user.Iterations, user.Bcrypt) = (changed.NoPassword, changed.Salt, changed.Hash, changed.Iterations, changed.Bcrypt);
        user.PasswordRevision = record.Revision + 1;
        return RpcStatus.Ok;
    }

    public static RpcStatus GrantRole(AuthRecord record, string name, string role)
    {
        if (FindUser(record, name) is not { } user) return EtcdErrors.UserNotFound;
        // "root" means the same whether or not somebody added it.
        if (role != AuthState.Root && FindRole(record, role) is null) return EtcdErrors.RoleNotFound;
        if (!user.Roles.Contains(role)) Insert(user.Roles, role, existing => existing, role);
        return RpcStatus.Ok;
    }

    public static RpcStatus RevokeRole(AuthRecord record, string name, string role)
    {
        if (record.Enabled && name == AuthState.Root && role == AuthState.Root) return EtcdErrors.InvalidAuthManagement;
        if (FindUser(record, name) is not { } user) return EtcdErrors.UserNotFound;
        return user.Roles.Remove(role) ? RpcStatus.Ok : EtcdErrors.RoleNotGranted;
    }

    public static RpcStatus AddRole(AuthRecord record, string name)
    {
        if (FindRole(record, name) is not null) return EtcdErrors.RoleExists;
        Insert(record.Roles, new AuthRole { Name = name }, existing => existing.Name, name);
        return RpcStatus.Ok;
    }

    public static RpcStatus DeleteRole(AuthRecord record, string name)
    {
        if (record.Enabled && name == AuthState.Root) return EtcdErrors.InvalidAuthManagement;
        if (FindRole(record, name) is not { } role) return EtcdErrors.RoleNotFound;
        record.Roles.Remove(role);
        foreach (var user in record.Users) user.Roles.Remove(name);
        return RpcStatus.Ok;
    }

    public static RpcStatus GrantPermission(AuthRecord record, string name, Permission permission)
    {
        if (FindRole(record, name) is not { } role) return EtcdErrors.RoleNotFound;
        if (FindPermission(role, permission) is { } known)
        {
            known.PermType = permission.PermType;
            return RpcStatus.Ok;
        }
        var at = 0;
        while (at < role.Permissions.Count && Compare(role.Permissions[at], permission) < 0) at++;
        role.Permissions.Insert(at, permission.Clone());
        return RpcStatus.Ok;
    }

    public static RpcStatus RevokePermission(AuthRecord record, string name, Permission permission)
    {
        if (FindRole(record, name) is not { } role) return EtcdErrors.RoleNotFound;
        return FindPermission(role, permission) is { } known && role.Permissions.Remove(known) ? RpcStatus.Ok : EtcdErrors.PermissionNotGranted;
    }

    public static AuthUser? FindUser(AuthRecord record, string name) => record.Users.FirstOrDefault(user => user.Name == name);

    public static AuthRole? FindRole(AuthRecord record, string name) => record.Roles.FirstOrDefault(role => role.Name == name);

    private static Permission? FindPermission(AuthRole role, Permission permission) =>
        role.Permissions.FirstOrDefault(known => Compare(known, permission) == 0);

    private static int Compare(Permission left, Permission right)
    {
        var keys = left.Key.Span.SequenceCompareTo(right.Key.Span);
        return keys != 0 ? keys : left.RangeEnd.Span.SequenceCompareTo(right.RangeEnd.Span);
    }

    private static void Insert<T>(RepeatedField<T> list, T item, Func<T, string> nameOf, string name)
    {
        var at = 0;
        while (at < list.Count && string.CompareOrdinal(nameOf(list[at]), name) < 0) at++;
        list.Insert(at, item);
    }
}
