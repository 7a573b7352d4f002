using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Queen;
using Hive.Store;

namespace Hive.Etcd.Tests;

public sealed class KeyValueTests : FaceFixture
{
    [Fact]
    public async Task Empty_store_is_at_revision_one_and_an_absent_key_is_no_error()
    {
        var answer = await RangeAsync(new RangeRequest { Key = Bytes("a") });
        Assert.Equal(RpcCode.Ok, answer.Code);
        Assert.Empty(answer.Response!.Kvs);
        Assert.Equal(0, answer.Response.Count);
        var header = answer.Response.Header;
        Assert.Equal((1, 2ul, DirectQueen.Id.Value, 0xcdf818194e3a8c32ul), (header.Revision, header.RaftTerm, header.MemberId, header.ClusterId));
    }

    [Fact]
    public async Task A_put_is_read_back_with_its_revisions()
    {
        Assert.Equal(2, (await PutAsync("a", "one")).Response!.Header.Revision);
        Assert.Equal(3, (await PutAsync("a", "two")).Response!.Header.Revision);
        var pair = (await RangeAsync(new RangeRequest { Key = Bytes("a") })).Response!.Kvs.Single();
        Assert.Equal(("a", "two", 2, 3, 2), (Text(pair.Key), Text(pair.Value), pair.CreateRevision, pair.ModRevision, pair.Version));
    }

    [Fact]
    public async Task A_put_answers_with_the_previous_pair_when_asked()
    {
        await PutAsync("a", "one");
        var request = new PutRequest { Key = Bytes("a"), Value = Bytes("two"), PrevKv = true };
        var answer = await Client.CallAsync("/etcdserverpb.KV/Put", request, PutResponse.Parser);
        Assert.Equal("one", Text(answer.Response!.PrevKv.Value));
    }

    [Fact]
    public async Task Range_options_reach_the_store()
    {
        foreach (var key in (string[])["a", "b", "c", "d"]) await PutAsync(key, key + key);
        var request = new RangeRequest
        {
            Key = Bytes("b"),
            RangeEnd = Bytes("\0"),
            Limit = 2,
            KeysOnly = true,
            SortOrder = RangeRequest.Types.SortOrder.Descend,
        };
        var response = (await RangeAsync(request)).Response!;
        Assert.Equal(["d", "c"], response.Kvs.Select(pair => Text(pair.Key)));
        Assert.All(response.Kvs, pair => Assert.True(pair.Value.IsEmpty));
        Assert.True(response.More);
        Assert.Equal(3, response.Count);

        var old = (await RangeAsync(new RangeRequest { Key = Bytes("a"), RangeEnd = Bytes("z"), Revision = 3 })).Response!;
        Assert.Equal(["a", "b"], old.Kvs.Select(pair => Text(pair.Key)));
        Assert.Equal(5, old.Header.Revision);

        var count = (await RangeAsync(new RangeRequest { Key = Bytes("a"), RangeEnd = Bytes("z"), CountOnly = true })).Response!;
        Assert.Empty(count.Kvs);
        Assert.Equal(4, count.Count);
    }

    [Fact]
    public async Task A_delete_answers_how_many_and_what_they_were()
    {
        await PutAsync("a", "1");
        await PutAsync("b", "2");
        var request = new DeleteRangeRequest { Key = Bytes("a"), RangeEnd = Bytes("c"), PrevKv = true };
        var answer = await Client.CallAsync("/etcdserverpb.KV/DeleteRange", request, DeleteRangeResponse.Parser);
        Assert.Equal(2, answer.Response!.Deleted);
        Assert.Equal(["1", "2"], answer.Response.PrevKvs.Select(pair => Text(pair.Value)));
        Assert.Equal(4, answer.Response.Header.Revision);
        Assert.Equal(4, (await DeleteAsync("a")).Response!.Header.Revision);
    }

