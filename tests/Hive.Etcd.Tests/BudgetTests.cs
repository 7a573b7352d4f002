using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;

namespace Hive.Etcd.Tests;

/// <summary>One client cannot have more under way than its budget; it is refused in etcd's words, named, and served again when it has less.</summary>
public sealed class BudgetTests : FaceFixture
{
    private const int Requests = 4;
    private const int RequestBytes = 10_000;

    private readonly KeptLog _log = new();

    protected override EtcdFaceOptions Options => base.Options with { Loggers = _log };

    protected override EtcdLimits Limits => new() { RequestsPerClient = Requests, RequestBytesPerClient = RequestBytes };

    [Fact]
    public async Task A_client_with_too_many_calls_under_way_is_refused_named_and_served_again()
    {
        Queen.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = Enumerable.Range(0, Requests).Select(i => PutAsync($"k{i}", "v")).ToList();
        await UntilAsync(async () => (await MetricAsync("hive_client_requests_in_flight")) == Requests);
        var refused = await RangeAsync(new RangeRequest { Key = Bytes("a") });
        Assert.Equal((RpcCode.ResourceExhausted, "etcdserver: too many requests"), (refused.Code, refused.Message));
        Assert.Equal(1, await MetricAsync("hive_client_requests_refused_total"));
        Assert.Contains(_log.Lines, line => line.StartsWith("Warning 4020: The client 127.0.0.1 (user \"", StringComparison.Ordinal) && line.Contains($"has {Requests} calls", StringComparison.Ordinal));

        Queen.Hold.SetResult();
        Assert.All(await Task.WhenAll(held), answer => Assert.Equal(RpcCode.Ok, answer.Code));
        Assert.Equal(RpcCode.Ok, (await RangeAsync(new RangeRequest { Key = Bytes("a") })).Code);
        Assert.Equal(0, await MetricAsync("hive_client_requests_in_flight"));
        Assert.Equal(0, await MetricAsync("hive_client_request_bytes_in_flight"));
    }

    [Fact]
    public async Task A_client_with_too_many_bytes_under_way_is_refused_and_served_again()
    {
        Queen.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = PutAsync("k", new string('x', RequestBytes * 3 / 4));
        await UntilAsync(async () => (await MetricAsync("hive_client_request_bytes_in_flight")) > RequestBytes / 2);
        var refused = await PutAsync("l", new string('x', RequestBytes / 2));
        Assert.Equal((RpcCode.ResourceExhausted, "etcdserver: too many requests"), (refused.Code, refused.Message));
        Queen.Hold.SetResult();
        Assert.Equal(RpcCode.Ok, (await held).Code);
        Assert.Equal(RpcCode.Ok, (await PutAsync("l", new string('x', RequestBytes / 2))).Code);
    }

    [Fact]
    public async Task Streams_and_failed_calls_leave_nothing_behind()
    {
        await PutAsync("", "");
        await Client.SendAsync("/etcdserverpb.KV/Put", [0, 0, 0, 0, 3, 255, 255, 255], PutResponse.Parser);
        await Client.CallAsync("/etcdserverpb.KV/Range", new RangeRequest { Key = Bytes("a"), Revision = 99 }, RangeResponse.Parser);
        await using var watch = Client.Open<WatchRequest, WatchResponse>("/etcdserverpb.Watch/Watch", WatchResponse.Parser);
        await watch.SendAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = Bytes("a") } });
        await watch.NextAsync();
        Assert.Equal(0, await MetricAsync("hive_client_requests_in_flight"));
        Assert.Equal(0, await MetricAsync("hive_client_request_bytes_in_flight"));
    }

    private async Task<long> MetricAsync(string name)
    {
        var text = await Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        var line = text.Split('\n').Single(line => line.StartsWith(name + "{client=\"127.0.0.1\",", StringComparison.Ordinal));
        return long.Parse(line[(line.LastIndexOf(' ') + 1)..]);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!await condition()) await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
    }
}
