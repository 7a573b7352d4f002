namespace Hive.Store;

/// <summary>
/// Known bugs of the store, for tests alone: the simulation must notice each of them when it is switched on (<see cref="KeyValueStore.Mutant"/>
/// cannot be set from outside the tests).
/// </summary>
internal enum StoreMutant : byte
{
    None = 0,

    /// <summary>An entry that is in the state already is applied once more.</summary>
    AppliesTwice,

    /// <summary>A key may be put under a lease that has ended.</summary>
    PutOnDeadLease,

    /// <summary>A watcher that lags behind a compaction goes on behind it as if nothing were missing.</summary>
    WatchSkipsCompacted,

    /// <summary>A watch that begins in the future is begun now.</summary>
    WatchFromFutureBeginsNow,
}
