using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Auth;
using Hive.Etcd.Tests.Wire;

namespace Hive.Etcd.Tests;

public sealed class AuthTests : FaceFixture
{
    private const string Auth = "/etcdserverpb.Auth/";

    private async Task<(RpcCode Code, string Message)> DoAsync(string method, IMessage request, string? token = null)
    {
        (string, string)[] metadata = token is null ? [] : [("token", token)];
        var answer = await Client.CallAsync(Auth + method, request, AuthEnableResponse.Parser, metadata);
        return (answer.Code, answer.Message);
    }

    private async Task MustAsync(string method, IMessage request, string? token = null) => Assert.Equal((RpcCode.Ok, ""), await DoAsync(method, request, token));

    private async Task<string> TokenAsync(string name, string password)
    {
        var answer = await Client.CallAsync(Auth + "Authenticate", new AuthenticateRequest { Name = name, Password = password }, AuthenticateResponse.Parser);
        Assert.Equal((RpcCode.Ok, ""), (answer.Code, answer.Message));
        return answer.Response!.Token;
    }

    /// <summary>Root, and one user who may read a..c and write b..d.</summary>
    private async Task<(string Root, string User)> EnableAsync()
    {
        await MustAsync("UserAdd", new AuthUserAddRequest { Name = "root", Password = "r" });
        await MustAsync("RoleAdd", new AuthRoleAddRequest { Name = "root" });
        await MustAsync("UserGrantRole", new AuthUserGrantRoleRequest { User = "root", Role = "root" });
        await MustAsync("UserAdd", new AuthUserAddRequest { Name = "u", Password = "p" });
        await MustAsync("RoleAdd", new AuthRoleAddRequest { Name = "some" });
        await MustAsync("RoleGrantPermission", Grant(Permission.Types.Type.Read, "a", "b"));
        await MustAsync("RoleGrantPermission", Grant(Permission.Types.Type.Readwrite, "b", "c"));
        await MustAsync("RoleGrantPermission", Grant(Permission.Types.Type.Write, "c", "d"));
        await MustAsync("UserGrantRole", new AuthUserGrantRoleRequest { User = "u", Role = "some" });
        await MustAsync("AuthEnable", new AuthEnableRequest());
        return (await TokenAsync("root", "r"), await TokenAsync("u", "p"));
    }

    private static AuthRoleGrantPermissionRequest Grant(Permission.Types.Type type, string key, string end) =>
        new() { Name = "some", Perm = new Permission { PermType = type, Key = Bytes(key), RangeEnd = Bytes(end) } };

    private async Task<RpcCode> CallAsync(IMessage request, string token)
    {
        var method = request switch { RangeRequest => "Range", PutRequest => "Put", DeleteRangeRequest => "DeleteRange", _ => "Txn" };
        return (await Client.CallAsync($"/etcdserverpb.KV/{method}", request, TxnResponse.Parser, ("token", token))).Code;
    }

    [Fact]
    public async Task Enabling_needs_a_root_user_with_the_root_role()
    {
        Assert.Equal((RpcCode.FailedPrecondition, "etcdserver: root user does not exist"), await DoAsync("AuthEnable", new AuthEnableRequest()));
        await MustAsync("UserAdd", new AuthUserAddRequest { Name = "root", Password = "r" });
        Assert.Equal((RpcCode.FailedPrecondition, "etcdserver: root user does not have root role"), await DoAsync("AuthEnable", new AuthEnableRequest()));
        var early = await DoAsync("Authenticate", new AuthenticateRequest { Name = "root", Password = "r" });
        Assert.Equal((RpcCode.FailedPrecondition, "etcdserver: authentication is not enabled"), early);
    }

    [Fact]
    public async Task Without_valid_credentials_nothing_is_served()
    {
        await EnableAsync();
        var none = await RangeAsync(new RangeRequest { Key = Bytes("a") });
        Assert.Equal((RpcCode.InvalidArgument, "etcdserver: user name is empty"), (none.Code, none.Message));
        var forged = await Client.CallAsync("/etcdserverpb.KV/Range", new RangeRequest { Key = Bytes("a") }, RangeResponse.Parser, ("token", "x.y.z"));
        Assert.Equal((RpcCode.Unauthenticated, "etcdserver: invalid auth token"), (forged.Code, forged.Message));
        var wrong = await DoAsync("Authenticate", new AuthenticateRequest { Name = "u", Password = "wrong" });
        Assert.Equal((RpcCode.InvalidArgument, "etcdserver: authentication failed, invalid user ID or password"), wrong);
    }

