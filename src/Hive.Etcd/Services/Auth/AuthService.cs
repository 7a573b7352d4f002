using System.Collections.Immutable;
using System.Security.Cryptography;
using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Store;

namespace Hive.Etcd.Services.Auth;

/// <summary>
/// etcdserverpb.Auth. Users and roles are one record of the store: a change is read, made on a copy, and written only while the record is
/// still the one that was read.
/// </summary>
internal sealed class AuthService(QueenGate gate, AuthGate auth, TokenBook tokens)
{
    private const string Service = "etcdserverpb.Auth";

    public ImmutableArray<RpcMethod> Methods =>
    [
        Change("AuthEnable", AuthEnableRequest.Parser, EnableStep, header => new AuthEnableResponse { Header = header }, "/v3/auth/enable"),
        Change("AuthDisable", AuthDisableRequest.Parser, _ => AuthChanges.Disable, header => new AuthDisableResponse { Header = header }, "/v3/auth/disable"),
        Read("AuthStatus", AuthStatusRequest.Parser, Status, "/v3/auth/status"),
        new UnaryMethod<AuthenticateRequest, AuthenticateResponse>(Service, "Authenticate", AuthenticateRequest.Parser, AuthenticateAsync, "/v3/auth/authenticate"),
        Change("UserAdd", AuthUserAddRequest.Parser, UserAddStep, header => new AuthUserAddResponse { Header = header }, "/v3/auth/user/add"),
        Read("UserGet", AuthUserGetRequest.Parser, GetUser, "/v3/auth/user/get"),
        Read("UserList", AuthUserListRequest.Parser, ListUsers, "/v3/auth/user/list"),
        Change("UserDelete", AuthUserDeleteRequest.Parser, request => record => AuthChanges.DeleteUser(record, request.Name),
            header => new AuthUserDeleteResponse { Header = header }, "/v3/auth/user/delete"),
        Change("UserChangePassword", AuthUserChangePasswordRequest.Parser, ChangePasswordStep,
            header => new AuthUserChangePasswordResponse { Header = header }, "/v3/auth/user/changepw"),
        Change("UserGrantRole", AuthUserGrantRoleRequest.Parser, request => record => AuthChanges.GrantRole(record, request.User, request.Role),
            header => new AuthUserGrantRoleResponse { Header = header }, "/v3/auth/user/grant"),
        Change("UserRevokeRole", AuthUserRevokeRoleRequest.Parser, request => record => AuthChanges.RevokeRole(record, request.Name, request.Role),
            header => new AuthUserRevokeRoleResponse { Header = header }, "/v3/auth/user/revoke"),
        Change("RoleAdd", AuthRoleAddRequest.Parser, RoleAddStep, header => new AuthRoleAddResponse { Header = header }, "/v3/auth/role/add"),
        Read("RoleGet", AuthRoleGetRequest.Parser, GetRole, "/v3/auth/role/get"),
        Read("RoleList", AuthRoleListRequest.Parser, ListRoles, "/v3/auth/role/list"),
        Change("RoleDelete", AuthRoleDeleteRequest.Parser, request => record => AuthChanges.DeleteRole(record, request.Role),
            header => new AuthRoleDeleteResponse { Header = header }, "/v3/auth/role/delete"),
        Change("RoleGrantPermission", AuthRoleGrantPermissionRequest.Parser,
            request => record => request.Perm is null ? EtcdErrors.PermissionNotGiven : AuthChanges.GrantPermission(record, request.Name, request.Perm),
            header => new AuthRoleGrantPermissionResponse { Header = header }, "/v3/auth/role/grant"),
        Change("RoleRevokePermission", AuthRoleRevokePermissionRequest.Parser,
            request => record => AuthChanges.RevokePermission(record, request.Role, new Permission { Key = request.Key, RangeEnd = request.RangeEnd }),
            header => new AuthRoleRevokePermissionResponse { Header = header }, "/v3/auth/role/revoke"),
    ];

    /// <summary>A method that changes the record; only root may, once authentication is on.</summary>
    private UnaryMethod<TRequest, TResponse> Change<TRequest, TResponse>(
        string name, MessageParser<TRequest> parser, Func<TRequest, Func<AuthRecord, RpcStatus>> step, Func<ResponseHeader, TResponse> answer, string path)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage =>
        new(Service, name, parser, async (context, request, cancellation) =>
        {
            var status = await ChangeAsync(context, step(request), cancellation);
            return status.IsOk ? answer(gate.Header(gate.Queen.Store.Revision)) : status;
        }, path);

    /// <summary>A method that only reads the record, after a read barrier.</summary>
    private UnaryMethod<TRequest, TResponse> Read<TRequest, TResponse>(
        string name, MessageParser<TRequest> parser, Func<RpcContext, TRequest, AuthState, ResponseHeader, RpcResult<TResponse>> answer, string path)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage =>
        new(Service, name, parser, async (context, request, cancellation) =>
        {
            var read = await gate.ReadAsync(serializable: false, cancellation);
            return read.Succeeded(out var snapshot, out var status)
                ? answer(context, request, AuthGate.Read(snapshot), gate.Header(snapshot))
                : status;
        }, path);

