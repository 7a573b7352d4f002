using Hive.Store.Memory;
using Hive.Store.State;

namespace Hive.Store.Reads;

/// <summary>What a restore has to do: found by reading, in a state that does not change meanwhile.</summary>
internal sealed class RestorePlan
{
    private RestorePlan(List<ulong> puts, List<ulong> deletes, long leftAlone)
    {
        Puts = puts;
        Deletes = deletes;
        Result = new RestoreResult(puts.Count, deletes.Count, leftAlone);
    }

    /// <summary>Versions that are to be written again.</summary>
    public List<ulong> Puts { get; }

    /// <summary>Live versions of keys that were not there.</summary>
    public List<ulong> Deletes { get; }

    public RestoreResult Result { get; }

    /// <summary>Errors: EmptyKey, Malformed (no revision to go back to), Compacted, FutureRevision, RangeChanged, RangeTooLarge.</summary>
    public static StoreError Make(in StoreRoots roots, RestoreCommand command, out RestorePlan? plan)
    {
        plan = null;
        var error = Check(roots, command);
        if (error != StoreError.None) return error;
        var range = new KeyRange(command.Key.Span, command.RangeEnd.Span);
        if (Examined(roots, range) > StoreLimits.RestoreExamined) return StoreError.RangeTooLarge;
        if (command.UnchangedSince.Value > 0 && IsChanged(roots, range, command.UnchangedSince)) return StoreError.RangeChanged;
        return Collect(roots, range, command.To, out plan);
    }

    private static StoreError Check(in StoreRoots roots, RestoreCommand command)
    {
        if (command.Key.IsEmpty) return StoreError.EmptyKey;
        if (command.To.Value <= 0 || command.UnchangedSince.Value < 0) return StoreError.Malformed;
        var error = RangeReader.CheckRevision(roots, command.To);
        return error != StoreError.None ? error : RangeReader.CheckRevision(roots, command.UnchangedSince);
    }

    /// <summary>Versions of the range's keys: an upper bound of what a walk at a revision meets, in O(log n).</summary>
    private static long Examined(in StoreRoots roots, KeyRange range)
    {
        if (range.IsSingle) return 1;
        var live = new LiveOrder(roots.Slabs);
        var past = new PastOrder(roots.Slabs);
        var from = roots.Live.Rank(live, new VersionKey(range.Start)) + roots.Past.Rank(past, new VersionKey(range.Start, long.MaxValue));
        var to = range.IsOpen
            ? roots.Live.Count + roots.Past.Count
            : roots.Live.Rank(live, new VersionKey(range.End)) + roots.Past.Rank(past, new VersionKey(range.End, long.MaxValue));
        return to - from;
    }

    private static bool IsChanged(in StoreRoots roots, KeyRange range, Revision since) =>
        new DifferenceCursor(roots, range.Start, since.Value, 0).TryNext(range, out _, out _);

    private static StoreError Collect(in StoreRoots roots, KeyRange range, Revision to, out RestorePlan? plan)
    {
        plan = null;
        List<ulong> puts = [], deletes = [];
        long bytes = 0, leftAlone = 0;
        var cursor = new DifferenceCursor(roots, range.Start, 0, to.Value);
        while (cursor.TryNext(range, out var now, out var then))
        {
            if (!DifferenceCursor.InContent(roots.Slabs, now, then)) continue;
            if (then == 0) deletes.Add(now);
            else if (RecordHeap.Open(roots.Slabs, then) is var record && !Lives(roots, record.Lease)) leftAlone++;
            else
            {
                puts.Add(then);
                bytes += record.KeyLength + record.ValueLength;
            }
            if (puts.Count + deletes.Count > StoreLimits.RestoreKeys || bytes > StoreLimits.RestoreBytes) return StoreError.RangeTooLarge;
        }
        plan = new RestorePlan(puts, deletes, leftAlone);
        return StoreError.None;
    }

    /// <summary>Whether a key may be attached to it: a key of an ended lease would have ended too.</summary>
    private static bool Lives(in StoreRoots roots, long lease) =>
        lease == 0 || (roots.Leases.TryFind(new LeaseOrder(), lease, out var found) && found.Deadline > roots.Stamp.Log);
}
