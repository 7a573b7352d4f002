using Hive.Journal.Records;
using Xunit;

namespace Hive.Journal.Tests;

public class JournalTests
{
    private static readonly JournalIdentity Identity = new(new ClusterId(0xC1), new MemberId(7));
    private static readonly JournalLimits Small = new() { SegmentBytes = 1024, RecordBytes = 4096, SnapshotChunkBytes = 64 };

    private static JournalOpening Open(IDisk disk) => Journal.Open(disk, Identity, Small, FaultPoint.None);

    private static Journal MustOpen(IDisk disk)
    {
        JournalOpening opening = Open(disk);
        Assert.Equal(JournalOpenCode.Ok, opening.Code);
        Assert.Null(opening.Damage);
        return opening.Journal!;
    }

    private static JournalEntry Entry(ulong index, ulong term, int size = 20)
    {
        byte[] data = new byte[size];
        for (int i = 0; i < size; i++) data[i] = (byte)(index * 31 + term * 7 + (ulong)i);
        return new JournalEntry(new LogIndex(index), new Term(term), 0, new Stamp(new LogTime((long)index), new WallTime(99)), data);
    }

    private static JournalBatch Batch(params JournalEntry[] entries)
    {
        var batch = new JournalBatch();
        foreach (JournalEntry entry in entries) batch.Append(entry);
        return batch;
    }

    private static string Describe(Journal journal)
    {
        var entries = new List<JournalEntry>();
        journal.Read(journal.LogStart.Index.Next, journal.LastIndex, long.MaxValue, 0, entries);
        return $"{journal.HardState} {journal.LogStart} " +
            string.Join(',', entries.Select(e => $"{e.Index}/{e.Term}/{e.Kind}/{e.Stamp.Log.Ticks}:{Convert.ToHexString(e.Data.Span)}"));
    }

    private static void Write(Journal journal, JournalBatch batch) => Assert.Equal(DiskStatus.Ok, journal.Write(batch));

    /// <summary>A journal of a few batches and two segments; the states after each batch.</summary>
    private static List<string> Fill(Journal journal)
    {
        var states = new List<string> { Describe(journal) };
        for (ulong i = 1; i <= 9; i += 3)
        {
            JournalBatch batch = Batch(Entry(i, 1), Entry(i + 1, 1), Entry(i + 2, 1, 70));
            if (i == 4) batch.SetHardState(new HardState(new Term(2), new MemberId(3)));
            Write(journal, batch);
            states.Add(Describe(journal));
        }
        Write(journal, Batch(Entry(8, 3), Entry(9, 3)));
        states.Add(Describe(journal));
        return states;
    }

    [Fact]
    public void What_was_written_is_there_after_reopening()
    {
        var disk = new MemoryDisk();
        string expected;
        using (Journal journal = MustOpen(disk)) expected = Fill(journal)[^1];
        using Journal again = MustOpen(disk);
        Assert.Equal(expected, Describe(again));
        Assert.Equal(new HardState(new Term(2), new MemberId(3)), again.HardState);
        Assert.Equal(new Term(3), again.TermAt(new LogIndex(9)));
        Assert.Equal(new Term(1), again.TermAt(new LogIndex(7)));
        Assert.Null(again.TermAt(new LogIndex(10)));
    }

    [Fact]
    public void What_write_acknowledged_outlives_a_power_cut()
    {
        var disk = new MemoryDisk();
        using Journal journal = MustOpen(disk);
        for (ulong i = 1; i <= 40; i++)
        {
            Write(journal, Batch(Entry(i, 1)));
            using Journal survivor = MustOpen(disk.AfterPowerCut());
            Assert.Equal(Describe(journal), Describe(survivor));
        }
    }

    [Fact]
    public void Each_batch_takes_one_write_and_one_data_sync()
    {
        var disk = new MemoryDisk();
        using Journal journal = MustOpen(disk);
        Write(journal, Batch(Entry(1, 1)));
        disk.Calls.Clear();
        Write(journal, Batch(Entry(2, 1), Entry(3, 1), Entry(4, 1)));
        Assert.Equal(["write journal/0000000000000001.seg", "sync journal/0000000000000001.seg"], disk.Calls);
    }

