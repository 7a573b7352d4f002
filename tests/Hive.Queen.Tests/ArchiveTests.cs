using System.Buffers;
using Hive.Journal;
using Hive.Queen.Archive;
using Hive.Store;
using Xunit;

namespace Hive.Queen.Tests;

/// <summary>What an archive gets of a log: nothing but what was applied, without a gap, and never of another history.</summary>
public class ArchiveTests
{
    private static List<AppliedEntry> ReadAll(QueenServer queen, int batchBytes)
    {
        var entries = new List<AppliedEntry>();
        LogPosition after = default;
        while (true)
        {
            LogReading reading = queen.ReadLog(after, batchBytes);
            Assert.Equal(LogReadCode.Ok, reading.Code);
            entries.AddRange(reading.Entries);
            if (reading.Complete) return entries;
            after = new LogPosition(entries[^1].Index, entries[^1].Term);
        }
    }

    private static byte[] Encode(IEnumerable<AppliedEntry> entries)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (AppliedEntry entry in entries) ArchiveFormat.Write(entry, output);
        return output.WrittenSpan.ToArray();
    }

    private static (List<AppliedEntry> Entries, ArchiveReader Reader) Decode(byte[] bytes)
    {
        var reader = new ArchiveReader(new MemoryStream(bytes), default);
        var entries = new List<AppliedEntry>();
        while (reader.Next() is { } entry) entries.Add(entry);
        return (entries, reader);
    }

    private static List<AppliedEntry> Some() =>
    [
        .. Enumerable.Range(1, 5).Select(i => new AppliedEntry(
            new LogIndex((ulong)i), new Term(i < 3 ? 1u : 4u), new Stamp(new LogTime(i * 10), new WallTime(i * 1000)), new byte[i * 7])),
    ];

    private static KeyValueStore Replay(IEnumerable<AppliedEntry> entries)
    {
        var store = new KeyValueStore();
        foreach (AppliedEntry entry in entries) store.Apply(entry.Index, entry.Term, entry.Stamp, entry.Command);
        return store;
    }

    [Fact]
    public async Task The_log_replayed_is_the_state_of_every_member_whatever_the_parts_in_which_it_came()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        for (int i = 0; i < 40; i++) await cluster.MustPutAsync(leader, $"k{i % 7}", new string('v', i * 20));
        await cluster.KillAsync(leader);
        int next = await cluster.LeaderAsync();
        for (int i = 0; i < 10; i++) await cluster.MustPutAsync(next, $"k{i}", "after");
        QueenServer queen = cluster[next];
        List<AppliedEntry> entries = Decode(Encode(ReadAll(queen, 1_000))).Entries;
        Assert.Equal(ReadAll(queen, 1 << 20).Count, entries.Count);
        KeyValueStore replayed = Replay(entries);
        // Members make their names known in the log, and again where the leader whom they told was killed: where such an entry came behind what was read, it is read again.
        await cluster.Eventually(() => queen.Store.AppliedIndex == replayed.AppliedIndex || (replayed = Replay(ReadAll(queen, 1_000))).AppliedIndex == queen.Store.AppliedIndex, "the end that was read");
        Assert.Equal(queen.Store.Digest, replayed.Digest);
        Assert.Equal(queen.Store.Revision, replayed.Revision);
    }

    [Fact]
    public async Task A_position_that_is_not_in_the_log_is_never_gone_on_from()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(1, new QueenLimits { SnapshotEntries = 20, TrailingEntries = 5 });
        int leader = await cluster.LeaderAsync();
        for (int i = 0; i < 10; i++) await cluster.MustPutAsync(leader, $"k{i}", "v");
        QueenServer queen = cluster[leader];
        LogPosition last = new(queen.Store.AppliedIndex, queen.Store.AppliedTerm);
        Assert.True(queen.ReadLog(last, 1000) is { Code: LogReadCode.Ok, Complete: true, Entries.Length: 0 });
        Assert.Equal(LogReadCode.Differs, queen.ReadLog(last with { Term = last.Term.Next }, 1000).Code);
        Assert.Equal(LogReadCode.Differs, queen.ReadLog(last with { Index = last.Index.Next.Next }, 1000).Code);
        for (int i = 0; i < 60; i++) await cluster.MustPutAsync(leader, $"k{i}", "v");
        await cluster.Eventually(() => queen.ReadLog(default, 1000).Code == LogReadCode.Gone, "the beginning of the log to be compacted away");
    }

    [Fact]
    public void Records_cut_anywhere_are_read_up_to_the_last_whole_one()
    {
        byte[] bytes = Encode(Some());
        for (int length = 0; length < bytes.Length; length++)
        {
            (List<AppliedEntry> entries, ArchiveReader reader) = Decode(bytes[..length]);
            Assert.True(entries.Count < 5);
            Assert.Equal(Encode(Some().Take(entries.Count)).Length, reader.Position);
            Assert.Equal(reader.Position != length, reader.IsCutOff);
        }
    }

    [Fact]
    public void No_byte_can_change_unnoticed()
    {
        byte[] bytes = Encode(Some());
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 0x20;
            (List<AppliedEntry> entries, ArchiveReader reader) = Decode(changed);
            Assert.True(entries.Count < 5 && reader.Problem is not null, $"byte {at}");
        }
        byte[] header = ArchiveFormat.Encode(new ArchiveHeader(new ClusterId(7), new LogPosition(new LogIndex(3), new Term(2))));
        Assert.True(ArchiveFormat.TryReadHeader(header, out _));
        for (int at = 0; at < header.Length; at++)
        {
            byte[] changed = [.. header];
            changed[at] ^= 0x20;
            Assert.False(ArchiveFormat.TryReadHeader(changed, out _), $"byte {at} of the header");
        }
    }

    [Theory]
    [InlineData(new[] { 0, 2 }, 1)]
    [InlineData(new[] { 0, 0, 1 }, 1)]
    [InlineData(new[] { 1, 0 }, 0)]
    public void An_entry_that_is_missing_doubled_or_moved_ends_what_is_believed(int[] order, int believed)
    {
        List<AppliedEntry> some = Some();
        (List<AppliedEntry> entries, ArchiveReader reader) = Decode(Encode(order.Select(i => some[i])));
        Assert.Equal(believed, entries.Count);
        Assert.Contains("behind entry", reader.Problem, StringComparison.Ordinal);
    }
}