    [Fact]
    public async Task Steps_of_a_transaction_carry_only_the_revision_they_saw()
    {
        await PutAsync("a", "1");
        var answer = await TxnAsync(new TxnRequest { Compare = { VersionIs("a", 1) }, Success = { Get("a"), Put("a", "2"), Get("a") } });
        var response = answer.Response!;
        Assert.True(response.Succeeded);
        Assert.Equal([2, 3, 3], response.Responses.Select(step => (step.ResponseRange?.Header ?? step.ResponsePut.Header).Revision));
        Assert.All(response.Responses, step => Assert.Equal(0ul, (step.ResponseRange?.Header ?? step.ResponsePut.Header).MemberId));
        Assert.Equal("2", Text(response.Responses[2].ResponseRange.Kvs.Single().Value));
        Assert.Equal(3, response.Header.Revision);
    }

    [Fact]
    public async Task A_nested_transaction_runs_the_branch_that_its_own_comparison_chose()
    {
        var nested = new TxnRequest { Compare = { VersionIs("a", 5) }, Success = { Put("b", "then") }, Failure = { Put("b", "else") } };
        var answer = await TxnAsync(new TxnRequest { Success = { Put("a", "1"), new RequestOp { RequestTxn = nested } } });
        Assert.False(answer.Response!.Responses[1].ResponseTxn.Succeeded);
        Assert.Equal("else", Text((await RangeAsync(new RangeRequest { Key = Bytes("b") })).Response!.Kvs.Single().Value));
    }

    [Fact]
    public async Task A_transaction_that_only_reads_is_not_proposed()
    {
        await PutAsync("a", "1");
        var answer = await TxnAsync(new TxnRequest { Compare = { VersionIs("a", 1) }, Success = { Get("a") }, Failure = { Get("b") } });
        Assert.True(answer.Response!.Succeeded);
        Assert.Equal("1", Text(answer.Response.Responses.Single().ResponseRange.Kvs.Single().Value));
        Assert.IsType<PutOperation>(Assert.IsType<MutateCommand>(Assert.IsType<GuardedCommand>(Queen.LastCommand).Inner).Operation);
    }

    public static TheoryData<Compare, bool> Comparisons => new()
    {
        { new Compare { Key = Bytes("a"), Target = Compare.Types.CompareTarget.Value, Value = Bytes("1") }, true },
        { new Compare { Key = Bytes("a"), Target = Compare.Types.CompareTarget.Value, Result = Compare.Types.CompareResult.Greater, Value = Bytes("1") }, false },
        { new Compare { Key = Bytes("a"), Target = Compare.Types.CompareTarget.Mod, Result = Compare.Types.CompareResult.Less, ModRevision = 3 }, true },
        { new Compare { Key = Bytes("none"), Target = Compare.Types.CompareTarget.Create, CreateRevision = 0 }, true },
        { new Compare { Key = Bytes("none"), Target = Compare.Types.CompareTarget.Value, Result = Compare.Types.CompareResult.NotEqual, Value = Bytes("x") }, false },
        { new Compare { Key = Bytes("a"), RangeEnd = Bytes("z"), Target = Compare.Types.CompareTarget.Version, Version = 1 }, true },
        { new Compare { Key = Bytes("a"), RangeEnd = Bytes("\0"), Target = Compare.Types.CompareTarget.Value, Value = Bytes("1") }, false },
        { new Compare { Key = Bytes("x"), RangeEnd = Bytes("z"), Target = Compare.Types.CompareTarget.Lease, Result = Compare.Types.CompareResult.NotEqual, Lease = 1 }, true },
    };

    [Theory, MemberData(nameof(Comparisons))]
    public async Task A_comparison_means_the_same_in_a_transaction_that_reads_and_in_one_that_writes(Compare comparison, bool holds)
    {
        await PutAsync("a", "1");
        await PutAsync("b", "2");
        Assert.Equal(holds, (await TxnAsync(new TxnRequest { Compare = { comparison }, Success = { Get("a") } })).Response!.Succeeded);
        Assert.Equal(holds, (await TxnAsync(new TxnRequest { Compare = { comparison }, Success = { Put("c", "") }, Failure = { Put("d", "") } })).Response!.Succeeded);
    }