    [Fact]
    public void A_tail_cut_at_any_byte_leaves_the_whole_batches_before_it()
    {
        var disk = new MemoryDisk();
        using Journal journal = MustOpen(disk);
        var ends = new List<(int End, ulong Last)>();
        for (ulong i = 1; i <= 5; i += 2)
        {
            Write(journal, Batch(Entry(i, 1), Entry(i + 1, 1)));
            ends.Add((disk.Files.Single().Value.Bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1, i + 1));
        }
        for (int cut = 0; cut < ends[^1].End; cut++)
        {
            MemoryDisk torn = disk.Copy();
            torn.Files.Single().Value.Bytes.AsSpan(cut).Clear();
            ulong whole = ends.Where(e => e.End <= cut).Select(e => e.Last).LastOrDefault();
            ulong last;
            using (Journal cutOff = MustOpen(torn))
            {
                last = cutOff.LastIndex.Value;
                Assert.InRange(last, whole, whole + 2);
                Write(cutOff, Batch(Entry(last + 1, 9)));
            }
            using Journal again = MustOpen(torn);
            var entries = new List<JournalEntry>();
            again.Read(new LogIndex(1), again.LastIndex, long.MaxValue, 0, entries);
            Assert.Equal(last + 1, (ulong)entries.Count);
            Assert.All(entries, e => Assert.Equal(Entry(e.Index.Value, e.Index.Value > last ? 9UL : 1UL).Data.ToArray(), e.Data.ToArray()));
        }
    }

    [Fact]
    public void A_torn_batch_of_which_only_the_end_reached_the_disk_is_cut_and_never_comes_back()
    {
        var disk = new MemoryDisk();
        using Journal journal = MustOpen(disk);
        Write(journal, Batch(Entry(1, 1)));
        string before = Describe(journal);
        MemoryDisk.Content content = disk.Files.Single().Value;
        int end = content.Bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        Write(journal, Batch(Entry(2, 1, 40), Entry(3, 1, 40), Entry(4, 1, 40)));
        content.Bytes.AsSpan((end + 7) & -8, 48).Clear();
        JournalOpening opening = Open(disk);
        Assert.Null(opening.Damage);
        Assert.True(opening.TornBytes > 0);
        Assert.Equal(before, Describe(opening.Journal!));
        Write(opening.Journal!, Batch(Entry(2, 5, 8)));
        using Journal again = MustOpen(disk);
        Assert.Equal(2UL, again.LastIndex.Value);
        Assert.Equal(new Term(5), again.TermAt(new LogIndex(2)));
    }

    [Fact]
    public void A_flipped_bit_is_never_read_as_content_and_never_cut_silently_from_the_middle()
    {
        var disk = new MemoryDisk();
        List<string> states;
        using (Journal journal = MustOpen(disk))
        {
            states = Fill(journal);
            journal.Seal();
        }
        foreach (var (path, whole) in disk.Files.ToArray())
        {
            int used = whole.Bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            for (int bit = 0; bit < used * 8; bit++)
            {
                MemoryDisk rotten = disk.Copy();
                rotten.Files.Single(f => f.Key == path).Value.Bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                JournalOpening opening = Open(rotten);
                Assert.Equal(JournalOpenCode.Ok, opening.Code);
                string found = Describe(opening.Journal!);
                bool told = opening.Damage is not null;
                Assert.True(told || found == states[^1], $"{path} bit {bit}: {found}");
                if (told)
                {
                    Assert.True(opening.Damage!.To.Value >= 9, $"{path} bit {bit}: {opening.Damage}");
                    Assert.Equal(opening.Damage.From.Previous, opening.Journal!.LastIndex);
                }
                opening.Journal!.Dispose();
            }
        }
    }

