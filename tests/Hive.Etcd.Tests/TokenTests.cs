using System.Text;
using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Tests.Wire;

namespace Hive.Etcd.Tests;

/// <summary>Simple tokens, as etcd's default: through any member, prolonged by use, gone when their time is over.</summary>
public sealed class TokenTests : FaceFixture
{
    private const string Auth = "/etcdserverpb.Auth/";

    protected override EtcdFaceOptions Options => base.Options with { AuthToken = AuthTokenKind.Simple };

    private async Task EnableAsync()
    {
        await MustAsync("UserAdd", new AuthUserAddRequest { Name = "root", Password = "r" });
        await MustAsync("RoleAdd", new AuthRoleAddRequest { Name = "root" });
        await MustAsync("UserGrantRole", new AuthUserGrantRoleRequest { User = "root", Role = "root" });
        await MustAsync("AuthEnable", new AuthEnableRequest());
    }

    private async Task MustAsync(string method, IMessage request, string? token = null)
    {
        (string, string)[] metadata = token is null ? [] : [("token", token)];
        var answer = await Client.CallAsync(Auth + method, request, AuthEnableResponse.Parser, metadata);
        Assert.Equal((RpcCode.Ok, ""), (answer.Code, answer.Message));
    }

    private static async Task<string> TokenAsync(WireClient client, string name = "root", string password = "r")
    {
        var request = new AuthenticateRequest { Name = name, Password = password };
        return (await client.CallAsync(Auth + "Authenticate", request, AuthenticateResponse.Parser)).Response!.Token;
    }

    private static async Task<(RpcCode Code, string Message)> GetAsync(WireClient client, string token)
    {
        var answer = await client.CallAsync("/etcdserverpb.KV/Range", new RangeRequest { Key = Bytes("a") }, RangeResponse.Parser, ("token", token));
        return (answer.Code, answer.Message);
    }

    [Fact]
    public async Task A_simple_token_looks_like_etcds_and_is_taken_by_every_member_whatever_kind_it_gives()
    {
        await EnableAsync();
        var token = await TokenAsync(Client);
        Assert.Matches("^[a-zA-Z]{16}\\.[0-9]+$", token);
        await using var other = await EtcdFace.StartAsync(Queen, base.Options, CancellationToken.None);
        using var client = new WireClient(new Uri($"http://{other.Endpoints[0].Address}"));
        Assert.Equal((RpcCode.Ok, ""), await GetAsync(client, token));
        var signed = await TokenAsync(client);
        Assert.Equal(2, signed.Count(c => c == '.'));
        Assert.Equal((RpcCode.Ok, ""), await GetAsync(Client, signed));
    }

    [Theory]
    [InlineData("aaaaaaaaaaaaaaaa.1")]
    [InlineData("aaaaaaaaaaaaaaaa.")]
    [InlineData("aaaaaaaaaaaaaaaa.x")]
    [InlineData("nonsense")]
    public async Task What_was_never_given_is_refused(string token)
    {
        await EnableAsync();
        Assert.Equal((RpcCode.Unauthenticated, "etcdserver: invalid auth token"), await GetAsync(Client, token));
    }

    [Fact]
    public async Task A_token_ends_when_it_is_not_used_and_lives_on_while_it_is()
    {
        await EnableAsync();
        string unused = await TokenAsync(Client), used = await TokenAsync(Client);
        Queen.Ahead = TimeSpan.FromSeconds(200);
        Assert.Equal(RpcCode.Ok, (await GetAsync(Client, used)).Code);
        await UntilAsync(() => Queen.Store.Snapshot().Records(Encoding.ASCII.GetBytes("etcd/token/")).Max(record => record.Version) == 2);
        Queen.Ahead = TimeSpan.FromSeconds(400);
        Assert.Equal((RpcCode.Unauthenticated, "etcdserver: invalid auth token"), await GetAsync(Client, unused));
        Assert.Equal(RpcCode.Ok, (await GetAsync(Client, used)).Code);
    }

    [Fact]
    public async Task A_new_password_voids_simple_tokens_too()
    {
        await EnableAsync();
        var token = await TokenAsync(Client);
        await MustAsync("UserChangePassword", new AuthUserChangePasswordRequest { Name = "root", Password = "new" }, token);
        Assert.Equal((RpcCode.Unauthenticated, "etcdserver: invalid auth token"), await GetAsync(Client, token));
    }

    [Fact]
    public async Task A_member_that_has_not_applied_a_token_yet_catches_up_before_it_refuses()
    {
        await EnableAsync();
        var before = Queen.Reads;
        // A write: it needs no barrier of its own.
        var answer = await Client.CallAsync("/etcdserverpb.KV/Put", new PutRequest { Key = Bytes("a") }, PutResponse.Parser, ("token", "aaaaaaaaaaaaaaaa.9"));
        Assert.Equal(RpcCode.Unauthenticated, answer.Code);
        Assert.Equal(before + 1, Queen.Reads);
    }

    [Fact]
    public async Task A_password_may_be_given_as_the_hash_that_etcd_keeps()
    {
        var hash = Convert.ToBase64String(Encoding.ASCII.GetBytes(BCrypt.Net.BCrypt.HashPassword("secret", 4)));
        await MustAsync("UserAdd", new AuthUserAddRequest { Name = "u", HashedPassword = hash });
        await EnableAsync();
        Assert.NotEqual("", await TokenAsync(Client, "u", "secret"));
        var wrong = await Client.CallAsync(Auth + "Authenticate", new AuthenticateRequest { Name = "u", Password = hash }, AuthenticateResponse.Parser);
        Assert.Equal((RpcCode.InvalidArgument, "etcdserver: authentication failed, invalid user ID or password"), (wrong.Code, wrong.Message));
        var root = await TokenAsync(Client);
        await MustAsync("UserChangePassword", new AuthUserChangePasswordRequest { Name = "u", Password = "plain" }, root);
        Assert.NotEqual("", await TokenAsync(Client, "u", "plain"));
    }

    [Theory]
    [InlineData("not base64!")]
    [InlineData("bm8gaGFzaA==")]
    public async Task A_hash_that_is_none_is_refused(string hash)
    {
        var answer = await Client.CallAsync(Auth + "UserAdd", new AuthUserAddRequest { Name = "u", HashedPassword = hash }, AuthUserAddResponse.Parser);
        Assert.Equal(RpcCode.InvalidArgument, answer.Code);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
    }
}
