using FsCheck;
using FsCheck.Fluent;
using Hive.Raft.Tests.Cluster;

namespace Hive.Raft.Tests;

/// <summary>Each small formula against the plainest thing that means the same, on random sequences of calls.</summary>
public class OracleTests
{
    private static readonly Gen<int[]> Steps = Gen.ArrayOf(Gen.Choose(0, 999), 60);

    [Fact]
    public void A_window_is_full_exactly_when_what_is_on_its_way_reaches_a_bound() => Check(Steps, steps =>
    {
        const int maxMessages = 5;
        const long maxBytes = 400;
        var window = new InflightWindow(maxMessages, maxBytes);
        var naive = new List<(ulong Last, long Bytes)>();
        ulong last = 0;
        foreach (int step in steps)
        {
            if (step % 10 == 0) (window, naive) = Cleared(window);
            else if (step % 3 == 0)
            {
                var index = new LogIndex(last - Math.Min(last, (ulong)step % 7));
                window.FreeUpTo(index);
                naive.RemoveAll(m => m.Last <= index.Value);
            }
            else if (!window.IsFull)
            {
                window.Add(new LogIndex(++last), step % 200);
                naive.Add((last, step % 200));
            }
            if (window.Count != naive.Count || window.IsFull != (naive.Count >= maxMessages || naive.Sum(m => m.Bytes) >= maxBytes)) return false;
        }
        return true;

        static (InflightWindow, List<(ulong, long)>) Cleared(InflightWindow window)
        {
            window.Clear();
            return (window, []);
        }
    });

    [Fact]
    public void A_cache_holds_what_a_list_would() => Check(Steps, steps =>
    {
        var cache = new EntryCache(new LogIndex(1));
        var naive = new List<Entry>();
        ulong next = 1;
        foreach (int step in steps)
        {
            switch (step % 10)
            {
                case 0 when naive.Count > 0:
                    cache.DropFirst();
                    naive.RemoveAt(0);
                    break;
                case 1 when next > 5:
                    var from = next - (ulong)step % 5;
                    cache.CutFrom(new LogIndex(from));
                    naive.RemoveAll(e => e.Index.Value >= from);
                    next = from;
                    break;
                default:
                    // Several at once: the ring has to grow, and to turn.
                    for (int i = 0; i <= step % 9; i++, next++)
                    {
                        var entry = EntryAt(1, next, step % 50);
                        cache.Append(entry);
                        naive.Add(entry);
                    }
                    break;
            }
            bool same = cache.Count == naive.Count && cache.LastIndex.Value == next - 1 && cache.Bytes == naive.Sum(e => (long)e.ChargedBytes)
                && naive.All(e => ReferenceEquals(cache[e.Index], e));
            if (!same) return false;
        }
        return true;
    });

    [Fact]
    public void Completed_writes_claim_only_what_no_cut_has_taken() => Check(Steps, steps =>
    {
        var writes = new InflightWrites();
        // Naive: each write's entries by themselves; a cut takes them out one by one.
        var naive = new SortedDictionary<ulong, (SortedSet<ulong> Held, ulong Below)>();
        ulong sequence = 0, end = 0;
        foreach (int step in steps)
        {
            if (step % 4 == 0 && end > 0)
            {
                ulong from = end - (ulong)step % Math.Min(end, 6);
                writes.CutFrom(new LogIndex(from));
                foreach (var key in naive.Keys.ToList())
                {
                    var (held, below) = naive[key];
                    held.RemoveWhere(i => i >= from);
                    naive[key] = (held, held.Count > 0 ? below : Math.Min(below, from - 1));
                }
                end = from - 1;
            }
            else if (step % 4 == 1 && naive.Count > 0)
            {
                ulong upTo = naive.Keys.ElementAt(step % naive.Count);
                var (held, below) = naive[upTo];
                foreach (ulong key in naive.Keys.Where(k => k <= upTo).ToList()) naive.Remove(key);
                if (writes.Complete(upTo)?.LastIndex.Value != (held.Count > 0 ? held.Max : below)) return false;
                if (writes.Complete(upTo) is not null) return false;
            }
            else
            {
                ulong first = end + 1;
                end += 1 + (ulong)step % 3;
                writes.Add(new InflightWrite(++sequence, new LogIndex(end), default));
                naive[sequence] = ([.. Range(first, end)], first - 1);
            }
        }
        return true;

        static IEnumerable<ulong> Range(ulong first, ulong last)
        {
            for (ulong i = first; i <= last; i++) yield return i;
        }
    });

    [Fact]
    public void Log_time_is_the_sum_of_what_a_leader_saw_pass_and_wall_time_the_highest_seen() => Check(Steps, steps =>
    {
        var clock = new LogClock();
        long monotonic = 0, seen = 0, log = 0, wall = 0, highestWall = 0;
        foreach (int step in steps)
        {
            // Readings may go back by a little; wall time by much.
            monotonic += step % 50 - 5;
            wall += step % 7 == 0 ? -500 : step % 100;
            clock.Observe(new ClockReading(TimeSpan.FromTicks(monotonic), new WallTime(wall)));
            if (monotonic > seen) (log, seen) = (log + monotonic - seen, monotonic);
            var stamp = clock.Next();
            highestWall = Math.Max(highestWall, wall);
            if (stamp.Log.Ticks != log || stamp.Wall.Ticks != highestWall) return false;
        }
        return true;
    });

