using static Hive.Store.Tests.StoreDriver;

namespace Hive.Store.Tests;

public sealed class TransactionTests
{
    private readonly StoreDriver _store = new();

    private static PutOperation Put(string key, string value = "v") => new(B(key), B(value));
    private static DeleteOperation Delete(string key, string end = "") => new(B(key), B(end));
    private static TxnOperation Txn(Operation[] success, Operation[]? failure = null, Comparison[]? compare = null) =>
        new([.. compare ?? []], [.. success], [.. failure ?? []]);

    public static TheoryData<string, Operation> Duplicates => new()
    {
        { "put twice", Txn([Put("a"), Put("a")]) },
        { "put and deleted", Txn([Put("a"), Delete("a")]) },
        { "put and deleted by range", Txn([Put("b"), Delete("a", "c")]) },
        { "put inside and outside", Txn([Put("a"), Txn([Put("a")])]) },
        { "deleted outside, put inside", Txn([Delete("a", "c"), Txn([], [Put("b")])]) },
        { "deleted inside, put outside", Txn([Txn([Delete("a")]), Put("a")]) },
        { "put in two nested", Txn([Txn([Put("a")]), Txn([Put("a")])]) },
        { "in the branch not taken", Txn([], [Put("a"), Put("a")]) },
    };

    [Theory, MemberData(nameof(Duplicates))]
    public void Key_written_twice_in_one_branch_is_refused(string what, Operation operation)
    {
        Assert.NotEmpty(what);
        Assert.Equal(StoreError.DuplicateKey, _store.Do(operation).Error);
        Assert.Equal(new Revision(1), _store.Store.Revision);
    }

    [Fact]
    public void Both_branches_of_a_nested_transaction_may_write_one_key()
    {
        Assert.Equal(StoreError.None, _store.Do(Txn([Txn([Put("a")], [Put("a")])])).Error);
        Assert.Equal(StoreError.None, _store.Do(Txn([Delete("a"), Delete("a")])).Error);
    }

    [Fact]
    public void Nested_comparisons_see_the_state_before_the_whole_transaction()
    {
        var applied = _store.Do(Txn([Put("a"), Txn([Put("yes")], [Put("no")], [new Comparison(CompareTarget.Version, CompareResult.Equal, B("a"))])]));
        Assert.Equal(StoreError.None, applied.Error);
        Assert.Equal(("v", null), (_store.Value("yes"), _store.Value("no")));
    }

    [Fact]
    public void Steps_answer_with_the_revision_that_each_saw()
    {
        _store.Put("x", "1");
        var applied = _store.Do(Txn([new RangeOperation(new RangeQuery(B("a"))), Put("a"), new RangeOperation(new RangeQuery(B("a")))]));
        var responses = ((TxnResult)applied.Result!).Responses;
        Assert.Equal([2L, 3L, 3L], responses.Select(r => r.Revision.Value));
        Assert.Empty(((RangeResult)responses[0].Result).Kvs);
        Assert.Equal(new Revision(3), Assert.Single(((RangeResult)responses[2].Result).Kvs).ModRevision);
    }

    [Fact]
    public void Refused_step_leaves_nothing_of_the_transaction()
    {
        var applied = _store.Do(Txn([Put("a"), new PutOperation(B("b"), B("1"), new LeaseId(5))]));
        Assert.Equal(StoreError.LeaseNotFound, applied.Error);
        Assert.Null(_store.Value("a"));
        applied = _store.Do(Txn([Put("a"), new RangeOperation(new RangeQuery(B("b")) { At = new Revision(9) })]));
        Assert.Equal(StoreError.FutureRevision, applied.Error);
        applied = _store.Do(Txn([Put("a"), new PutOperation(B("b"), default, IgnoreValue: true)]));
        Assert.Equal(StoreError.KeyNotFound, applied.Error);
        Assert.Equal(new Revision(1), _store.Store.Revision);
    }

    [Fact]
    public void Of_several_refusals_the_one_is_heard_that_etcd_gives()
    {
        var lease = new PutOperation(B("a"), default, new LeaseId(5), IgnoreValue: true);
        Assert.Equal(StoreError.LeaseNotFound, _store.Do(lease).Error);
        Assert.Equal(StoreError.KeyNotFound, _store.Do(Txn([lease])).Error);
        var future = new RangeOperation(new RangeQuery(B("b")) { At = new Revision(9) });
        Assert.Equal(StoreError.KeyNotFound, _store.Do(Txn([future, Txn([lease])])).Error);
        Assert.Equal(StoreError.FutureRevision, _store.Do(Txn([future, Put("a")])).Error);
    }

