using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Tests.Wire;

namespace Hive.Etcd.Tests;

public sealed class WatchTests : FaceFixture
{
    protected override EtcdLimits Limits => new() { RequestBytes = 64 * 1024, WatchProgressInterval = TimeSpan.FromMilliseconds(100) };

    private WireStream<WatchRequest, WatchResponse> Open(params (string, string)[] metadata) =>
        Client.Open<WatchRequest, WatchResponse>("/etcdserverpb.Watch/Watch", WatchResponse.Parser, metadata);

    private static WatchRequest Create(string key, string end = "", long start = 0, long id = 0) =>
        new() { CreateRequest = new WatchCreateRequest { Key = Bytes(key), RangeEnd = Bytes(end), StartRevision = start, WatchId = id } };

    [Fact]
    public async Task Created_comes_first_and_then_every_change_from_the_next_revision_on()
    {
        await PutAsync("a", "0");
        await using var watch = Open();
        await watch.SendAsync(Create("a"));
        var created = await watch.NextAsync();
        Assert.True(created!.Created);
        Assert.Equal((0, 2), (created.WatchId, created.Header.Revision));

        await PutAsync("a", "1");
        await DeleteAsync("a");
        var put = await watch.NextAsync();
        Assert.Equal("1", Text(put!.Events.Single().Kv.Value));
        Assert.Equal(3, put.Header.Revision);
        var delete = (await watch.NextAsync())!.Events.Single();
        Assert.Equal((Event.Types.EventType.Delete, 4, "a"), (delete.Type, delete.Kv.ModRevision, Text(delete.Kv.Key)));
        Assert.True(delete.Kv.Value.IsEmpty);
        Assert.Null(delete.PrevKv);
    }

    [Fact]
    public async Task A_watch_from_an_old_revision_hears_history_and_then_the_present()
    {
        for (var i = 1; i <= 3; i++) await PutAsync("a", $"{i}");
        await using var watch = Open();
        await watch.SendAsync(Create("a", start: 3));
        Assert.True((await watch.NextAsync())!.Created);
        await PutAsync("a", "4");
        var heard = new List<string>();
        while (heard.Count < 3) heard.AddRange((await watch.NextAsync())!.Events.Select(change => Text(change.Kv.Value)));
        Assert.Equal(["2", "3", "4"], heard);
    }

    [Fact]
    public async Task A_watch_from_a_future_revision_hears_nothing_before_it()
    {
        await using var watch = Open();
        await watch.SendAsync(Create("a", start: 4));
        Assert.True((await watch.NextAsync())!.Created);
        for (var i = 2; i <= 5; i++) await PutAsync("a", $"{i}");
        var first = (await watch.NextAsync())!.Events[0];
        Assert.Equal(("4", 4), (Text(first.Kv.Value), first.Kv.ModRevision));
    }

    [Fact]
    public async Task All_that_one_transaction_changed_arrives_in_one_response()
    {
        await using var watch = Open();
        await watch.SendAsync(Create("a", "z"));
        await watch.NextAsync();
        await TxnAsync(new TxnRequest { Success = { Put("b", "1"), Put("c", "2"), Put("d", "3") } });
        Assert.Equal(["b", "c", "d"], (await watch.NextAsync())!.Events.Select(change => Text(change.Kv.Key)));
    }

    [Fact]
    public async Task Filters_and_previous_pairs_are_as_asked()
    {
        await PutAsync("a", "1");
        await using var watch = Open();
        var request = Create("a");
        request.CreateRequest.Filters.Add(WatchCreateRequest.Types.FilterType.Noput);
        request.CreateRequest.PrevKv = true;
        await watch.SendAsync(request);
        await watch.NextAsync();
        await PutAsync("a", "2");
        await DeleteAsync("a");
        var change = (await watch.NextAsync())!.Events.Single();
        Assert.Equal(Event.Types.EventType.Delete, change.Type);
        Assert.Equal("2", Text(change.PrevKv.Value));
    }

    [Fact]
    public async Task A_start_that_was_compacted_is_cancelled_and_told_where_history_begins()
    {
        for (var i = 0; i < 5; i++) await PutAsync("a", $"{i}");
        await CompactAsync(5);
        await using var watch = Open();
        await watch.SendAsync(Create("a", start: 2));
        Assert.True((await watch.NextAsync())!.Created);
        var cancelled = (await watch.NextAsync())!;
        Assert.True(cancelled.Canceled);
        Assert.Equal((5, 0, ""), (cancelled.CompactRevision, cancelled.Header.Revision, cancelled.CancelReason));
    }