    [Fact]
    public void One_log_end_is_beyond_another_exactly_when_it_is_the_later_of_the_two_in_order_of_term_then_index() => Check(
        from a in Gen.Choose(0, 3) from b in Gen.Choose(0, 3) from c in Gen.Choose(0, 3) from d in Gen.Choose(0, 3) select (a, b, c, d), ends =>
        {
            var one = new EntryId(new LogIndex((ulong)ends.a), new Term((ulong)ends.b));
            var other = new EntryId(new LogIndex((ulong)ends.c), new Term((ulong)ends.d));
            return one.IsBeyond(other) == ((ends.b, ends.a).CompareTo((ends.d, ends.c)) > 0);
        });

    [Fact]
    public void A_probe_goes_to_the_highest_index_that_can_match() => Check(from falls in Gen.ArrayOf(Gen.Choose(0, 2), 15) from at in Gen.Choose(0, 20) from term in Gen.Choose(0, 30) select (falls, at, term), sample =>
    {
        var log = new RaftLog(new MemberDisk(SnapshotMetadata.Genesis(Membership.Empty)), new RaftLimits());
        ulong[] terms = new ulong[sample.falls.Length + 1];
        for (int i = 1; i < terms.Length; i++) log.Append(EntryAt(terms[i] = terms[i - 1] + (ulong)sample.falls[i - 1], (ulong)i, 0));
        int at = Math.Min(sample.at, terms.Length - 1);
        int expected = Enumerable.Range(0, at + 1).Last(i => terms[i] <= (ulong)sample.term);
        return log.LastNotAbove(new LogIndex((ulong)at), new Term((ulong)sample.term)).Index.Value == (ulong)expected;
    });

    // The read is answered by the first round that began after it came, once that round or a later one is confirmed, with the commit index at its beginning.
    [Fact]
    public void A_read_is_confirmed_by_no_round_that_began_before_it_came() => Check(Steps, steps =>
    {
        var rounds = new ReadRounds(int.MaxValue);
        var naive = new List<(ulong Number, ulong? Round, ulong Index)>();
        var confirmed = new List<(PendingRead Read, LogIndex Index)>();
        ulong number = 0, newest = 0, commit = 1;
        foreach (int step in steps)
        {
            switch (step % 4)
            {
                case 0:
                    rounds.TryAdd(new PendingRead(new MemberId(1), new ReadContext(1, ++number)));
                    naive.Add((number, null, 0));
                    break;
                case 1:
                    commit += (ulong)step % 3;
                    LogIndex? known = step % 5 == 0 ? null : new LogIndex(commit);
                    if (rounds.Start(known) != ++newest) return false;
                    if (known is not null) naive = [.. naive.Select(r => r.Round is null ? (r.Number, newest, commit) : r)];
                    break;
                default:
                    ulong upTo = newest - Math.Min(newest, (ulong)step % 4);
                    confirmed.Clear();
                    rounds.Confirm(upTo, confirmed);
                    if (!confirmed.Select(c => (c.Read.Context.Number, c.Index.Value)).SequenceEqual(naive.Where(r => r.Round <= upTo).Select(r => (r.Number, r.Index)))) return false;
                    naive.RemoveAll(r => r.Round <= upTo);
                    break;
            }
        }
        return rounds.Abandon().Select(r => r.Context.Number).SequenceEqual(naive.Select(r => r.Number));
    });

    // A member whose state machine is slow keeps what waits for it on disk, not in memory.
    [Fact]
    public void What_is_durable_takes_no_more_memory_than_the_bound_however_far_apply_is_behind()
    {
        var limits = new RaftLimits { CacheBytes = 1_000, ApplyBytes = 300, ApplyInflightBytes = 500 };
        var disk = new MemberDisk(SnapshotMetadata.Genesis(Membership.Empty));
        var log = new RaftLog(disk, limits);
        ulong applied = 0;
        for (ulong i = 1; i <= 100; i++)
        {
            log.Append(EntryAt(1, i, 36));
            disk.Write(null, null, log.TakeUnhanded().Entries);
            log.CommitTo(log.LastIndex);
            log.PersistedTo(log.LastIndex);
            foreach (var entry in log.TakeCommitted()) Assert.Equal(++applied, entry.Index.Value);
            Assert.True(log.CachedBytes <= limits.CacheBytes, $"{log.CachedBytes} bytes after {i} entries");
        }
        Assert.InRange(applied, 1UL, 20UL);
        log.AppliedTo(new LogIndex(applied));
        while (log.HasCommitted)
        {
            foreach (var entry in log.TakeCommitted()) Assert.Equal(++applied, entry.Index.Value);
            log.AppliedTo(new LogIndex(applied));
        }
        Assert.Equal(100UL, applied);
    }

    private static Entry EntryAt(ulong term, ulong index, int bytes) => new(new Term(term), new LogIndex(index), EntryKind.Normal, default, new byte[bytes]);

    private static void Check<T>(Gen<T> gen, Func<T, bool> property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(gen.ToArbitrary(), property));
}
