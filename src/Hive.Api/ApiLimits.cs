namespace Hive.Api;

/// <summary>Every bound of the Kubernetes face, with its relation to the others.</summary>
public sealed record ApiLimits
{
    /// <summary>Largest request body: what Kubernetes clients expect (3 MiB). Larger than a command may be, so that the refusal of a too large object is about the object.</summary>
    public int BodyBytes { get; init; } = 3 * 1024 * 1024;

    /// <summary>Answers from this size on are compressed when the client takes gzip.</summary>
    public int CompressFromBytes { get; init; } = 128 * 1024;

    /// <summary>Aliases and nesting of a YAML body: a small file must not grow into a large document.</summary>
    public int YamlNodes { get; init; } = 500_000;

    /// <summary>Deepest nesting of a body.</summary>
    public int BodyDepth { get; init; } = 128;

    /// <summary>Decoded objects kept by (key, mod revision).</summary>
    public int DecodedObjects { get; init; } = 16_384;

    /// <summary>Stored bytes of the decoded objects that are kept; decoded they take a few times as much.</summary>
    public long DecodedBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>Bytes of the encoded watch events that are kept.</summary>
    public long EncodedBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>Encoded watch events kept, so that many watchers of one kind and format share them.</summary>
    public int EncodedEvents { get; init; } = 4_096;

    /// <summary>Client certificates whose chain was verified lately.</summary>
    public int VerifiedCertificates { get; init; } = 1_024;

    /// <summary>How often an optimistic write is begun anew when somebody else was first.</summary>
    public int ConflictRetries { get; init; } = 8;

    /// <summary>How often the allocation of a cluster address or node port is begun anew. More than a plain write: every write of any Service voids it.</summary>
    public int AllocationRetries { get; init; } = 32;

    /// <summary>How long one write may look for a leader. Longer than an election, shorter than a client's patience (kubectl: 32 s).</summary>
    public TimeSpan WritePatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause between two tries of a write while there is no leader.</summary>
    public TimeSpan LeaderRetryPause { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>How long a read of a future resourceVersion waits for it.</summary>
    public TimeSpan FutureRevisionPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A watch without a time of its own ends after one to two of these.</summary>
    public TimeSpan WatchDefault { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Time between two bookmarks of a watch that asked for them.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What one turn takes from a watcher at most.</summary>
    public int WatchTurnBytes { get; init; } = 1024 * 1024;

    /// <summary>Open watches of one queen; past it new ones are told to come later.</summary>
    public int Watches { get; init; } = 20_000;

    /// <summary>Keys read from history at once while a list is assembled.</summary>
    public int ListChunk { get; init; } = 512;

    /// <summary>Largest text of a task.</summary>
    public int TaskTextBytes { get; init; } = 64 * 1024;

    /// <summary>Tasks without a result that the cluster holds at once.</summary>
    public int PendingTasks { get; init; } = 1_000;

    /// <summary>Records of ended tasks kept for those who ask again. Small beside <see cref="PendingTasks"/>, which counts them too.</summary>
    public int EndedTasks { get; init; } = 200;

    /// <summary>How long a submitter waits for its task to be done.</summary>
    public TimeSpan TaskPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Pods that one status batch of a drone may carry.</summary>
    public int StatusBatch { get; init; } = 512;

    /// <summary>Time to live of a drone's session, in seconds of log time.</summary>
    public int SessionSeconds { get; init; } = 4;

    /// <summary>How long a drone may take to answer a proxied request's head.</summary>
    public TimeSpan DronePatience { get; init; } = TimeSpan.FromSeconds(10);
}
