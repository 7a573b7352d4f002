namespace Hive.Journal;

/// <summary>Bounds of the journal and of snapshot files.</summary>
public sealed record JournalLimits
{
    /// <summary>Size that a segment is preallocated with. A batch never spans segments: one that is larger gets a segment of its own size.</summary>
    public int SegmentBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Largest payload of one record; above it a length field is taken for damage. Must exceed the largest entry that the queen accepts.</summary>
    public int RecordBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Usual payload of a chunk in a snapshot file: what one checksum covers and what is held in memory at once. One large record makes a larger one, up to <see cref="RecordBytes"/>.</summary>
    public int SnapshotChunkBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// Bytes of a snapshot that may wait for the device at once. The journal's own sync waits for what the device was given before it: unbounded, that is all of a
    /// snapshot of gigabytes.
    /// </summary>
    public int SnapshotUnsyncedBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Snapshot files that are kept: the newest, and one before it while it may still be on its way to a peer.</summary>
    public int SnapshotsKept { get; init; } = 2;

    /// <summary>A known bug to switch on; tests only.</summary>
    internal JournalMutant Mutant { get; init; }
}