    [Fact]
    public async Task Several_watches_share_a_stream_and_one_can_be_cancelled()
    {
        await using var watch = Open();
        await watch.SendAsync(Create("a"));
        await watch.SendAsync(Create("b"));
        await watch.SendAsync(Create("b", id: 7));
        foreach (var id in (long[])[0, 1, 7]) Assert.Equal(id, (await watch.NextAsync())!.WatchId);
        await watch.SendAsync(new WatchRequest { CancelRequest = new WatchCancelRequest { WatchId = 1 } });
        var cancelled = (await watch.NextAsync())!;
        Assert.True(cancelled.Canceled);
        Assert.Equal(1, cancelled.WatchId);
        await PutAsync("b", "1");
        Assert.Equal(7, (await watch.NextAsync())!.WatchId);
        await PutAsync("a", "1");
        Assert.Equal(0, (await watch.NextAsync())!.WatchId);
    }

    [Fact]
    public async Task An_id_in_use_is_refused_in_one_response()
    {
        await using var watch = Open();
        await watch.SendAsync(Create("a", id: 3));
        await watch.NextAsync();
        await watch.SendAsync(Create("b", id: 3));
        var refused = (await watch.NextAsync())!;
        Assert.True(refused.Created && refused.Canceled);
        Assert.Equal((-1, "mvcc: duplicate watch ID provided on the WatchStream"), (refused.WatchId, refused.CancelReason));
    }

    [Fact]
    public async Task A_progress_request_is_answered_for_the_whole_stream_after_all_events_before_it()
    {
        await using var watch = Open();
        await watch.SendAsync(Create("a"));
        await watch.NextAsync();
        await PutAsync("a", "1");
        await PutAsync("other", "1");
        await watch.SendAsync(new WatchRequest { ProgressRequest = new WatchProgressRequest() });
        Assert.Single((await watch.NextAsync())!.Events);
        var progress = (await watch.NextAsync())!;
        Assert.Equal((-1, 3), (progress.WatchId, progress.Header.Revision));
        Assert.Empty(progress.Events);
    }

    [Fact]
    public async Task A_silent_watch_that_asked_for_progress_is_told_the_current_revision()
    {
        await using var watch = Open();
        var request = Create("a");
        request.CreateRequest.ProgressNotify = true;
        await watch.SendAsync(request);
        await watch.NextAsync();
        await PutAsync("other", "1");
        var progress = (await watch.NextAsync())!;
        while (progress.Header.Revision < 2) progress = (await watch.NextAsync())!;
        Assert.Equal((0, 2), (progress.WatchId, progress.Header.Revision));
        Assert.Empty(progress.Events);
    }

    [Fact]
    public async Task A_large_revision_is_split_only_for_a_watch_that_asked_for_fragments()
    {
        await using var whole = Open();
        await using var split = Open();
        await whole.SendAsync(Create("k", "l"));
        await whole.NextAsync();
        var request = Create("k", "l");
        request.CreateRequest.Fragment = true;
        await split.SendAsync(request);
        await split.NextAsync();

        // 20 keys of 60,000 bytes deleted in one revision, with the previous pairs they make one event list of 1.2 MB: above the limit.
        var watchers = new[] { whole, split };
        for (var i = 0; i < 20; i++) await PutAsync($"k{i:D2}", new string('x', 60_000));
        foreach (var watcher in watchers)
        {
            var seen = 0;
            while (seen < 20) seen += (await watcher.NextAsync())!.Events.Count;
        }
        await using var previous = Open();
        var asked = Create("k", "l");
        asked.CreateRequest.Fragment = true;
        asked.CreateRequest.PrevKv = true;
        await previous.SendAsync(asked);
        await previous.NextAsync();
        await DeleteAsync("k", "l");
        Assert.Equal(20, (await whole.NextAsync())!.Events.Count);
        var fragment = (await previous.NextAsync())!;
        Assert.True(fragment.Fragment);
        var events = fragment.Events.Count;
        while (fragment.Fragment)
        {
            fragment = (await previous.NextAsync())!;
            Assert.True(fragment.CalculateSize() < 64 * 1024 + 512 * 1024 + 1024);
            events += fragment.Events.Count;
        }
        Assert.Equal(20, events);
    }

