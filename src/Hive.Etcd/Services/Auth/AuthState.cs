using System.Collections.Frozen;
using Hive.Etcd.Messages;

namespace Hive.Etcd.Services.Auth;

/// <summary>Users and roles at one moment, ready to be asked. Immutable.</summary>
internal sealed class AuthState
{
    public const string Root = "root";

    public static readonly AuthState Empty = new(0, new AuthRecord());

    private readonly FrozenDictionary<string, UserRights> _rights;

    public AuthState(long version, AuthRecord record)
    {
        Version = version;
        Record = record;
        _rights = record.Users.ToFrozenDictionary(user => user.Name, user => new UserRights(user, record), StringComparer.Ordinal);
    }

    /// <summary>Version of the record it was read from; 0: there is none.</summary>
    public long Version { get; }

    /// <summary>Not to be changed: <see cref="AuthRecord.Clone"/> it.</summary>
    public AuthRecord Record { get; }

    public bool IsEnabled => Record.Enabled;

    public UserRights? Find(string user) => _rights.GetValueOrDefault(user);
}

/// <summary>What one user may do.</summary>
internal sealed class UserRights
{
    private readonly KeyRanges _read;
    private readonly KeyRanges _write;

    public UserRights(AuthUser user, AuthRecord record)
    {
        User = user;
        IsRoot = user.Roles.Contains(AuthState.Root);
        var permissions = record.Roles.Where(role => user.Roles.Contains(role.Name)).SelectMany(role => role.Permissions).ToList();
        _read = Ranges(permissions, Permission.Types.Type.Write);
        _write = Ranges(permissions, Permission.Types.Type.Read);
    }

    public AuthUser User { get; }
    public bool IsRoot { get; }

    public bool MayRead(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> end) => IsRoot || _read.Cover(key, end);

    public bool MayWrite(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> end) => IsRoot || _write.Cover(key, end);

    private static KeyRanges Ranges(List<Permission> permissions, Permission.Types.Type but) =>
        new(permissions.Where(permission => permission.PermType != but).Select(permission => (permission.Key.Memory, permission.RangeEnd.Memory)));
}