    // A write that was cut leaves a whole batch as the last one. It was acknowledged long since: damage to it must not pass for another cut.
    [Fact]
    public void What_an_opening_found_whole_is_never_cut_as_torn_later()
    {
        var disk = new MemoryDisk();
        using (Journal journal = MustOpen(disk)) Write(journal, Batch(Entry(1, 1), Entry(2, 1)));
        MemoryDisk.Content content = disk.Files.Single().Value;
        int end = content.Bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        using (MustOpen(disk)) { }
        content.Bytes[end - 20] ^= 1;
        JournalOpening opening = Open(disk);
        Assert.NotNull(opening.Damage);
        Assert.Equal(2UL, opening.Damage.To.Value);
        opening.Journal!.Dispose();
    }

    // Found by the simulator: a seal that was not synced itself was lost in front of a batch that had arrived, and passed for damage.
    [Fact]
    public void A_seal_is_durable_before_anything_is_written_behind_it()
    {
        var disk = new MemoryDisk();
        using Journal journal = MustOpen(disk);
        Write(journal, Batch(Entry(1, 1)));
        journal.Seal();
        MemoryDisk before = disk.Copy();
        Write(journal, Batch(Entry(2, 1)));
        string expected = Describe(journal);
        // Power fails in the write of the last batch: of it all has arrived, of what was in front of it and not synced nothing.
        MemoryDisk left = before.Copy();
        foreach (var (path, content) in left.Files)
        {
            byte[] seen = content.Bytes, later = disk.Files.Single(f => f.Key == path).Value.Bytes;
            content.Bytes = [.. content.Durable];
            for (int i = 0; i < later.Length; i++)
                if (later[i] != seen[i]) content.Bytes[i] = later[i];
        }
        using Journal again = MustOpen(left);
        Assert.Equal(expected, Describe(again));
    }

    [Fact]
    public void Damage_is_reported_at_every_opening_until_it_is_marked_as_repaired()
    {
        var disk = new MemoryDisk();
        using (Journal journal = MustOpen(disk)) Fill(journal);
        disk.Files.First().Value.Bytes[200] ^= 1;
        JournalDamage first = Open(disk).Damage!;
        JournalOpening second = Open(disk);
        Assert.Equal(first with { Where = second.Damage!.Where }, second.Damage);
        JournalBatch repair = Batch();
        for (ulong i = first.From.Value; i <= 9; i++) repair.Append(Entry(i, 3));
        repair.MarkRepaired();
        Write(second.Journal!, repair);
        Assert.Null(second.Journal!.Damage);
        using Journal whole = MustOpen(disk);
        Assert.Equal(9UL, whole.LastIndex.Value);
    }

    [Fact]
    public void A_tail_that_a_lost_record_had_replaced_is_not_believed()
    {
        var disk = new MemoryDisk();
        using (Journal journal = MustOpen(disk))
        {
            JournalBatch old = Batch(Entry(1, 1), Entry(2, 1));
            old.SetHardState(new HardState(new Term(1), default));
            Write(journal, old);
            JournalBatch replacing = Batch(Entry(2, 2));
            replacing.SetHardState(new HardState(new Term(2), default));
            Write(journal, replacing);
            Write(journal, Batch(Entry(3, 2)));
        }
        MemoryDisk.Content content = disk.Files.Single().Value;
        int used = content.Bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        for (int at = 0; at < used; at++)
        {
            MemoryDisk rotten = disk.Copy();
            rotten.Files.Single().Value.Bytes[at] ^= 1;
            using Journal opened = Open(rotten).Journal!;
            Assert.False(opened.TermAt(new LogIndex(2)) == new Term(1), $"byte {at}: the replaced entry is back");
        }
    }

    [Fact]
    public void Damage_in_front_of_what_was_reported_before_is_reported_too()
    {
        var disk = new MemoryDisk();
        using (Journal journal = MustOpen(disk))
        {
            for (ulong i = 1; i <= 60; i++) Write(journal, Batch(Entry(i, 1)));
        }
        disk.Files.SkipLast(1).Last().Value.Bytes[200] ^= 1;
        Open(disk).Journal!.Dispose();
        JournalDamage reported = Open(disk).Damage!;
        Assert.True(reported.From.Value > 30);
        disk.Files.First().Value.Bytes[200] ^= 1;
        JournalOpening again = Open(disk);
        Assert.True(again.Damage!.From < reported.From, $"{again.Damage} after {reported}");
        Assert.Equal(again.Damage.From.Previous, again.Journal!.LastIndex);
    }

