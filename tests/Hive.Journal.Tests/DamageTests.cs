using Hive.Journal.Records;
using Xunit;

namespace Hive.Journal.Tests;

/// <summary>What a damaged journal still knows: what was promised, and every entry whose record can be read.</summary>
public class DamageTests
{
    private static readonly JournalIdentity Identity = new(new ClusterId(0xC1), new MemberId(7));
    private static readonly JournalLimits Small = new() { SegmentBytes = 1024, RecordBytes = 4096, SnapshotChunkBytes = 64 };
    private static readonly HardState Newest = new(new Term(5), new MemberId(2));

    private static JournalOpening Open(IDisk disk) => Journal.Open(disk, Identity, Small, FaultPoint.None);

    private static JournalEntry Entry(ulong index, ulong term) =>
        new(new LogIndex(index), new Term(term), 0, new Stamp(new LogTime((long)index), new WallTime(9)), new byte[] { (byte)index, (byte)term });

    /// <summary>Entries 1 to 20; the term changes at 8, where a tail of two is replaced, and at 15. Several segments; sealed.</summary>
    private static MemoryDisk Written()
    {
        var disk = new MemoryDisk();
        using Journal journal = Open(disk).Journal!;
        void Write(params ReadOnlySpan<JournalEntry> entries)
        {
            var batch = new JournalBatch();
            foreach (JournalEntry entry in entries) batch.Append(entry);
            batch.SetHardState(entries[^1].Term == new Term(5) ? Newest : new HardState(entries[^1].Term, default));
            Assert.Equal(DiskStatus.Ok, journal.Write(batch));
        }
        for (ulong i = 1; i <= 9; i += 3) Write(Entry(i, 1), Entry(i + 1, 1), Entry(i + 2, 1));
        for (ulong i = 8; i < 15; i++) Write(Entry(i, 3));
        for (ulong i = 15; i <= 20; i++) Write(Entry(i, 5));
        journal.Seal();
        return disk;
    }

    private static ulong TermOf(ulong index) => index < 8 ? 1 : index < 15 ? 3UL : 5;

    private static IEnumerable<(string Path, int At, RecordFrame Frame)> Records(MemoryDisk disk)
    {
        foreach (var (path, content) in disk.Files.Where(f => f.Key.EndsWith(".seg", StringComparison.Ordinal)).ToArray())
        {
            Segment.TryParse(path[8..], out ulong segment);
            for (int at = 0; RecordFrame.TryRead(content.Bytes.AsSpan(at), segment, at, Small.RecordBytes, out RecordFrame frame); at += frame.Size)
                yield return (path, at, frame);
        }
    }

    private static MemoryDisk Rotten(MemoryDisk disk, params ReadOnlySpan<(string Path, int At)> places)
    {
        MemoryDisk rotten = disk.Copy();
        foreach (var (path, at) in places) rotten.Files.Single(f => f.Key == path).Value.Bytes[at + 26] ^= 4;
        return rotten;
    }

    // A peer may still need the copies in them, and so may this member.
    [Fact]
    public void While_damage_is_open_no_segment_is_deleted()
    {
        MemoryDisk disk = Written();
        var records = Records(disk).ToList();
        string last = records[^1].Path;
        var lost = records.First(r => r.Path == last && r.Frame.Kind == RecordKind.Entry);
        MemoryDisk rotten = Rotten(disk, (lost.Path, lost.At));
        JournalOpening opening = Open(rotten);
        Assert.NotNull(opening.Damage);
        using Journal journal = opening.Journal!;
        int Segments() => rotten.List(Segment.Directory).Count;
        int before = Segments();
        LogIndex through = journal.LastIndex;
        var batch = new JournalBatch();
        batch.Compact(new LogPosition(through, journal.TermAt(through)!.Value));
        Assert.Equal(DiskStatus.Ok, journal.Write(batch));
        journal.DeleteObsoleteSegments();
        Assert.Equal(before, Segments());
        batch.Clear();
        batch.MarkRepaired();
        Assert.Equal(DiskStatus.Ok, journal.Write(batch));
        journal.DeleteObsoleteSegments();
        Assert.True(Segments() < before, $"{Segments()} of {before} segments");
    }

