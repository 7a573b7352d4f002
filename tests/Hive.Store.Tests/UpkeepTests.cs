using Hive.Store.Transfer;
using static Hive.Store.Tests.StoreDriver;

namespace Hive.Store.Tests;

/// <summary>Forgetting, giving memory back, and being the same on every member.</summary>
public sealed class UpkeepTests
{
    private readonly StoreDriver _store = new();

    private static string Big(int seed) => new((char)('a' + seed % 26), 10_000);

    [Fact]
    public void History_older_than_its_age_is_forgotten_and_what_was_current_within_it_is_not()
    {
        _store.Put("a", "old");
        _store.Pass(TimeSpan.FromMinutes(30));
        _store.Put("a", "new");
        _store.Pass(TimeSpan.FromMinutes(59));
        Assert.Equal("old", S(_store.Range("a", "", 2).Kvs[0].Value));
        _store.Pass(TimeSpan.FromMinutes(1));
        var snapshot = _store.Store.Snapshot();
        Assert.Equal(StoreError.Compacted, snapshot.Range(new RangeQuery(B("a")) { At = new Revision(2) }, out _));
        Assert.Equal("new", S(_store.Range("a", "", 3).Kvs[0].Value));
    }

    [Fact]
    public void History_larger_than_its_share_is_forgotten_from_the_oldest_on()
    {
        _store.Apply(new SetRetentionCommand(new Retention(TimeSpan.FromDays(9), 50, 100_000)));
        for (var i = 0; i < 500; i++) _store.Put("a", Big(i));
        Assert.InRange(_store.Store.Bytes.HistoryBytes, 80_000, 350_000);
        Assert.InRange(_store.Store.Snapshot().CompactedAt, 460, 500);
    }

    [Fact]
    public void History_further_back_than_so_many_revisions_is_forgotten_and_nothing_nearer()
    {
        _store.Apply(new SetRetentionCommand(Retention.Default with { Revisions = 100 }));
        for (var i = 0; i < 500; i++)
        {
            _store.Put("a", $"{i}");
            Assert.True(_store.Store.Snapshot().CompactedAt <= Math.Max(_store.Store.Revision.Value - 100, -1), $"kept from {_store.Store.Snapshot().CompactedAt} at {_store.Store.Revision}");
        }
        // Upkeep is done a little later, many steps at once.
        Assert.InRange(_store.Store.Snapshot().CompactedAt, 340, 401);
    }

    [Fact]
    public void Memory_is_given_back_on_line_when_most_of_it_is_history_of_no_use()
    {
        _store.Apply(new SetRetentionCommand(new Retention(TimeSpan.FromDays(9), 50, 1L << 40)));
        for (var i = 0; i < 3_000; i++) _store.Put(i % 10 == 0 ? $"stay{i}" : $"k{i % 100}", Big(i));
        Assert.InRange(_store.Store.Bytes.TotalBytes, 30_000_000, 36_000_000);
        var held = _store.Store.Snapshot();
        _store.Apply(new CompactCommand(_store.Store.Revision));
        var ticks = 0;
        while (_store.Store.NextDeadline is not null && ticks++ < 10_000) _store.Pass(TimeSpan.FromMilliseconds(20));
        var bytes = _store.Store.Bytes;
        Assert.InRange(bytes.InUseBytes, 3_900_000, 4_200_000);
        Assert.True(bytes.TotalBytes <= bytes.InUseBytes * 3 / 2 + StoreLimits.DeadBytesFree + 2 * StoreLimits.SlabBytes, $"{bytes}");
        Assert.Equal(Big(2_990), _store.Value("stay2990"));
        // The reader from before still sees all of its state.
        Assert.Equal(390, held.Scan(default, default).Count());
        Assert.Equal(Big(0), S(StoreDriver.Range(held, new RangeQuery(B("stay0")) { At = new Revision(3) }).Kvs[0].Value));
        Assert.Equal(_store.Store.Digest, CopyOf(_store.Store.Snapshot()).Digest);
    }