    [Fact]
    public void A_missing_segment_is_damage()
    {
        var disk = new MemoryDisk();
        using (Journal journal = MustOpen(disk))
        {
            for (ulong i = 1; i <= 60; i++) Write(journal, Batch(Entry(i, 1)));
        }
        disk.Delete(disk.Files.Skip(1).First().Key);
        JournalDamage? damage = Open(disk).Damage;
        Assert.NotNull(damage);
        Assert.Equal(60UL, damage.To.Value);
        Assert.True(damage.From.Value is > 1 and < 60);
    }

    [Fact]
    public void A_record_in_another_place_does_not_verify()
    {
        var disk = new MemoryDisk();
        using (Journal journal = MustOpen(disk))
        {
            for (ulong i = 1; i <= 4; i++) Write(journal, Batch(Entry(i, 1)));
        }
        byte[] bytes = disk.Files.Single().Value.Bytes;
        int start = RecordFrame.SizeOf(SegmentStart.PayloadBytes);
        int size = RecordFrame.SizeOf(EntryRecord.FixedBytes + 20) + RecordFrame.SizeOf(HardStateRecord.PayloadBytes);
        bytes.AsSpan(start, size).CopyTo(bytes.AsSpan(start + size));
        Assert.NotNull(Open(disk).Damage);
    }

    [Fact]
    public void Compaction_deletes_segments_and_keeps_the_entries_behind_it()
    {
        var disk = new MemoryDisk();
        string expected;
        using (Journal journal = MustOpen(disk))
        {
            for (ulong i = 1; i <= 60; i++) Write(journal, Batch(Entry(i, 1)));
            foreach (ulong at in new ulong[] { 7, 31, 50 })
            {
                var batch = new JournalBatch();
                batch.Compact(new LogPosition(new LogIndex(at), new Term(1)));
                Write(journal, batch);
                using Journal between = MustOpen(disk.Copy());
                Assert.Equal(Describe(journal), Describe(between));
                int before = disk.Files.Count();
                journal.DeleteObsoleteSegments();
                Assert.True(at == 7 || disk.Files.Count() < before);
                using Journal after = MustOpen(disk.Copy());
                Assert.Equal(Describe(journal), Describe(after));
            }
            expected = Describe(journal);
        }
        using Journal again = MustOpen(disk);
        Assert.Equal(expected, Describe(again));
        Assert.Equal(new LogPosition(new LogIndex(50), new Term(1)), again.LogStart);
        Assert.Equal(60UL, again.LastIndex.Value);
    }

    [Fact]
    public void A_received_snapshot_replaces_the_log()
    {
        var disk = new MemoryDisk();
        using Journal journal = MustOpen(disk);
        Write(journal, Batch(Entry(1, 1), Entry(2, 1)));
        var batch = new JournalBatch();
        batch.Reset(new LogPosition(new LogIndex(500), new Term(4)));
        batch.Append(Entry(501, 4));
        Write(journal, batch);
        journal.DeleteObsoleteSegments();
        using Journal again = MustOpen(disk);
        Assert.Equal(501UL, again.LastIndex.Value);
        Assert.Equal(new Term(4), again.TermAt(new LogIndex(500)));
        Assert.Null(again.TermAt(new LogIndex(2)));
    }

    [Fact]
    public void A_full_disk_is_a_typed_refusal_and_the_batch_may_be_tried_again()
    {
        var disk = new MemoryDisk();
        using Journal journal = MustOpen(disk);
        Write(journal, Batch(Entry(1, 1)));
        disk.Room = 0;
        JournalBatch large = Batch(Entry(2, 1, 2000));
        Assert.Equal(DiskStatus.NoSpace, journal.Write(large));
        Assert.Equal(1UL, journal.LastIndex.Value);
        Write(journal, Batch(Entry(2, 1, 10)));
        disk.Room = 1 << 20;
        Write(journal, Batch(Entry(3, 1, 2000)));
        using Journal again = MustOpen(disk);
        Assert.Equal(3UL, again.LastIndex.Value);
    }