    [Fact]
    public async Task A_user_reaches_what_the_roles_allow_and_no_more()
    {
        var (root, user) = await EnableAsync();
        Assert.Equal(RpcCode.Ok, await CallAsync(new RangeRequest { Key = Bytes("a"), RangeEnd = Bytes("c") }, user));
        Assert.Equal(RpcCode.PermissionDenied, await CallAsync(new RangeRequest { Key = Bytes("a"), RangeEnd = Bytes("c\0") }, user));
        Assert.Equal(RpcCode.PermissionDenied, await CallAsync(new PutRequest { Key = Bytes("a") }, user));
        Assert.Equal(RpcCode.Ok, await CallAsync(new PutRequest { Key = Bytes("c1") }, user));
        Assert.Equal(RpcCode.PermissionDenied, await CallAsync(new PutRequest { Key = Bytes("c1"), PrevKv = true }, user));
        Assert.Equal(RpcCode.Ok, await CallAsync(new DeleteRangeRequest { Key = Bytes("b"), RangeEnd = Bytes("d") }, user));
        Assert.Equal(RpcCode.PermissionDenied, await CallAsync(new DeleteRangeRequest { Key = Bytes("a"), RangeEnd = Bytes("d") }, user));
        Assert.Equal(RpcCode.PermissionDenied, await CallAsync(new TxnRequest { Compare = { VersionIs("c", 0) }, Success = { Put("b", "") } }, user));
        Assert.Equal(RpcCode.PermissionDenied, await CallAsync(new TxnRequest { Success = { Put("b", "") }, Failure = { Get("z") } }, user));
        Assert.Equal(RpcCode.Ok, await CallAsync(new TxnRequest { Compare = { VersionIs("b", 0) }, Success = { Put("b", "") } }, user));
        Assert.Equal(RpcCode.Ok, await CallAsync(new RangeRequest { Key = Bytes("\0"), RangeEnd = Bytes("\0") }, root));
    }