    // Found by the simulator: a hole, the record that cut the log there, and a start of the log in front of what had stood behind it; the member could not open its journal.
    [Fact]
    public void A_journal_that_rots_again_and_again_while_it_is_written_repaired_and_compacted_can_always_be_opened()
    {
        for (int seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            MemoryDisk disk = Written();
            for (int round = 0; round < 8; round++)
            {
                using (Journal journal = Open(disk).Journal!) Go(journal, random);
                for (int rots = random.Next(4); rots > 0; rots--)
                {
                    var (path, content) = disk.Files.ElementAt(random.Next(disk.Files.Count()));
                    int written = content.Bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
                    if (written > RecordFrame.HeaderBytes) disk = Rotten(disk, (path, random.Next(written - RecordFrame.HeaderBytes)));
                }
            }
        }
    }

    /// <summary>What a member does with its journal: writes again what was lost, perhaps says that all is whole, goes on, forgets the beginning.</summary>
    private static void Go(Journal journal, Random random)
    {
        ulong term = journal.HardState.Term.Value + (ulong)random.Next(2);
        var batch = new JournalBatch();
        void Write()
        {
            Assert.Equal(DiskStatus.Ok, journal.Write(batch));
            batch.Clear();
        }
        if (journal.Damage is { } damage && random.Next(2) == 0)
        {
            for (ulong i = journal.LastIndex.Value + 1; i <= damage.To.Value; i++) batch.Append(Entry(i, term));
            batch.SetHardState(new HardState(new Term(term), default));
            Write();
            if (random.Next(4) > 0)
            {
                batch.MarkRepaired();
                Write();
            }
        }
        for (int more = random.Next(6); more > 0; more--)
        {
            batch.Append(Entry(journal.LastIndex.Value + 1, term));
            batch.SetHardState(new HardState(new Term(term), default));
            Write();
        }
        LogIndex through = new(journal.LogStart.Index.Value + (ulong)random.Next((int)(journal.LastIndex.Value - journal.LogStart.Index.Value) + 1));
        if (random.Next(3) == 0 && journal.TermAt(through) is { } termThere)
        {
            batch.Compact(new LogPosition(through, termThere));
            Write();
            journal.DeleteObsoleteSegments();
        }
        if (random.Next(2) == 0) journal.Seal();
    }

    [Fact]
    public void One_lost_record_anywhere_leaves_term_vote_and_promise_certain()
    {
        MemoryDisk disk = Written();
        var records = Records(disk).ToList();
        Assert.Contains(records, r => r.Frame.Kind == RecordKind.SegmentStart && r.Path != records[0].Path);
        // The seal is the one exception: lost, the batch in front of it says the same.
        foreach (var (path, at, frame) in records)
        {
            using Journal opened = Open(Rotten(disk, (path, at))).Journal!;
            if (opened.Damage is not { } damage) continue;
            Assert.True(damage.Promise.IsKnown, $"{path} {at} {frame.Kind}");
            Assert.Equal(new LogPosition(new LogIndex(20), new Term(5)), damage.Promise.End);
            Assert.Equal(Newest, opened.HardState);
        }
    }

    [Fact]
    public void Behind_any_lost_entry_the_others_can_be_read_and_name_it()
    {
        MemoryDisk disk = Written();
        var entries = Records(disk).Where(r => r.Frame.Kind == RecordKind.Entry).ToList();
        foreach (var (path, at, _) in entries)
        {
            EntryRecord.TryRead(disk.Files.Single(f => f.Key == path).Value.Bytes.AsSpan(at + RecordFrame.HeaderBytes), out EntryRecord lost);
            using Journal opened = Open(Rotten(disk, (path, at))).Journal!;
            Assert.NotNull(opened.Damage);
            for (ulong i = 1; i <= 20; i++)
            {
                JournalEntry? copy = opened.ReadCopy(new LogIndex(i), new Term(TermOf(i)));
                bool isLost = lost.Index.Value == i && lost.Term.Value == TermOf(i);
                Assert.Equal(isLost, copy is null);
                Assert.Equal(isLost ? null : new Term(i == 1 ? 0 : TermOf(i - 1)), opened.TermBefore(new LogIndex(i), new Term(TermOf(i))));
                if (copy is { } read) Assert.Equal(Entry(i, TermOf(i)).Data.ToArray(), read.Data.ToArray());
            }
        }
    }

