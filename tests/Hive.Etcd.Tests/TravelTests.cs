using System.Text;
using System.Text.Json.Nodes;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Store;

namespace Hive.Etcd.Tests;

/// <summary>hive.v1.Travel, on the wire.</summary>
public sealed class TravelTests : FaceFixture
{
    private const string Travel = "/hive.v1.Travel/";

    protected override EtcdLimits Limits => new() { TravelBatchBytes = 4096 };

    private static long Now => (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) * 100;

    private Task<Wire.WireAnswer<RevisionResponse>> RevisionAsync(long time = 0, long revision = 0) =>
        Client.CallAsync(Travel + "Revision", new RevisionRequest { Time = time, Revision = revision }, RevisionResponse.Parser);

    private Task<Wire.WireAnswer<RestoreResponse>> RestoreAsync(string key, string end, long to, long since, bool dry = false) => Client.CallAsync(
        Travel + "Restore", new RestoreRequest { Key = Bytes(key), RangeEnd = Bytes(end), To = to, UnchangedSince = since, DryRun = dry }, RestoreResponse.Parser);

    private async Task<List<DiffResponse>> DiffAsync(string key, string end, long from, long to)
    {
        await using var stream = Client.Open<DiffRequest, DiffResponse>(Travel + "Diff", DiffResponse.Parser);
        await stream.SendAsync(new DiffRequest { Key = Bytes(key), RangeEnd = Bytes(end), From = from, To = to });
        stream.CompleteRequests();
        var parts = new List<DiffResponse>();
        while (await stream.NextAsync() is { } part) parts.Add(part);
        return parts;
    }

