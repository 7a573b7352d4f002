using static Hive.Store.Tests.StoreDriver;

namespace Hive.Store.Tests;

public sealed class RecordTests
{
    private readonly StoreDriver _store = new();

    private RecordResult Set(string name, long expected, string value) =>
        (RecordResult)_store.Apply(new SetRecordCommand(B(name), expected, B(value))).Result!;

    [Fact]
    public void A_record_is_written_only_over_the_version_that_was_read()
    {
        Assert.Equal(new RecordResult(true, 1), Set("auth", 0, "one"));
        Assert.Equal(new RecordResult(false, 1), Set("auth", 0, "two"));
        Assert.Equal(new RecordResult(true, 2), Set("auth", 1, "two"));
        var (version, value) = _store.Store.Snapshot().Record(B("auth"))!.Value;
        Assert.Equal((2, "two"), (version, S(value)));
        Assert.Null(_store.Store.Snapshot().Record(B("other")));
    }

    [Fact]
    public void A_record_is_no_key_and_moves_no_revision()
    {
        Set("auth", 0, "one");
        Assert.Equal(Revision.Empty, _store.Store.Revision);
        Assert.Empty(Keys(_store.Range("\0", "\0")));
    }

    [Fact]
    public void Records_travel_with_the_state_and_count_in_its_digest()
    {
        var before = _store.Store.Digest.Value;
        Set("auth", 0, "one");
        Assert.NotEqual(before, _store.Store.Digest.Value);
        var copy = CopyOf(_store.Store.Snapshot());
        Assert.Equal("one", S(copy.Snapshot().Record(B("auth"))!.Value.Value));
        Assert.Equal(_store.Store.Digest, copy.Digest);
    }

    [Fact]
    public void A_guarded_command_happens_only_while_the_record_is_the_one_it_was_allowed_by()
    {
        Command Put(long version, string value) =>
            new GuardedCommand(new Guard.RecordIs(B("auth"), version), new MutateCommand(new PutOperation(B("k"), B(value)), RequestId: 7));
        Assert.Equal(StoreError.GuardFailed, _store.Apply(Put(1, "early")).Error);
        var written = _store.Apply(Put(0, "one"));
        Assert.Equal((StoreError.None, "one"), (written.Error, _store.Value("k")));
        Set("auth", 0, "some");
        // Also what was answered before: who may not ask any more is not told again.
        Assert.Equal(StoreError.GuardFailed, _store.Apply(Put(0, "one")).Error);
        Assert.Equal((StoreError.None, written.Revision), (_store.Apply(Put(1, "one")).Error, _store.Store.Revision));
        Assert.False(CommandCodec.TryDecode((byte[])[12, 4, 2, 1, 12, 4, 2, 1, 6], out _));
    }

    [Fact]
    public void An_empty_value_removes_the_record()
    {
        Set("auth", 0, "one");
        Assert.Equal(new RecordResult(true, 0), Set("auth", 1, ""));
        Assert.Null(_store.Store.Snapshot().Record(B("auth")));
        Assert.Equal(new RecordResult(true, 1), Set("auth", 0, "again"));
    }
}