    [Fact]
    public void A_lost_end_leaves_only_a_bound()
    {
        MemoryDisk disk = Written();
        var records = Records(disk).ToList();
        (string Path, int At)[] end = [.. records.TakeLast(3).Select(r => (r.Path, r.At))];
        MemoryDisk rotten = disk.Copy();
        // A later batch was durable behind what is lost, and only its number can still be read.
        byte[] bytes = rotten.Files.Single(f => f.Key == end[0].Path).Value.Bytes;
        foreach (var (_, at) in end[..2]) bytes[at + 26] ^= 4;
        using Journal sealedStill = Open(rotten).Journal!;
        Assert.True(sealedStill.Damage!.Promise.IsKnown);

        MemoryDisk cut = disk.Copy();
        byte[] content = cut.Files.Single(f => f.Key == end[0].Path).Value.Bytes;
        // Middle of the last segment: everything up to the end is unreadable, but for an entry of the last batch.
        foreach (var record in records.Where(r => r.Path == end[0].Path && r.At > 0 && r.Frame.Kind != RecordKind.Entry)) content[record.At + 26] ^= 4;
        var damaged = Open(cut);
        using Journal opened = damaged.Journal!;
        Assert.NotNull(damaged.Damage);
        Assert.False(damaged.Damage.Promise.IsKnown);
        Assert.True(damaged.Damage.To.Value >= 20, $"{damaged.Damage}");
    }

    [Fact]
    public void A_promise_outlives_the_loss_of_the_record_of_the_damage_and_of_the_repair()
    {
        MemoryDisk disk = Written();
        var (path, at, _) = Records(disk).First(r => r.Frame.Kind == RecordKind.Entry);
        MemoryDisk rotten = Rotten(disk, (path, at));
        using (Journal opened = Open(rotten).Journal!)
        {
            var batch = new JournalBatch();
            batch.Append(Entry(opened.LastIndex.Value + 1, 1));
            Assert.Equal(DiskStatus.Ok, opened.Write(batch));
        }
        foreach (var (lostPath, lostAt, frame) in Records(rotten).ToList())
        {
            if (frame.Kind is not (RecordKind.Damage or RecordKind.SegmentStart)) continue;
            using Journal again = Open(Rotten(rotten, (lostPath, lostAt))).Journal!;
            Assert.NotNull(again.Damage);
            Assert.Equal(new LogPosition(new LogIndex(20), new Term(5)), again.Damage.Promise.End);
        }
    }

    [Fact]
    public void A_crash_before_damage_is_recorded_does_not_make_an_unknown_promise_known()
    {
        MemoryDisk disk = Written();
        var records = Records(disk).ToList();
        string last = records[^1].Path;
        byte[] content = disk.Files.Single(f => f.Key == last).Value.Bytes;
        foreach (var record in records.Where(r => r.Path == last && r.At > 0 && r.Frame.Kind != RecordKind.Entry)) content[record.At + 26] ^= 4;
        for (int crashAt = 0; crashAt < 6; crashAt++)
        {
            MemoryDisk interrupted = disk.Copy();
            try
            {
                Journal.Open(interrupted, Identity, Small, new CrashAt(crashAt)).Journal!.Dispose();
            }
            catch (CrashAt.Crash)
            {
                // The process ended there; what follows is its next start.
            }
            using Journal again = Open(interrupted).Journal!;
            Assert.NotNull(again.Damage);
            Assert.False(again.Damage.Promise.IsKnown, $"crash at {crashAt}");
        }
    }

    private sealed class CrashAt(int count) : IFaultPoints
    {
        private int _left = count;

        public void Reach(string point)
        {
            if (_left-- <= 0) throw new Crash();
        }

        internal sealed class Crash : Exception;
    }
}