    [Fact]
    public void Records_that_cleaning_moved_are_found_at_every_revision_and_in_history()
    {
        _store.Apply(new SetRetentionCommand(new Retention(TimeSpan.FromDays(9), 50, 1L << 40)));
        // Every other record dies, so that each slab must be cleaned.
        for (var i = 0; i < 3_600; i++) _store.Put(i % 3 == 0 ? $"s{i % 400:d4}" : "hot", Big(i));
        var before = _store.Store.Snapshot();
        _store.Apply(new CompactCommand(new Revision(3_000)));
        for (var i = 0; i < 1_000; i++) _store.Pass(TimeSpan.FromMilliseconds(20));
        var after = _store.Store.Snapshot();
        Assert.True(after.Bytes.TotalBytes <= after.Bytes.InUseBytes * 3 / 2 + StoreLimits.DeadBytesFree + 2 * StoreLimits.SlabBytes, $"{after.Bytes}");
        Assert.True(after.Bytes.TotalBytes < before.Bytes.TotalBytes * 2 / 3, $"{after.Bytes}");
        foreach (var at in new long[] { 3_000, 3_300, 3_599, 3_601 })
        {
            Assert.Equal(StoreError.None, before.Hash(new Revision(at), out var expected));
            Assert.Equal(StoreError.None, after.Hash(new Revision(at), out var hash));
            Assert.Equal(expected, hash);
        }
        Assert.Equal(StoreError.None, after.History(new Revision(3_000), out var changes));
        Assert.Equal(602, changes.Count());
    }

    [Fact]
    public void Members_that_started_from_snapshots_at_different_entries_have_equal_digests_for_ever()
    {
        var random = new RandomCommands(11);
        _store.Apply(new SetRetentionCommand(new Retention(TimeSpan.FromSeconds(20), 50, 3_000, Revisions: 300)));
        var members = new List<KeyValueStore>();
        for (var i = 0; i < 2_000; i++)
        {
            _store.Now += TimeSpan.FromMilliseconds(random.Next(200));
            var command = random.AnyCommand();
            if (command is not SetRetentionCommand) _store.Apply(command);
            var (index, term, stamp, bytes) = _store.Log[^1];
            foreach (var member in members.Where(m => m.AppliedIndex < index))
            {
                member.Apply(index, term, stamp, bytes);
                Assert.Equal(_store.Store.Digest, member.Digest);
                Assert.Equal(_store.Store.Bytes.HistoryBytes, member.Bytes.HistoryBytes);
            }
            if (i % 200 == 7) members.Add(CopyOf(_store.Store.Snapshot()));
        }
        Assert.True(_store.Store.Snapshot().CompactedAt > 0);
        foreach (var member in members)
        {
            Assert.Equal(_store.Store.Snapshot().CompactedAt, member.Snapshot().CompactedAt);
            Assert.Equal(
                _store.Store.Snapshot().Export().SelectMany(c => c.ToArray()),
                member.Snapshot().Export().SelectMany(c => c.ToArray()));
        }
    }

    [Fact]
    public void Digest_differs_when_one_byte_of_one_value_differs()
    {
        var other = new StoreDriver();
        _store.Put("a", "1234567890");
        other.Put("a", "1234567891");
        Assert.NotEqual(_store.Store.Digest, other.Store.Digest);
    }

    [Fact]
    public void Export_has_the_form_of_members_that_know_no_bound_on_revisions_until_there_is_one()
    {
        // The tag of the header, then the form.
        Assert.Equal([1, 1], Assert.Single(_store.Store.Snapshot().Export()).ToArray()[..2]);
        _store.Apply(new SetRetentionCommand(Retention.Default with { Revisions = 7 }));
        Assert.Equal([1, 2], Assert.Single(_store.Store.Snapshot().Export()).ToArray()[..2]);
        Assert.Equal(7, CopyOf(_store.Store.Snapshot()).Snapshot().Retention.Revisions);
    }