    [Fact]
    public void A_batch_that_filled_the_disk_at_any_byte_leaves_nothing_that_is_read_later()
    {
        // Sizes at which the record of entry 3 begins just where the batch that follows ends.
        JournalBatch Refused() => Batch(Entry(2, 1, 72), Entry(3, 1, 16));
        for (int arrives = 0; arrives < Refused().Bytes; arrives++)
        {
            var disk = new MemoryDisk();
            using Journal journal = MustOpen(disk);
            Write(journal, Batch(Entry(1, 1)));
            disk.FullAfter = arrives;
            Assert.Equal(DiskStatus.NoSpace, journal.Write(Refused()));
            // What follows is shorter, and of another term: the rest of the refused batch would stand right behind it.
            Write(journal, Batch(Entry(2, 2, 8)));
            string expected = Describe(journal);
            foreach (MemoryDisk left in (MemoryDisk[])[disk, disk.AfterPowerCut()])
            {
                using Journal again = MustOpen(left.Copy());
                Assert.Equal(expected, Describe(again));
            }
        }
    }

    [Fact]
    public void A_vote_that_filled_the_disk_is_not_found_behind_the_newer_one_that_was_written_instead()
    {
        JournalBatch Voting(ulong term, JournalEntry entry)
        {
            JournalBatch batch = Batch(entry);
            batch.SetHardState(new HardState(new Term(term), new MemberId(term)));
            return batch;
        }
        var disk = new MemoryDisk();
        using Journal journal = MustOpen(disk);
        Write(journal, Batch(Entry(1, 1)));
        // Sizes at which the refused vote begins just where the batch that follows ends.
        JournalBatch refused = Voting(2, Entry(2, 1, 72));
        disk.FullAfter = int.MaxValue;
        Assert.Equal(DiskStatus.NoSpace, journal.Write(refused));
        Write(journal, Voting(3, Entry(2, 2, 8)));
        using Journal again = MustOpen(disk.Copy());
        Assert.Equal(new HardState(new Term(3), new MemberId(3)), again.HardState);
    }

    [Fact]
    public void The_journal_of_another_member_is_refused()
    {
        var disk = new MemoryDisk();
        using (Journal journal = MustOpen(disk)) Fill(journal);
        JournalOpening opening = Journal.Open(disk, Identity with { Member = new MemberId(8) }, Small, FaultPoint.None);
        Assert.Equal(JournalOpenCode.WrongIdentity, opening.Code);
    }

    [Fact]
    public void A_crash_at_any_fault_point_loses_nothing_acknowledged()
    {
        for (int crashAt = 0; crashAt < 60; crashAt++)
        {
            var disk = new MemoryDisk();
            var faults = new CrashAt(crashAt);
            ulong acknowledged = 0;
            try
            {
                using Journal journal = Journal.Open(disk, Identity, Small, faults).Journal!;
                for (ulong i = 1; i <= 30; i++)
                {
                    Write(journal, Batch(Entry(i, 1, 50)));
                    acknowledged = i;
                }
            }
            catch (CrashAt.Crash)
            {
                Assert.True(faults.Reached);
            }
            foreach (MemoryDisk left in new[] { disk, disk.AfterPowerCut() })
            {
                using Journal again = MustOpen(left);
                Assert.InRange(again.LastIndex.Value, acknowledged, acknowledged + 1);
            }
        }
    }

    private sealed class CrashAt(int count) : IFaultPoints
    {
        private int _left = count;

        public bool Reached { get; private set; }

        public void Reach(string point)
        {
            if (_left-- > 0) return;
            Reached = true;
            throw new Crash();
        }

        internal sealed class Crash : Exception;
    }
}
