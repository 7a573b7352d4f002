namespace Hive.Store;

/// <summary>
/// Every bound of the state machine. Those that decide what apply does are the same on every member, since members with different ones
/// would come to different states; they change only with the version of the state (see Transfer/StateFormat).
/// </summary>
public static class StoreLimits
{
    /// <summary>Steps of one transaction, nested ones included. The etcd face has its own, smaller limit (128); this one bounds the work of one apply.</summary>
    public const int OperationsPerTransaction = 16_384;

    /// <summary>Transactions inside each other. Decoding recurses, so that this bounds the stack.</summary>
    public const int TransactionDepth = 64;

    /// <summary>etcd's largest lease TTL, in seconds.</summary>
    public const long MaxLeaseSeconds = 9_000_000_000;

    /// <summary>Leases that one apply ends before its own command; more that are due wait for the next.</summary>
    public const int LeasesEndedPerApply = 4_096;

    /// <summary>Records (live and superseded) of the range that one restore walks through, about a quarter of a microsecond each: bounds the pause of apply.</summary>
    public const long RestoreExamined = 1_000_000;

    /// <summary>Keys that one restore may change, a few microseconds each, and bytes of keys and values that it may write: all of it is one revision, and one event for its watchers.</summary>
    public const int RestoreKeys = 65_536;
    public const long RestoreBytes = 32L << 20;

    /// <summary>Longest age and largest share of live data that <see cref="SetRetentionCommand"/> takes: far more than anybody keeps, and far from where sums overflow.</summary>
    public static readonly TimeSpan RetentionAge = TimeSpan.FromDays(36_500);
    public const int RetentionPercent = 100_000;

    /// <summary>The revision never goes past this by <see cref="AdvanceRevisionCommand"/>: half of what the number can hold stays for those that follow.</summary>
    public const long HighestAdvance = 1L << 62;

    /// <summary>Records lie in slabs of this size.</summary>
    public const int SlabBytes = 1 << 20;

    /// <summary>...the first one excepted, so that a small state is small: a member that starts, or a store in a test, need not take a whole slab.</summary>
    public const int FirstSlabBytes = 1 << 15;

    /// <summary>A larger record gets a slab of its own, so that at most a quarter of a slab is lost at its end.</summary>
    public const int LargeRecordBytes = SlabBytes / 4;

    /// <summary>Slabs may hold so many dead bytes beyond <see cref="DeadPercent"/> before cleaning starts.</summary>
    public const long DeadBytesFree = 8L << 20;

    /// <summary>Dead bytes in slabs, in percent of live ones, past which cleaning moves records together.</summary>
    public const int DeadPercent = 50;

    /// <summary>Bytes that cleaning may read through for each byte that was written or freed since it last ran: above 1 / share of dead bytes, or it would fall behind.</summary>
    public const int CleanedPerChangedByte = 4;

    /// <summary>What cleaning may read through in any apply; it runs once this times sixteen has come together.</summary>
    public const int CleanedPerApply = 2_048;
    public const int CleanedAtOnce = 16 * CleanedPerApply;

    /// <summary>Steps of upkeep (forgetting one change of history) that one apply brings: this many, and for each change it makes itself so many more.</summary>
    public const int TrimmedPerApply = 4;

    /// <summary>Above 1, or forgetting would fall behind writing.</summary>
    public const int TrimmedPerChange = 4;

    /// <summary>Steps are done once so many are owed: about a tenth of a millisecond of work.</summary>
    public const int TrimmedAtOnce = 128;

    /// <summary>A tick has nothing else to do.</summary>
    public const int TrimmedPerTick = 1_024;

    /// <summary>While there is history to forget or slabs to clean, a tick is due so long after the last entry.</summary>
    public static readonly TimeSpan UpkeepInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Answers of requests with an id are remembered: at most so many, so many bytes, and so long.</summary>
    public const int RememberedRequests = 65_536;
    public const long RememberedRequestBytes = 16L << 20;
    public static readonly TimeSpan RememberedRequestAge = TimeSpan.FromMinutes(10);

    /// <summary>Chunks of an export are about this large; a single larger record makes a larger one.</summary>
    public const int ExportChunkBytes = 256 * 1024;

    /// <summary>Revisions that wait for a group of watchers with the same query; a watcher further behind catches up from history.</summary>
    public const int WatchBacklogRevisions = 1_024;

    /// <summary>Recent changes kept decoded for all watchers.</summary>
    public const int RecentRevisions = 4_096;
    public const long RecentBytes = 16L << 20;

    /// <summary>Changes of history that one <see cref="Watcher.TryTake"/> looks through while it catches up.</summary>
    public const int CatchUpScan = 10_000;
}