    [Fact]
    public async Task An_empty_key_with_an_open_end_watches_everything()
    {
        await using var watch = Open();
        await watch.SendAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { RangeEnd = ByteString.CopyFrom(0) } });
        await watch.NextAsync();
        await PutAsync("anything", "1");
        Assert.Equal("anything", Text((await watch.NextAsync())!.Events.Single().Kv.Key));
    }

    [Fact]
    public async Task Watches_go_on_when_the_client_sends_no_more_requests()
    {
        await using var watch = Open();
        await watch.SendAsync(Create("a"));
        await watch.NextAsync();
        watch.CompleteRequests();
        await PutAsync("a", "1");
        Assert.Single((await watch.NextAsync())!.Events);
    }

    [Fact]
    public async Task A_malformed_request_ends_the_stream_with_a_reason()
    {
        await using var watch = Open();
        await watch.SendAsync(Create("a"));
        await watch.NextAsync();
        await watch.SendRawAsync(WireClient.Frame([0xff]));
        var (code, message) = await watch.StatusAsync();
        Assert.Equal(RpcCode.Internal, code);
        Assert.Contains("unmarshalling", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_up_nobody_and_misses_nothing_once_it_reads()
    {
        const int Puts = 300;
        await using var slow = Open();
        await slow.SendAsync(Create("k"));
        await slow.NextAsync();
        using var other = new WireClient(new Uri($"http://{Face.Endpoints[0].Address}"));
        await using var quick = other.Open<WatchRequest, WatchResponse>("/etcdserverpb.Watch/Watch", WatchResponse.Parser);
        await quick.SendAsync(Create("k"));
        await quick.NextAsync();

        // 18 MB: beyond what the connection's windows and buffers take.
        for (var i = 0; i < Puts; i++) Queen.Apply(new Store.MutateCommand(new Store.PutOperation("k"u8.ToArray(), new byte[60_000])));
        foreach (var stream in (WireStream<WatchRequest, WatchResponse>[])[quick, slow])
        {
            var next = 2L;
            while (next < Puts + 2)
                foreach (var change in (await stream.NextAsync())!.Events) Assert.Equal(next++, change.Kv.ModRevision);
        }
    }

    /// <summary>
    /// Whether on a stream each or all on one: others hear at once, what waits for the client that does not read is bounded, and once it reads it hears all.
    /// </summary>
    [Theory]
    [InlineData(1_000, 1, 400, 400)]
    [InlineData(1, 1_000, 50, 50)]
    public async Task A_thousand_watches_of_a_client_that_does_not_read_cost_bounded_memory(int streams, int watchesOfEach, int puts, int boundMebibytes)
    {
        const int ValueBytes = 2_000;
        using var hung = new WireClient(new Uri($"http://{Face.Endpoints[0].Address}"));
        var open = new List<WireStream<WatchRequest, WatchResponse>>();
        for (var i = 0; i < streams; i++)
        {
            var stream = hung.Open<WatchRequest, WatchResponse>("/etcdserverpb.Watch/Watch", WatchResponse.Parser);
            for (var id = 1; id <= watchesOfEach; id++) await stream.SendAsync(Create("k", id: id));
            open.Add(stream);
        }
        await UntilAsync(async () => (await Http.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Contains($"\netcd_debugging_mvcc_watcher_total {streams * watchesOfEach}\n", StringComparison.Ordinal));
        await using var reads = Open();
        await reads.SendAsync(Create("k"));
        await reads.NextAsync();

        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < puts; i++) Queen.Apply(new Store.MutateCommand(new Store.PutOperation("k"u8.ToArray(), new byte[ValueBytes])));
        Assert.Equal(puts, await EventsAsync(reads, watches: 1, puts));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, (long)boundMebibytes << 20);

        foreach (var stream in open.Take(1).Concat(open.Skip(1).TakeLast(1))) Assert.Equal(watchesOfEach * puts, await EventsAsync(stream, watchesOfEach, puts));
    }

    /// <summary>Reads until each of the watches has heard all; each in order.</summary>
    private static async Task<int> EventsAsync(WireStream<WatchRequest, WatchResponse> stream, int watches, int puts)
    {
        var next = new Dictionary<long, long>();
        var heard = 0;
        while (heard < watches * puts)
        {
            var response = (await stream.NextAsync())!;
            foreach (var change in response.Events)
            {
                Assert.Equal(next.GetValueOrDefault(response.WatchId, 2), change.Kv.ModRevision);
                next[response.WatchId] = change.Kv.ModRevision + 1;
                heard++;
            }
        }
        return heard;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition()) await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
    }
}