    [Fact]
    public void Every_cut_and_every_flipped_bit_of_an_export_is_noticed()
    {
        _store.Apply(new LeaseGrantCommand(new LeaseId(4), 100));
        _store.Put("a", "1", 4);
        _store.Put("a", "2", 4);
        _store.Do(new PutOperation(B("b"), B("x")), 99);
        var export = Assert.Single(_store.Store.Snapshot().Export()).ToArray();
        for (var length = 0; length < export.Length; length++) Assert.False(Complete(export.AsMemory(0, length)));
        Assert.True(Complete(export));
        // What the digest does not cover (history) is covered by the checksums of whoever stores or sends the chunks; here nothing may throw.
        for (var bit = 0; bit < export.Length * 8; bit++)
        {
            var flipped = (byte[])export.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Complete(flipped);
        }

        static bool Complete(ReadOnlyMemory<byte> chunk)
        {
            var import = new StateImport();
            import.Add(chunk);
            return import.IsComplete;
        }
    }

    [Fact]
    public void An_export_of_any_size_takes_the_memory_of_a_few_chunks()
    {
        for (var i = 0; i < 400; i++) _store.Put($"k{i}", new string('x', 50_000));
        var snapshot = _store.Store.Snapshot();
        var before = GC.GetAllocatedBytesForCurrentThread();
        long bytes = 0;
        foreach (var chunk in snapshot.Export()) bytes += chunk.Length;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(bytes > 400 * 50_000);
        Assert.InRange(allocated, 0, 8 * StoreLimits.ExportChunkBytes);
    }

    [Fact]
    public void Export_comes_in_bounded_chunks_and_is_not_disturbed_by_writes()
    {
        for (var i = 0; i < 300; i++) _store.Put($"k{i}", Big(i));
        var snapshot = _store.Store.Snapshot();
        var import = new StateImport();
        foreach (var chunk in snapshot.Export())
        {
            Assert.InRange(chunk.Length, 1, StoreLimits.ExportChunkBytes + 20_000);
            Assert.True(import.Add(chunk));
            for (var i = 0; i < 20; i++) _store.Put($"k{i}", "other");
        }
        Assert.True(import.IsComplete);
        var copy = new KeyValueStore();
        copy.Install(import);
        Assert.Equal(snapshot.Digest, copy.Digest);
    }

    [Fact]
    public void Revision_at_a_wall_time_is_the_one_that_was_current_then()
    {
        _store.Put("a", "1");
        _store.Now = new LogTime(10_000);
        _store.Put("a", "2");
        var snapshot = _store.Store.Snapshot();
        Assert.Equal(StoreError.None, snapshot.RevisionAt(new WallTime(10_999), out var revision));
        Assert.Equal(new Revision(2), revision);
        snapshot.RevisionAt(new WallTime(11_000), out revision);
        Assert.Equal(new Revision(3), revision);
        snapshot.RevisionAt(new WallTime(0), out revision);
        Assert.Equal(new Revision(1), revision);
    }

    [Fact]
    public async Task Readers_on_other_threads_see_whole_states_while_writes_go_on()
    {
        for (var i = 0; i < 100; i++) _store.Put($"k{i:d3}", "0");
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var reads = 0;
            while (!stop.IsCancellationRequested || reads == 0)
            {
                var values = _store.Store.Snapshot().Scan(default, default).Select(kv => S(kv.Value)).ToList();
                Assert.Equal(100, values.Count);
                Assert.Single(values.Distinct());
                reads++;
            }
        })).ToList();
        for (var round = 1; round <= 300; round++)
        {
            _store.Do(new TxnOperation([], [.. Enumerable.Range(0, 100).Select(i => new PutOperation(B($"k{i:d3}"), B($"{round}")))], []));
        }
        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }
}