    private async ValueTask<RpcStatus> ChangeAsync(RpcContext context, Func<AuthRecord, RpcStatus> step, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await gate.ReadAsync(serializable: false, cancellation);
            if (!read.Succeeded(out var snapshot, out var status)) return status;
            var state = AuthGate.Read(snapshot);
            // By the record that the change is made on, or by a later one: then it is not taken, and all is looked at again.
            if (auth.CheckAdmin(context) is { IsOk: false } refused) return refused;
            var record = state.Record.Clone();
            status = step(record);
            if (!status.IsOk) return status;
            record.Revision++;
            var command = new SetRecordCommand(AuthGate.RecordName, state.Version, record.ToByteArray());
            var proposed = await gate.ProposeAsync(command, cancellation);
            if (!proposed.Succeeded(out var applied, out status)) return status;
            if (((RecordResult)applied.Result!).Taken) return RpcStatus.Ok;
        }
    }

    private async ValueTask<RpcResult<AuthenticateResponse>> AuthenticateAsync(RpcContext context, AuthenticateRequest request, CancellationToken cancellation)
    {
        var read = await gate.ReadAsync(serializable: false, cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        var state = AuthGate.Read(snapshot);
        if (!state.IsEnabled) return EtcdErrors.AuthNotEnabled;
        if (state.Find(request.Name) is not { } user || !Passwords.IsRight(user.User, request.Password)) return EtcdErrors.AuthFailed;
        var given = await tokens.GiveAsync(state, request.Name, cancellation);
        return given.Succeeded(out var token, out status) ? new AuthenticateResponse { Header = gate.Header(snapshot), Token = token } : status;
    }

    private static Func<AuthRecord, RpcStatus> EnableStep(AuthEnableRequest request)
    {
        var key = RandomNumberGenerator.GetBytes(JsonWebTokens.KeyBytes);
        return record => AuthChanges.Enable(record, key);
    }

    private static Func<AuthRecord, RpcStatus> UserAddStep(AuthUserAddRequest request)
    {
        if (request.Name.Length == 0) return _ => EtcdErrors.UserEmpty;
        var user = new AuthUser { Name = request.Name, NoPassword = request.Options?.NoPassword ?? false };
        if (!user.NoPassword && !Passwords.TrySet(user, request.Password, request.HashedPassword)) return _ => EtcdErrors.BadHashedPassword;
        return record => AuthChanges.AddUser(record, user.Clone());
    }

    private static Func<AuthRecord, RpcStatus> ChangePasswordStep(AuthUserChangePasswordRequest request)
    {
        var user = new AuthUser { Name = request.Name };
        if (!Passwords.TrySet(user, request.Password, request.HashedPassword)) return _ => EtcdErrors.BadHashedPassword;
        return record => AuthChanges.ChangePassword(record, user);
    }

    private static Func<AuthRecord, RpcStatus> RoleAddStep(AuthRoleAddRequest request) =>
        record => request.Name.Length == 0 ? EtcdErrors.RoleEmpty : AuthChanges.AddRole(record, request.Name);

    private RpcResult<AuthStatusResponse> Status(RpcContext context, AuthStatusRequest request, AuthState state, ResponseHeader header) =>
        new AuthStatusResponse { Header = header, Enabled = state.IsEnabled, AuthRevision = Math.Max(state.Record.Revision, 1) };

    private RpcResult<AuthUserGetResponse> GetUser(RpcContext context, AuthUserGetRequest request, AuthState state, ResponseHeader header)
    {
        var status = auth.Identify(context, out var caller);
        if (!status.IsOk) return status;
        if (caller is { IsRoot: false } && caller.User.Name != request.Name) return EtcdErrors.PermissionDenied;
        if (AuthChanges.FindUser(state.Record, request.Name) is not { } user) return EtcdErrors.UserNotFound;
        return new AuthUserGetResponse { Header = header, Roles = { user.Roles } };
    }

    private RpcResult<AuthUserListResponse> ListUsers(RpcContext context, AuthUserListRequest request, AuthState state, ResponseHeader header) =>
        auth.CheckAdmin(context) is { IsOk: false } refused
            ? refused
            : new AuthUserListResponse { Header = header, Users = { state.Record.Users.Select(user => user.Name) } };

    private RpcResult<AuthRoleGetResponse> GetRole(RpcContext context, AuthRoleGetRequest request, AuthState state, ResponseHeader header)
    {
        var status = auth.Identify(context, out var caller);
        if (!status.IsOk) return status;
        if (caller is { IsRoot: false } && !caller.User.Roles.Contains(request.Role)) return EtcdErrors.PermissionDenied;
        if (AuthChanges.FindRole(state.Record, request.Role) is not { } role) return EtcdErrors.RoleNotFound;
        return new AuthRoleGetResponse { Header = header, Perm = { role.Permissions } };
    }

    private RpcResult<AuthRoleListResponse> ListRoles(RpcContext context, AuthRoleListRequest request, AuthState state, ResponseHeader header) =>
        auth.CheckAdmin(context) is { IsOk: false } refused
            ? refused
            : new AuthRoleListResponse { Header = header, Roles = { state.Record.Roles.Select(role => role.Name) } };
}
