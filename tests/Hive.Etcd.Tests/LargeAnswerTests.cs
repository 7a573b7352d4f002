using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Tests.Wire;

namespace Hive.Etcd.Tests;

/// <summary>Large answers take turns; whoever asks for much and does not read it holds up nobody else.</summary>
public sealed class LargeAnswerTests : FaceFixture
{
    private const int Keys = 400, ValueBytes = 10_000, SlowClients = 3, SmallCalls = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    protected override EtcdLimits Limits => new() { LargeAnswersAtOnce = 1 };

    private static RangeRequest All => new() { Key = Bytes("k"), RangeEnd = Bytes("l") };

    [Theory, InlineData("/etcdserverpb.KV/Range"), InlineData("/etcdserverpb.KV/RangeStream"), InlineData("/etcdserverpb.Maintenance/Snapshot")]
    public async Task Whoever_does_not_read_a_large_answer_has_no_turn(string what)
    {
        await FillAsync();
        // Each on a connection of its own, and no more read than what shows that the answer has begun.
        var slow = Enumerable.Range(0, SlowClients).Select(_ => new WireClient(Address)).ToList();
        foreach (var client in slow) await BeginAsync(client, what);
        var answer = await RangeAsync(All).WaitAsync(Patience);
        Assert.Equal((RpcCode.Ok, Keys), (answer.Code, answer.Response!.Kvs.Count));
        slow.ForEach(client => client.Dispose());
    }

    [Theory, InlineData("/etcdserverpb.KV/Range"), InlineData("/etcdserverpb.KV/RangeStream"), InlineData("/etcdserverpb.Maintenance/Snapshot")]
    public async Task A_large_answer_waits_for_its_turn_and_a_small_one_does_not(string what)
    {
        await FillAsync();
        var turn = await Face.Turns.TakeAsync(CancellationToken.None);
        var large = Client.SendAsync(what, WireClient.Frame(All.ToByteArray()), RangeResponse.Parser);
        for (var i = 0; i < SmallCalls; i++) Assert.Single((await RangeAsync(new RangeRequest { Key = Bytes("k000") }).WaitAsync(Patience)).Response!.Kvs);
        Assert.False(large.IsCompleted);
        await turn.DisposeAsync();
        // Streams are many messages, and no single one.
        await Task.WhenAny(large).WaitAsync(Patience);
    }

    private Uri Address => new($"http://{Face.Endpoints[0].Address}");

    private async Task FillAsync()
    {
        for (var i = 0; i < Keys; i++) await PutAsync($"k{i:000}", new string('x', ValueBytes));
    }

    private static async Task BeginAsync(WireClient client, string what)
    {
        var call = client.Open<RangeRequest, RangeResponse>(what, RangeResponse.Parser);
        await call.SendAsync(All);
        call.CompleteRequests();
        await call.BeginsAsync();
    }
}