    [Fact]
    public async Task A_watch_outside_the_permissions_is_refused_on_its_stream()
    {
        var (_, user) = await EnableAsync();
        await using var watch = Client.Open<WatchRequest, WatchResponse>("/etcdserverpb.Watch/Watch", WatchResponse.Parser, ("token", user));
        await watch.SendAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = Bytes("z") } });
        var refused = (await watch.NextAsync())!;
        Assert.True(refused.Created && refused.Canceled);
        Assert.Equal("rpc error: code = PermissionDenied desc = etcdserver: permission denied", refused.CancelReason);
        await watch.SendAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = Bytes("b") } });
        Assert.False((await watch.NextAsync())!.Canceled);
    }

    /// <summary>What was made before a permission was taken away may still be heard; nothing made after it is.</summary>
    [Fact]
    public async Task A_watch_ends_with_the_permission_it_was_opened_by()
    {
        var (_, user) = await EnableAsync();
        await using var watch = Client.Open<WatchRequest, WatchResponse>("/etcdserverpb.Watch/Watch", WatchResponse.Parser, ("token", user));
        foreach (var key in new[] { "a", "b" })
        {
            await watch.SendAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = Bytes(key) } });
            Assert.False((await watch.NextAsync())!.Canceled);
        }
        Queen.Apply(new Store.MutateCommand(new Store.PutOperation("a"u8.ToArray(), "1"u8.ToArray())));
        Assert.Equal(0, (await watch.NextAsync())!.WatchId);
        Revoke("some", "a");
        Queen.Apply(new Store.MutateCommand(new Store.PutOperation("a"u8.ToArray(), "secret"u8.ToArray())));
        var ended = (await watch.NextAsync())!;
        Assert.Equal((0, true, 0), (ended.WatchId, ended.Canceled, ended.Events.Count));
        Assert.Equal("rpc error: code = PermissionDenied desc = etcdserver: permission denied", ended.CancelReason);
        // What the user may read still goes on.
        Queen.Apply(new Store.MutateCommand(new Store.PutOperation("b"u8.ToArray(), "2"u8.ToArray())));
        Assert.Equal((1, 1), ((await watch.NextAsync())! is var heard ? ((int)heard.WatchId, heard.Events.Count) : default));
    }

    public static TheoryData<IMessage, string> Writes => new()
    {
        { new PutRequest { Key = Bytes("b"), Lease = 7 }, "/etcdserverpb.KV/Put" },
        { new DeleteRangeRequest { Key = Bytes("b") }, "/etcdserverpb.KV/DeleteRange" },
        { new TxnRequest { Compare = { VersionIs("b", 1) }, Success = { Put("b", "txn") } }, "/etcdserverpb.KV/Txn" },
        { new LeaseRevokeRequest { ID = 7 }, "/etcdserverpb.Lease/LeaseRevoke" },
        { new LockRequest { Name = Bytes("b"), Lease = 7 }, "/v3lockpb.Lock/Lock" },
        { new UnlockRequest { Key = Bytes("b") }, "/v3lockpb.Lock/Unlock" },
        { new ProclaimRequest { Leader = new LeaderKey { Key = Bytes("b"), Rev = 2 } }, "/v3electionpb.Election/Proclaim" },
        { new ResignRequest { Leader = new LeaderKey { Key = Bytes("b"), Rev = 2 } }, "/v3electionpb.Election/Resign" },
        { new RestoreRequest { Key = Bytes("b"), To = 1 }, "/hive.v1.Travel/Restore" },
    };

    /// <summary>The check and the write are two moments: what is taken away between them is gone, what is left is enough.</summary>
    [Theory, MemberData(nameof(Writes))]
    public async Task A_permission_taken_away_before_the_write_has_its_turn_stops_it(IMessage write, string method)
    {
        Queen.Apply(new Store.LeaseGrantCommand(new(7), 60));
        await PutAsync("b", "before", lease: 7);
        var (_, user) = await EnableAsync();
        var before = Queen.Store.Revision;
        Queen.OnProposal = () => { Queen.OnProposal = null; Revoke("some", "b"); };
        Assert.Equal(RpcCode.PermissionDenied, (await Client.CallAsync(method, write, TxnResponse.Parser, ("token", user))).Code);
        Assert.Equal(before, Queen.Store.Revision);
    }

    [Theory, MemberData(nameof(Writes))]
    public async Task A_write_goes_on_when_what_it_needs_was_not_taken_away(IMessage write, string method)
    {
        Queen.Apply(new Store.LeaseGrantCommand(new(7), 60));
        await PutAsync("b", "before", lease: 7);
        var (_, user) = await EnableAsync();
        var before = Queen.Store.Revision;
        Queen.OnProposal = () => { Queen.OnProposal = null; Revoke("some", "c"); };
        var answer = await Client.CallAsync(method, write, TxnResponse.Parser, ("token", user));
        Assert.Equal((RpcCode.Ok, ""), (answer.Code, answer.Message));
        Assert.Equal(before.Next, Queen.Store.Revision);
    }

    public static TheoryData<IMessage, string> ManagingWrites => new()
    {
        { new AuthUserDeleteRequest { Name = "u" }, "/etcdserverpb.Auth/UserDelete" },
        { new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, MemberID = 1, Alarm = AlarmType.Nospace }, "/etcdserverpb.Maintenance/Alarm" },
        { new RetentionRequest { Change = new Messages.Retention { AgeSeconds = 60 } }, "/hive.v1.Travel/Retention" },
    };

    [Theory, MemberData(nameof(ManagingWrites))]
    public async Task Who_manages_no_more_changes_nothing_more(IMessage request, string method)
    {
        var (root, _) = await EnableAsync();
        Queen.OnProposal = () => { Queen.OnProposal = null; Dismiss(); };
        var answer = await Client.CallAsync(method, request, AuthEnableResponse.Parser, ("token", root));
        Assert.Equal((RpcCode.PermissionDenied, "etcdserver: permission denied"), (answer.Code, answer.Message));
        Assert.Null(Queen.Store.Snapshot().Record("etcd/alarms"u8.ToArray()));
        Assert.Equal(Store.Retention.Default, Queen.Store.Snapshot().Retention);
    }

    public static TheoryData<IMessage, string> ManagingBeyondTheStore => new()
    {
        { new MemberAddRequest { PeerURLs = { "http://127.0.0.1:9" } }, "/etcdserverpb.Cluster/MemberAdd" },
        { new MemberRemoveRequest { ID = DirectQueen.Id.Value }, "/etcdserverpb.Cluster/MemberRemove" },
        { new MemberUpdateRequest { ID = DirectQueen.Id.Value, PeerURLs = { "http://127.0.0.1:9" } }, "/etcdserverpb.Cluster/MemberUpdate" },
        { new MemberPromoteRequest { ID = DirectQueen.Id.Value }, "/etcdserverpb.Cluster/MemberPromote" },
        { new MoveLeaderRequest { TargetID = DirectQueen.Id.Value }, "/etcdserverpb.Maintenance/MoveLeader" },
        { new HashKVRequest { Revision = 1 }, "/etcdserverpb.Maintenance/HashKV" },
        { new LogRequest(), "/hive.v1.Archive/Log" },
    };

    /// <summary>What was decided at another member before the call came may arrive here only with the barrier.</summary>
    [Theory, MemberData(nameof(ManagingBeyondTheStore))]
    public async Task Members_and_leadership_are_managed_by_users_and_roles_as_they_are_after_a_barrier(IMessage request, string method)
    {
        var (root, _) = await EnableAsync();
        Queen.OnRead = () => { Queen.OnRead = null; Dismiss(); };
        var answer = await Client.CallAsync(method, request, AuthEnableResponse.Parser, ("token", root));
        Assert.Equal((RpcCode.PermissionDenied, "etcdserver: permission denied"), (answer.Code, answer.Message));
    }

    public static TheoryData<IMessage, string> AskedOfOneMember => new()
    {
        { new SnapshotRequest(), "/etcdserverpb.Maintenance/Snapshot" },
        { new HashRequest(), "/etcdserverpb.Maintenance/Hash" },
        { new DefragmentRequest(), "/etcdserverpb.Maintenance/Defragment" },
        { new DowngradeRequest { Action = DowngradeRequest.Types.DowngradeAction.Cancel }, "/etcdserverpb.Maintenance/Downgrade" },
    };

    /// <summary>A member gives these without a majority, by users and roles as it knows them.</summary>
    [Theory, MemberData(nameof(AskedOfOneMember))]
    public async Task What_one_member_does_or_gives_away_alone_is_for_who_manages(IMessage request, string method)
    {
        var (root, user) = await EnableAsync();
        Assert.Equal((RpcCode.PermissionDenied, "etcdserver: permission denied"), await StatusOfAsync(request, method, user));
        Assert.NotEqual(RpcCode.PermissionDenied, (await StatusOfAsync(request, method, root)).Code);
        Dismiss();
        Assert.Equal(RpcCode.PermissionDenied, (await StatusOfAsync(request, method, root)).Code);
    }

    /// <summary>How a call ends, however many messages it is answered with.</summary>
    private async Task<(RpcCode Code, string Message)> StatusOfAsync(IMessage request, string method, string token)
    {
        await using var call = Client.Open<IMessage, AuthEnableResponse>(method, AuthEnableResponse.Parser, ("token", token));
        await call.SendAsync(request);
        call.CompleteRequests();
        while (await call.NextAsync() is not null) { }
        return await call.StatusAsync();
    }

    private void Dismiss() => Change(record => record.Users.Single(user => user.Name == "root").Roles.Clear());

    private void Revoke(string role, string from) => Change(record =>
    {
        var permissions = record.Roles.Single(known => known.Name == role).Permissions;
        permissions.Remove(permissions.Single(permission => permission.Key == Bytes(from)));
    });

    /// <summary>Straight into the store, as another member's change arrives.</summary>
    private void Change(Action<AuthRecord> change)
    {
        var (version, value) = Queen.Store.Snapshot().Record(AuthGate.RecordName)!.Value;
        var record = AuthRecord.Parser.ParseFrom(value.Span);
        change(record);
        Queen.Apply(new Store.SetRecordCommand(AuthGate.RecordName, version, record.ToByteArray()));
    }

    [Fact]
    public async Task A_read_is_permitted_by_users_and_roles_as_they_are_after_its_barrier()
    {
        var (_, user) = await EnableAsync();
        Assert.Equal(RpcCode.Ok, await CallAsync(new RangeRequest { Key = Bytes("a") }, user));
        Queen.OnRead = () => { Queen.OnRead = null; Revoke("some", "a"); };
        Assert.Equal(RpcCode.PermissionDenied, await CallAsync(new RangeRequest { Key = Bytes("a") }, user));
        Queen.OnRead = () => { Queen.OnRead = null; Revoke("some", "b"); };
        Assert.Equal(RpcCode.PermissionDenied, await CallAsync(new TxnRequest { Success = { Get("b") } }, user));
    }

    [Fact]
    public async Task Only_root_manages_and_a_new_password_voids_tokens()
    {
        var (root, user) = await EnableAsync();
        Assert.Equal((RpcCode.PermissionDenied, "etcdserver: permission denied"), await DoAsync("UserList", new AuthUserListRequest(), user));
        var log = await Client.CallAsync("/hive.v1.Archive/Log", new LogRequest(), LogResponse.Parser, ("token", user));
        Assert.Equal(RpcCode.PermissionDenied, log.Code);
        await MustAsync("UserGet", new AuthUserGetRequest { Name = "u" }, user);
        Assert.Equal((RpcCode.InvalidArgument, "etcdserver: invalid auth management"), await DoAsync("UserDelete", new AuthUserDeleteRequest { Name = "root" }, root));
        await MustAsync("UserChangePassword", new AuthUserChangePasswordRequest { Name = "u", Password = "new" }, root);
        Assert.Equal(RpcCode.Unauthenticated, await CallAsync(new RangeRequest { Key = Bytes("a") }, user));
        Assert.Equal(RpcCode.Ok, await CallAsync(new RangeRequest { Key = Bytes("a") }, await TokenAsync("u", "new")));
        await MustAsync("AuthDisable", new AuthDisableRequest(), root);
        Assert.Equal(RpcCode.Ok, (await RangeAsync(new RangeRequest { Key = Bytes("z") })).Code);
    }

    [Fact]
    public async Task Users_and_roles_move_no_revision_and_are_no_keys()
    {
        var (root, _) = await EnableAsync();
        var all = await Client.CallAsync(
            "/etcdserverpb.KV/Range", new RangeRequest { Key = Bytes("\0"), RangeEnd = Bytes("\0") }, RangeResponse.Parser, ("token", root));
        Assert.Equal((0, 1), (all.Response!.Count, all.Response.Header.Revision));
    }

    [Theory]
    [InlineData("a", "", "a", "", true)]
    [InlineData("a", "c", "b", "", true)]
    [InlineData("a", "c", "c", "", false)]
    [InlineData("a", "c", "a", "d", false)]
    [InlineData("a", "\0", "x", "\0", true)]
    [InlineData("a", "z", "x", "\0", false)]
    [InlineData("b", "\0", "a", "c", false)]
    public void A_range_covers_what_lies_in_it(string from, string end, string key, string keyEnd, bool covered)
    {
        var ranges = new KeyRanges([(Bytes(from).Memory, Bytes(end).Memory)]);
        Assert.Equal(covered, ranges.Cover(Bytes(key).Memory, Bytes(keyEnd).Memory));
    }

    [Fact]
    public void A_token_is_void_when_changed_expired_or_signed_by_another_key()
    {
        var now = DateTimeOffset.UnixEpoch.AddDays(1);
        byte[] key = [1, 2, 3];
        var token = JsonWebTokens.Make(key, "u", 4, now.AddMinutes(1));
        Assert.Equal(new TokenClaims("u", 4), JsonWebTokens.Read(key, token, now, out _));
        Assert.Null(JsonWebTokens.Read(key, token, now.AddMinutes(1), out _));
        Assert.Null(JsonWebTokens.Read([9], token, now, out _));
        for (var i = 0; i < token.Length; i++)
        {
            var changed = token.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            var read = JsonWebTokens.Read(key, new string(changed), now, out _);
            // The last character of a part carries unused bits: a change there may mean the same token.
            Assert.True(read is null || read == new TokenClaims("u", 4));
            if (i < token.LastIndexOf('.')) Assert.Null(read);
        }
    }
}
