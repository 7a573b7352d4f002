using Hive.Store.Memory;
using Hive.Store.State;

namespace Hive.Store.Apply;

/// <summary>
/// What keeps the store small, a little with each entry: forgetting history by age and size, trimming what was compacted, and dropping
/// old requests. All of it is part of the replicated state, so it depends on nothing but the state and the entry. There is no pause and
/// nothing for an operator to run.
/// </summary>
internal sealed class Upkeep(StateWriter writer)
{
    /// <summary>Adds to what is owed, and does it once it is worth while.</summary>
    public void Owe(int steps)
    {
        ref var roots = ref writer.Roots;
        // Answers may be large: they are not kept until upkeep is worth while.
        if (roots.RequestBytes > StoreLimits.RememberedRequestBytes) ForgetRequests();
        roots.UpkeepOwed += steps;
        if (roots.UpkeepOwed < StoreLimits.TrimmedAtOnce) return;
        var budget = roots.UpkeepOwed;
        roots.UpkeepOwed = 0;
        Step(budget);
    }

    /// <summary>Does at most so many steps of about one tree change each.</summary>
    private void Step(int budget)
    {
        while (budget > 0 && TrimOne()) budget--;
        while (budget-- > 0 && MayForgetOldest())
        {
            writer.Roots.CompactedAt = Oldest + 1;
            while (budget > 0 && TrimOne()) budget--;
        }
        ForgetRequests();
    }

    private long Oldest => Math.Max(writer.Roots.CompactedAt, Revision.Empty.Value);

    private bool MayForgetOldest()
    {
        ref var roots = ref writer.Roots;
        if (Oldest >= roots.Revision || roots.HasHistoryToTrim) return false;
        var retention = roots.Retention;
        if (retention.Revisions > 0 && roots.Revision - Oldest > retention.Revisions) return true;
        if (roots.HistoryBytes > Math.Max(retention.FreeBytes, roots.LiveBytes / 100 * retention.PercentOfLive)) return true;
        return roots.Stamps.TryFind(new RevisionStampOrder(), Oldest + 1, out var next) && next.Stamp.Log <= writer.Now - retention.Age;
    }

    private bool TrimOne()
    {
        ref var roots = ref writer.Roots;
        if (roots.Changes.TryFirst(out var change) && change.At.Revision < roots.CompactedAt)
        {
            roots.Changes.Remove(writer.Edit, new ChangeOrder(), change.At, out _);
            if (change.Previous != 0) ForgetVersion(change.Previous);
            return true;
        }
        return roots.Stamps.TryFirst(out var stamp) && stamp.Revision < roots.CompactedAt
            && roots.Stamps.Remove(writer.Edit, new RevisionStampOrder(), stamp.Revision, out _);
    }

    private void ForgetVersion(ulong reference)
    {
        var record = writer.Heap.Open(reference);
        var removed = writer.Roots.Past.Remove(writer.Edit, new PastOrder(writer.Heap.Slabs), new VersionKey(record.Key, record.Mod), out var found);
        Invariant.Check(removed && found == reference);
        writer.Roots.HistoryBytes -= record.Weight;
        writer.Free(reference);
    }

    private void ForgetRequests()
    {
        ref var roots = ref writer.Roots;
        while (roots.RequestTurns.TryFirst(out var turn))
        {
            var found = roots.Requests.TryFind(new RequestOrder(), turn.Id, out var request);
            Invariant.Check(found);
            var tooMany = roots.Requests.Count > StoreLimits.RememberedRequests || roots.RequestBytes > StoreLimits.RememberedRequestBytes;
            if (!tooMany && writer.Now - request.At < StoreLimits.RememberedRequestAge) return;
            roots.RequestTurns.Remove(writer.Edit, new RequestTurnOrder(), turn.Turn, out _);
            roots.Requests.Remove(writer.Edit, new RequestOrder(), turn.Id, out _);
            roots.RequestBytes -= request.Weight;
            roots.RequestDigest -= request.Digest;
        }
    }
}