    [Fact]
    public void A_revision_below_zero_was_never_kept()
    {
        foreach (var at in new[] { -2L, -1L })
        {
            var read = Txn([Put("a"), new RangeOperation(new RangeQuery(B("a")) { At = new Revision(at) })]);
            // -1 is what stands for "nothing was compacted yet", here as in etcd.
            Assert.Equal(at == -2 ? StoreError.Compacted : StoreError.None, _store.Do(read).Error);
        }
        Assert.Equal(StoreError.Compacted, _store.Apply(new CompactCommand(new Revision(-1))).Error);
        Assert.Equal(StoreError.None, _store.Apply(new CompactCommand(new Revision(0))).Error);
        Assert.Equal(StoreError.Compacted, _store.Do(new RangeOperation(new RangeQuery(B("a")) { At = new Revision(-1) })).Error);
    }

    [Fact]
    public void Bad_requests_are_refused_each_with_its_error()
    {
        Assert.Equal(StoreError.EmptyKey, _store.Do(Put("")).Error);
        Assert.Equal(StoreError.EmptyKey, _store.Do(Delete("")).Error);
        Assert.Equal(StoreError.EmptyKey, _store.Do(Txn([], null, [new Comparison(CompareTarget.Mod, CompareResult.Equal, default)])).Error);
        Assert.Equal(StoreError.EmptyKey, _store.Do(new RangeOperation(new RangeQuery(default(ReadOnlyMemory<byte>)))).Error);
        Assert.Equal(StoreError.InvalidSortOption, _store.Do(new RangeOperation(new RangeQuery(B("a")) { Target = (SortTarget)9 })).Error);
        Assert.Equal(StoreError.ValueProvided, _store.Do(new PutOperation(B("a"), B("x"), IgnoreValue: true)).Error);
        Assert.Equal(StoreError.LeaseProvided, _store.Do(new PutOperation(B("a"), B("x"), new LeaseId(1), IgnoreLease: true)).Error);
        var many = Enumerable.Range(0, StoreLimits.OperationsPerTransaction + 1).Select(i => (Operation)Put($"k{i}"));
        Assert.Equal(StoreError.TooManyOperations, _store.Do(Txn([.. many])).Error);
    }

    [Fact]
    public void Repeated_request_answers_as_the_first_did_and_changes_nothing()
    {
        _store.Put("a", "0");
        var first = _store.Do(Txn([new PutOperation(B("a"), B("1"), PrevKv: true), new RangeOperation(new RangeQuery(B("a"))), new DeleteOperation(B("zz"))]), 77);
        _store.Put("a", "2");
        var digest = _store.Store.Revision;
        var again = _store.Do(Put("a", "another"), 77);
        Assert.Equal(digest, _store.Store.Revision);
        Assert.Equal((first.Error, first.Revision), (again.Error, again.Revision));
        var responses = ((TxnResult)again.Result!).Responses;
        Assert.Equal("0", S(((PutResult)responses[0].Result).Previous!.Value));
        Assert.Equal("1", S(((RangeResult)responses[1].Result).Kvs[0].Value));
        Assert.Equal("2", _store.Value("a"));
    }

    [Fact]
    public void Remembered_requests_are_forgotten_after_their_time()
    {
        _store.Do(Put("a", "1"), 5);
        _store.Pass(StoreLimits.RememberedRequestAge);
        _store.Do(Put("a", "2"), 5);
        Assert.Equal("2", _store.Value("a"));
    }

    [Fact]
    public void The_oldest_remembered_request_gives_way_when_there_is_one_too_many()
    {
        for (var i = 1; i <= StoreLimits.RememberedRequests; i++) _store.Do(Put("a", "1"), (UInt128)i);
        var full = _store.Store.Revision;
        _store.Do(Put("a", "2"), 1);
        Assert.Equal(full, _store.Store.Revision);

        _store.Do(Put("a", "3"), UInt128.MaxValue);
        // Forgetting is done for many at once.
        for (var i = 0; i < StoreLimits.TrimmedAtOnce; i++) _store.Put("b", "");
        _store.Do(Put("a", "4"), 2);
        Assert.Equal("3", _store.Value("a"));
        _store.Do(Put("a", "5"), 1);
        Assert.Equal("5", _store.Value("a"));
    }

    [Fact]
    public void Large_remembered_answers_are_bounded_in_bytes()
    {
        const int AnswerBytes = 1 << 20;
        const int Fit = (int)(StoreLimits.RememberedRequestBytes / AnswerBytes);
        _store.Put("a", new string('x', AnswerBytes));
        var read = Txn([new RangeOperation(new RangeQuery(B("a")))]);
        for (var i = 1; i <= Fit + 1; i++) _store.Do(read, (UInt128)i);
        _store.Put("a", "small");
        Assert.Equal("small", Answer(1));
        Assert.Equal(AnswerBytes, Answer(Fit + 1).Length);

        string Answer(int id) => S(((RangeResult)((TxnResult)_store.Do(read, (UInt128)id).Result!).Responses[0].Result).Kvs[0].Value);
    }
}
