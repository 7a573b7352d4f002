using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;

namespace Hive.Etcd.Tests;

/// <summary>A range stream's chunks, merged as a client merges them, are the answer that the range itself gives.</summary>
public sealed class RangeStreamTests : FaceFixture
{
    private const int ChunkBytes = 64;

    protected override EtcdLimits Limits => new() { RangeChunkBytes = ChunkBytes };

    public static TheoryData<string> Requests => new()
    {
        "", "limit", "descend", "by value", "keys only", "count only", "filtered", "old revision", "one key", "from key", "nothing", "limit old",
    };

    private static RangeRequest Request(string how)
    {
        var all = new RangeRequest { Key = Bytes("k"), RangeEnd = Bytes("l") };
        switch (how)
        {
            case "limit": all.Limit = 5; break;
            case "descend": all.SortOrder = RangeRequest.Types.SortOrder.Descend; all.Limit = 7; break;
            case "by value": all.SortTarget = RangeRequest.Types.SortTarget.Value; break;
            case "keys only": all.KeysOnly = true; break;
            case "count only": all.CountOnly = true; break;
            case "filtered": (all.MinModRevision, all.MaxCreateRevision) = (5, 12); break;
            case "old revision": all.Revision = 9; break;
            case "limit old": (all.Revision, all.Limit) = (9, 3); break;
            case "one key": all.RangeEnd = ByteString.Empty; all.Key = Bytes("k03"); break;
            case "from key": all.Key = Bytes("k15"); all.RangeEnd = Bytes("\0"); break;
            case "nothing": all.Key = Bytes("x"); all.RangeEnd = Bytes("y"); break;
        }
        return all;
    }

    [Theory, MemberData(nameof(Requests))]
    public async Task Chunks_merge_into_the_answer_of_the_range(string how)
    {
        for (var i = 0; i < 20; i++) await PutAsync($"k{i:00}", new string((char)('z' - i), 10));
        await DeleteAsync("k07");
        var (chunks, status) = await StreamAsync(Request(how));
        Assert.Equal(RpcCode.Ok, status.Code);
        var merged = new RangeResponse();
        foreach (var chunk in chunks) merged.MergeFrom(chunk);
        Assert.Equal((await RangeAsync(Request(how))).Response, merged);
        Assert.All(chunks, chunk => Assert.True(chunk.Kvs.SkipLast(1).Sum(kv => kv.Key.Length + kv.Value.Length) < ChunkBytes));
    }

    [Fact]
    public async Task A_long_range_comes_in_many_chunks_and_refusals_are_those_of_the_range()
    {
        for (var i = 0; i < 20; i++) await PutAsync($"k{i:00}", new string('x', 40));
        Assert.True((await StreamAsync(Request(""))).Chunks.Count >= 10);
        Assert.Equal((RpcCode.InvalidArgument, "etcdserver: key is not provided"), (await StreamAsync(new RangeRequest())).Status);
        var future = new RangeRequest { Key = Bytes("k"), Revision = 100 };
        Assert.Equal((RpcCode.OutOfRange, "etcdserver: mvcc: required revision is a future revision"), (await StreamAsync(future)).Status);
        await CompactAsync(10);
        Assert.Equal((RpcCode.OutOfRange, "etcdserver: mvcc: required revision has been compacted"), (await StreamAsync(Request("old revision"))).Status);
    }

    private async Task<(List<RangeResponse> Chunks, (RpcCode Code, string Message) Status)> StreamAsync(RangeRequest request)
    {
        await using var stream = Client.Open<RangeRequest, RangeStreamResponse>("/etcdserverpb.KV/RangeStream", RangeStreamResponse.Parser);
        await stream.SendAsync(request);
        stream.CompleteRequests();
        var chunks = new List<RangeResponse>();
        while (await stream.NextAsync() is { } part) chunks.Add(part.RangeResponse);
        return (chunks, await stream.StatusAsync());
    }
}