    [Fact]
    public async Task Reads_below_a_compaction_are_refused_and_at_it_succeed()
    {
        for (var i = 0; i < 4; i++) await PutAsync("a", $"{i}");
        Assert.Equal(RpcCode.Ok, (await CompactAsync(4)).Code);
        var below = await RangeAsync(new RangeRequest { Key = Bytes("a"), Revision = 3 });
        Assert.Equal((RpcCode.OutOfRange, "etcdserver: mvcc: required revision has been compacted"), (below.Code, below.Message));
        Assert.Equal("2", Text((await RangeAsync(new RangeRequest { Key = Bytes("a"), Revision = 4 })).Response!.Kvs.Single().Value));
        Assert.Equal("3", Text((await RangeAsync(new RangeRequest { Key = Bytes("a"), Revision = -1 })).Response!.Kvs.Single().Value));
        var step = new RequestOp { RequestRange = new RangeRequest { Key = Bytes("a"), Revision = -1 } };
        foreach (var steps in (RequestOp[][])[[step], [step, Put("a", "")]])
        {
            var never = await TxnAsync(new TxnRequest { Success = { steps } });
            Assert.Equal((RpcCode.OutOfRange, "etcdserver: mvcc: required revision has been compacted"), (never.Code, never.Message));
        }
        Assert.Equal((RpcCode.OutOfRange, "etcdserver: mvcc: required revision has been compacted"), ((await CompactAsync(-1)).Code, (await CompactAsync(-1)).Message));
        var again = await CompactAsync(4);
        Assert.Equal((RpcCode.OutOfRange, "etcdserver: mvcc: required revision has been compacted"), (again.Code, again.Message));
        var future = await CompactAsync(40);
        Assert.Equal((RpcCode.OutOfRange, "etcdserver: mvcc: required revision is a future revision"), (future.Code, future.Message));
    }

    public static TheoryData<IMessage, string> BadWrites => new()
    {
        { new PutRequest { Value = Bytes("x") }, "key is not provided" },
        { new PutRequest { Key = Bytes("a"), Value = Bytes("x"), IgnoreValue = true }, "value is provided" },
        { new PutRequest { Key = Bytes("a"), Lease = 1, IgnoreLease = true }, "lease is provided" },
        { new PutRequest { Key = Bytes("a"), IgnoreValue = true }, "key not found" },
        { new PutRequest { Key = Bytes("a"), Value = ByteString.CopyFrom(new byte[1536 * 1024]) }, "request is too large" },
        { new DeleteRangeRequest(), "key is not provided" },
        { new TxnRequest { Success = { Put("", "x") } }, "key is not provided" },
        { new TxnRequest { Compare = { new Compare() } }, "key is not provided" },
        { new TxnRequest { Success = { new RequestOp() } }, "key not found" },
        { new TxnRequest { Success = { Put("a", "1"), Put("a", "2") } }, "duplicate key given in txn request" },
        { new TxnRequest { Failure = { Put("b", "1"), Delete("a", "c") } }, "duplicate key given in txn request" },
        { new TxnRequest { Success = { Put("a", "1"), Nested(Put("a", "2")) } }, "duplicate key given in txn request" },
        { new TxnRequest { Success = { Enumerable.Range(0, 129).Select(i => Put($"k{i}", "")) } }, "too many operations in txn request" },
        { new TxnRequest { Success = { Enumerable.Range(0, 100).Select(i => Put($"k{i}", "")), Nested([.. Enumerable.Range(0, 50).Select(i => Put($"n{i}", ""))]) } }, "too many operations in txn request" },
    };

