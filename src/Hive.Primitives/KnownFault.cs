#if HIVE_FAULTS
namespace Hive;

/// <summary>
/// Known bugs that a test build (<c>-p:HiveFaults=true</c>) has inside and switches on by name, so that the harness in jepsen/ can be seen to
/// catch them. Other builds hold neither the switch nor the bugs.
/// </summary>
public static class KnownFault
{
    /// <summary>Acknowledges entries and votes a while before they are written.</summary>
    public const string AcknowledgeBeforeSync = "ack-before-sync";

    /// <summary>Serves linearizable reads from what this member happens to have applied.</summary>
    public const string ReadWithoutBarrier = "read-without-barrier";

    /// <summary>A watcher whose next events were compacted goes on behind them without a word.</summary>
    public const string WatchSkipsCompacted = "watch-skips-compacted";

    /// <summary>Gives a lock to whoever stands first, though his lease has ended.</summary>
    public const string LockWithoutLease = "lock-without-lease";

    /// <summary>A leader that was deposed goes on deciding for the cluster, and what it decides is applied blindly. (With its guards kept no harm was ever seen.)</summary>
    public const string ControlWithoutFence = "control-without-fence";

    private static readonly string? s_on = System.Environment.GetEnvironmentVariable("HIVE_FAULT");

    public static bool Is(string name) => s_on == name;
}
#endif
