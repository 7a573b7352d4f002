namespace Hive.Store;

/// <summary>
/// How much history is kept without anybody compacting it: data of the replicated state, driven by log time, so that every member
/// forgets the same revision at the same entry.
/// </summary>
/// <param name="Age">A revision may be forgotten once it has not been the current one for this long.</param>
/// <param name="PercentOfLive">History may take this much of what live data takes ...</param>
/// <param name="FreeBytes">... or this much, whichever is more: a small store need not forget.</param>
/// <param name="Revisions">No more than so many revisions before the current one are kept; 0: however many.</param>
public readonly record struct Retention(TimeSpan Age, int PercentOfLive, long FreeBytes, long Revisions = 0)
{
    public static readonly Retention Default = new(TimeSpan.FromHours(1), 50, 64L << 20);
}

/// <summary>What the store takes.</summary>
/// <param name="TotalBytes">Memory that holds records, reclaimable space included.</param>
/// <param name="InUseBytes">Of it, what records take that can be reached.</param>
/// <param name="LiveBytes">Weight of the newest version of every key.</param>
/// <param name="HistoryBytes">Weight of superseded versions still kept.</param>
public readonly record struct StoreBytes(long TotalBytes, long InUseBytes, long LiveBytes, long HistoryBytes);

/// <summary>Digest of all applied state. Equal on all members at the same index, whatever snapshots they started from.</summary>
public readonly record struct StateDigest(LogIndex Index, ulong Value);
