using System.Net;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Tests.Wire;

namespace Hive.Etcd.Tests;

/// <summary>What calls and streams are told while the face says farewell.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task A_call_that_comes_at_a_stop_is_told_that_nothing_was_done_and_one_under_way_is_answered()
    {
        var queen = new DirectQueen();
        var time = new HeldTime(TimeSpan.FromSeconds(77));
        EtcdFace face = await StartAsync(queen, time);
        var address = new Uri($"http://{face.Endpoints[0].Address}");
        using var client = new WireClient(address);
        using var http = new HttpClient { BaseAddress = address };
        var put = new PutRequest { Key = FaceFixture.Bytes("a"), Value = FaceFixture.Bytes("1") };

        queen.Hold = new TaskCompletionSource();
        var underWay = client.CallAsync("/etcdserverpb.KV/Put", put, PutResponse.Parser);
        while (queen.LastCommand is null) await Task.Yield();
        Task stopping = face.DisposeAsync().AsTask();
        var revision = queen.Store.Revision;
        // One that is let in would wait for the queen as the first does.
        var refused = await client.CallAsync("/etcdserverpb.KV/Put", put, PutResponse.Parser).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((RpcCode.Unavailable, "etcdserver: server stopped"), (refused.Code, refused.Message));
        using var body = new StringContent("""{"key":"YQ==","value":"MQ=="}""");
        using var answer = await http.PostAsync(new Uri("/v3/kv/put", UriKind.Relative), body);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal(revision, queen.Store.Revision);

        queen.Hold.SetResult();
        Assert.Equal(RpcCode.Ok, (await underWay).Code);
        await time.ReleaseAsync();
        await stopping;
    }

    // Read during the farewell: a client that has not ended its own half of a stream may hear of the closed connection before it has read how the stream ended.
    [Fact]
    public async Task Streams_hear_that_the_server_stopped()
    {
        var time = new HeldTime(TimeSpan.FromSeconds(77));
        EtcdFace face = await StartAsync(new DirectQueen(), time);
        using var client = new WireClient(new Uri($"http://{face.Endpoints[0].Address}"));
        await using var watch = client.Open<WatchRequest, WatchResponse>("/etcdserverpb.Watch/Watch", WatchResponse.Parser);
        await watch.SendAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = FaceFixture.Bytes("a") } });
        await watch.NextAsync();
        Task stopping = face.DisposeAsync().AsTask();
        Assert.Equal((RpcCode.Unavailable, "etcdserver: server stopped"), await watch.StatusAsync());
        await time.ReleaseAsync();
        await stopping;
    }

    private static Task<EtcdFace> StartAsync(DirectQueen queen, HeldTime time) => EtcdFace.StartAsync(queen, new EtcdFaceOptions
    {
        Listen = [new EtcdEndpoint(new IPEndPoint(IPAddress.Loopback, 0), Tls: false)],
        Limits = new EtcdLimits { Farewell = time.Held },
        Time = time,
    }, CancellationToken.None);

    /// <summary>Time in which one length of waiting ends only when the test says so.</summary>
    private sealed class HeldTime(TimeSpan held) : TimeProvider
    {
        private readonly TaskCompletionSource<Action> _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TimeSpan Held => held;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != held) return base.CreateTimer(callback, state, dueTime, period);
            _waiting.TrySetResult(() => callback(state));
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        }

        public async Task ReleaseAsync() => (await _waiting.Task)();
    }
}