    [Fact]
    public async Task A_time_is_answered_with_its_revision_and_one_too_early_with_what_is_kept()
    {
        await PutAsync("a", "1");
        var between = Now;
        while (Now / 1_000_000 == between / 1_000_000) await Task.Yield();
        await PutAsync("a", "2");
        var then = (await RevisionAsync(between)).Response!;
        Assert.Equal((2L, 1L), (then.Revision, then.OldestRevision));
        Assert.InRange(then.Time, 1, between);
        Assert.Equal(3, (await RevisionAsync()).Response!.Revision);
        await CompactAsync(3);
        var early = await RevisionAsync(between);
        Assert.Equal(RpcCode.OutOfRange, early.Code);
        Assert.Contains("kept is from revision 3 on, made 20", early.Message, StringComparison.Ordinal);
        Assert.Contains("kept is from revision 3 on", (await RevisionAsync(revision: 2)).Message, StringComparison.Ordinal);
        Assert.Contains("the newest is 3", (await RevisionAsync(revision: 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_life_of_a_key_comes_in_pieces_that_join_without_a_gap()
    {
        for (var i = 0; i < 30; i++) await PutAsync("k", new string('x', 500) + i);
        await DeleteAsync("k");
        var revisions = new List<long>();
        HistoryResponse answer;
        do
        {
            var request = new HistoryRequest { Key = Bytes("k"), Before = revisions.Count > 0 ? revisions[^1] : 0 };
            answer = (await Client.CallAsync(Travel + "History", request, HistoryResponse.Parser)).Response!;
            Assert.InRange(answer.Items.Count, 1, 10);
            revisions.AddRange(answer.Items.Select(item => item.Kv.ModRevision));
        }
        while (answer.More);
        Assert.Equal(Enumerable.Range(2, 31).Select(r => (long)r).Reverse(), revisions);
        var newest = (await Client.CallAsync(Travel + "History", new HistoryRequest { Key = Bytes("k"), Limit = 1 }, HistoryResponse.Parser)).Response!;
        Assert.Equal((Event.Types.EventType.Delete, true), (newest.Items.Single().Type, newest.More));
        Assert.NotEqual(0, newest.Items[0].Time);
    }

    [Fact]
    public async Task Differences_come_in_bounded_messages_and_the_last_says_so()
    {
        for (var i = 0; i < 50; i++) await PutAsync($"p/{i:d2}", new string('x', 400));
        await PutAsync("q", "elsewhere");
        var parts = await DiffAsync("p/", "p0", 1, 0);
        Assert.True(parts.Count > 4);
        Assert.Equal([.. Enumerable.Repeat(false, parts.Count - 1), true], parts.Select(p => p.Complete));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"p/{i:d2}"), parts.SelectMany(p => p.Differences).Select(d => Text(d.After.Key)));
        Assert.All(parts, part => Assert.Equal(52, part.Header.Revision));
        Assert.Empty((await DiffAsync("p/", "p0", 51, 52)).Single().Differences);
    }

    [Fact]
    public async Task A_restore_is_one_revision_and_a_dry_run_none()
    {
        await PutAsync("p/a", "1");
        await PutAsync("p/a", "2");
        await PutAsync("p/b", "new");
        var dry = (await RestoreAsync("p/", "p0", 2, 4, dry: true)).Response!;
        Assert.Equal((4L, 1L, 1L, 0L), (dry.Header.Revision, dry.Put, dry.Deleted, dry.LeftAlone));
        Assert.Equal(4, Queen.Store.Revision.Value);
        var done = (await RestoreAsync("p/", "p0", 2, 4)).Response!;
        Assert.Equal((5L, 1L, 1L), (done.Header.Revision, done.Put, done.Deleted));
        Assert.Equal("1", Encoding.UTF8.GetString(Queen.Store.Snapshot().Get("p/a"u8.ToArray())!.Value.Span));
        var again = await RestoreAsync("p/", "p0", 2, 4);
        Assert.Equal(RpcCode.Aborted, again.Code);
        await CompactAsync(5);
        var gone = await RestoreAsync("p/", "p0", 2, 5);
        Assert.Equal(RpcCode.OutOfRange, gone.Code);
        Assert.StartsWith("etcdserver: mvcc: required revision has been compacted; kept is from revision 5 on", gone.Message, StringComparison.Ordinal);
        Assert.Equal(RpcCode.InvalidArgument, (await RestoreAsync("p/", "p0", 0, 5)).Code);
    }

    [Fact]
    public async Task A_restore_that_apply_refuses_is_told_and_its_fate_is_never_guessed()
    {
        await PutAsync("p/a", "1");
        await PutAsync("p/a", "2");
        Queen.Refuse = Hive.Queen.QueenCode.LeaderChanged;
        Assert.Equal(RpcCode.Unavailable, (await RestoreAsync("p/", "p0", 2, 3)).Code);
    }

    [Fact]
    public async Task The_gateway_speaks_of_it_too()
    {
        await PutAsync("a", "1");
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync(new Uri("/v3/hive/revision", UriKind.Relative), content);
        var json = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(("2", "1"), ((string?)json["revision"], (string?)json["oldest_revision"]));
    }

    [Fact]
    public async Task How_much_history_is_kept_is_changed_while_it_runs()
    {
        Task<Wire.WireAnswer<RetentionResponse>> KeepAsync(Messages.Retention? change) =>
            Client.CallAsync(Travel + "Retention", new RetentionRequest { Change = change }, RetentionResponse.Parser);
        var first = (await KeepAsync(null)).Response!.Retention;
        Assert.Equal((3600L, 50L, 64L << 20), (first.AgeSeconds, first.PercentOfLive, first.FreeBytes));
        for (var i = 0; i < 200; i++) await PutAsync("a", $"{i}");
        Assert.Equal(1, (await RevisionAsync()).Response!.OldestRevision);
        // No time at all: the oldest goes with the next writes, and what is current stays.
        var none = (await KeepAsync(new Messages.Retention { PercentOfLive = 50, FreeBytes = 1 << 20 })).Response!.Retention;
        Assert.Equal((0L, 50L, 1L << 20), (none.AgeSeconds, none.PercentOfLive, none.FreeBytes));
        for (var i = 0; i < 200; i++) await PutAsync("a", $"{i}");
        Assert.InRange((await RevisionAsync()).Response!.OldestRevision, 100, 401);
        // As etcd's compaction by revision: what is further back than so many goes, however young and small.
        var few = (await KeepAsync(new Messages.Retention { AgeSeconds = 3600, PercentOfLive = 50, FreeBytes = 1 << 20, Revisions = 10 })).Response!.Retention;
        Assert.Equal((3600L, 10L), (few.AgeSeconds, few.Revisions));
        for (var i = 0; i < 200; i++) await PutAsync("a", $"{i}");
        var kept = (await RevisionAsync()).Response!;
        Assert.InRange(kept.OldestRevision, kept.Revision - 60, kept.Revision - 10);
        foreach (var wrong in new[] { new Messages.Retention { AgeSeconds = -1 }, new Messages.Retention { PercentOfLive = 100_001 }, new Messages.Retention { FreeBytes = -1 }, new Messages.Retention { Revisions = -1 }, new Messages.Retention { AgeSeconds = long.MaxValue } })
            Assert.Equal(RpcCode.InvalidArgument, (await KeepAsync(wrong)).Code);
    }
}