    [Theory, MemberData(nameof(BadWrites))]
    public async Task A_bad_write_is_refused_in_the_words_of_etcd(IMessage request, string text)
    {
        var method = request switch { PutRequest => "Put", DeleteRangeRequest => "DeleteRange", _ => "Txn" };
        var answer = await Client.CallAsync($"/etcdserverpb.KV/{method}", request, TxnResponse.Parser);
        Assert.Equal((RpcCode.InvalidArgument, $"etcdserver: {text}"), (answer.Code, answer.Message));
        Assert.Equal(1, Queen.Store.Revision.Value);
    }

    [Fact]
    public async Task Both_branches_of_a_nested_transaction_may_write_the_same_key()
    {
        var nested = new TxnRequest { Compare = { VersionIs("x", 0) }, Success = { Put("a", "1") }, Failure = { Put("a", "2") } };
        var answer = await TxnAsync(new TxnRequest { Success = { new RequestOp { RequestTxn = nested } } });
        Assert.Equal(RpcCode.Ok, answer.Code);
    }

    [Theory]
    [InlineData(QueenCode.NoLeader, RpcCode.Unavailable, "no leader")]
    [InlineData(QueenCode.LeaderChanged, RpcCode.Unavailable, "leader changed")]
    [InlineData(QueenCode.TimedOut, RpcCode.Unavailable, "request timed out")]
    [InlineData(QueenCode.Stopped, RpcCode.Unavailable, "server stopped")]
    [InlineData(QueenCode.TooManyRequests, RpcCode.ResourceExhausted, "too many requests")]
    [InlineData(QueenCode.TooLarge, RpcCode.InvalidArgument, "request is too large")]
    [InlineData(QueenCode.Learner, RpcCode.FailedPrecondition, "rpc not supported for learner")]
    public async Task What_keeps_the_queen_from_answering_is_told_in_the_words_of_etcd(QueenCode refusal, RpcCode code, string text)
    {
        Queen.Refuse = refusal;
        var put = await PutAsync("a", "1");
        Assert.Equal((code, $"etcdserver: {text}"), (put.Code, put.Message));
        var range = await RangeAsync(new RangeRequest { Key = Bytes("a") });
        Assert.Equal((code, $"etcdserver: {text}"), (range.Code, range.Message));
        Assert.Equal(RpcCode.Ok, (await RangeAsync(new RangeRequest { Key = Bytes("a"), Serializable = true })).Code);
    }

    [Fact]
    public async Task A_write_repeated_with_its_idempotency_id_happens_once()
    {
        var id = ("hive-request-id", "00112233445566778899aabbccddeeff");
        var request = new PutRequest { Key = Bytes("a"), Value = Bytes("1") };
        var first = await Client.CallAsync("/etcdserverpb.KV/Put", request, PutResponse.Parser, id);
        await PutAsync("a", "2");
        var again = await Client.CallAsync("/etcdserverpb.KV/Put", request, PutResponse.Parser, id);
        Assert.Equal(first.Response!.Header.Revision, again.Response!.Header.Revision);
        Assert.Equal("2", Text((await RangeAsync(new RangeRequest { Key = Bytes("a") })).Response!.Kvs.Single().Value));

        var bad = await Client.CallAsync("/etcdserverpb.KV/Put", request, PutResponse.Parser, ("hive-request-id", "xyz"));
        Assert.Equal(RpcCode.InvalidArgument, bad.Code);
    }

    [Fact]
    public async Task A_client_that_needs_a_leader_is_refused_while_there_is_none()
    {
        Queen.Leader = MemberId.None;
        var request = new RangeRequest { Key = Bytes("a"), Serializable = true };
        var answer = await Client.CallAsync("/etcdserverpb.KV/Range", request, RangeResponse.Parser, ("hasleader", "true"));
        Assert.Equal((RpcCode.Unavailable, "etcdserver: no leader"), (answer.Code, answer.Message));
    }

    private static RequestOp Nested(params RequestOp[] steps) => new() { RequestTxn = new TxnRequest { Success = { steps } } };
}
