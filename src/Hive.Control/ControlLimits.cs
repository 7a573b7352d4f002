namespace Hive.Control;

/// <summary>Every bound of the control plane, with its relation to the others.</summary>
public sealed record ControlLimits
{
    public static readonly ControlLimits Default = new();

    /// <summary>Keys reconciled in one turn. A turn must stay well under a tenth of a second, since the model waits for it.</summary>
    public int KeysPerTurn { get; init; } = 2_000;

    /// <summary>Decisions in one log entry: what a follower applies in about a millisecond.</summary>
    public int TransactionsPerBatch { get; init; } = 512;

    /// <summary>
    /// Bytes of written values after which an entry takes no further plan. With one more plan of <see cref="PlanBytes"/> and a large object on
    /// top it stays below the 2 MiB that a proposal may have.
    /// </summary>
    public int BatchBytes { get; init; } = 768 << 10;

    /// <summary>Bytes of written values after which a plan takes no further write.</summary>
    public int PlanBytes { get; init; } = 384 << 10;

    /// <summary>Entries proposed and not yet decided. Four hide one commit round trip behind the next decision; more would only age the view.</summary>
    public int BatchesInFlight { get; init; } = 4;

    /// <summary>Writes of one plan. A larger job says "look again at once", so that one key cannot fill an entry alone.</summary>
    public int WritesPerPlan { get; init; } = 256;

    /// <summary>Runs of one key within a second of log time before it is held back: a controller that fights itself must not fill the log.</summary>
    public int RunsPerKeyPerSecond { get; init; } = 50;

    /// <summary>How long a key that ran too often, or whose reconcile threw, is held back.</summary>
    public TimeSpan HoldBack { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>First pause after a repeated conflict; the first conflict costs none. Doubles up to <see cref="BackoffMost"/>.</summary>
    public TimeSpan BackoffLeast { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest pause: a key is never further than this from another try.</summary>
    public TimeSpan BackoffMost { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Revisions between apply and model before the model is rebuilt from a snapshot instead of queued further.</summary>
    public int FeedRevisions { get; init; } = 8_192;

    /// <summary>Pods looked at by the scheduler in one turn.</summary>
    public int PodsPerTurn { get; init; } = 1_024;

    /// <summary>True in tests: a reconcile that throws is a bug and must surface. Else its key is held back and reported.</summary>
    public bool Rethrow { get; init; }
}
