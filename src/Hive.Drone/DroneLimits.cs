namespace Hive.Drone;

/// <summary>Every bound of the drone, and how they relate.</summary>
public static class DroneLimits
{
    /// <summary>A day: longer graces are cut, so that time arithmetic cannot overflow.</summary>
    public const long LongestGraceSeconds = 86_400;

    /// <summary>Pods that a node takes unless told otherwise (what Kubernetes nodes take by default).</summary>
    public const int PodsPerNode = 110;

    /// <summary>Pod statuses in one batch. One batch is in flight, so a node of <see cref="PodsPerNode"/> pods reports all of them in two.</summary>
    public const int StatusesPerBatch = 64;

    /// <summary>Orders carried out at the same time, probes apart. Two cores start containers no faster with more.</summary>
    public const int OrdersAtOnce = 8;

    /// <summary>Probes at the same time; they mostly wait.</summary>
    public const int ProbesAtOnce = 32;

    /// <summary>Inputs waiting for the loop: far above what <see cref="OrdersAtOnce"/> and <see cref="ProbesAtOnce"/> can produce between two turns.</summary>
    public const int InputsWaiting = 4096;

    /// <summary>Events kept for sending; the oldest are dropped with a note, since events are news, not state.</summary>
    public const int EventsWaiting = 512;

    /// <summary>Ids of tasks remembered, so that a repeated task prints once.</summary>
    public const int TasksRemembered = 4096;

    /// <summary>Characters of a task's text.</summary>
    public const int TaskTextLength = 65_536;

    /// <summary>Bytes of a request body on the drone's port; holds a task of <see cref="TaskTextLength"/> characters, escaped.</summary>
    public const int RequestBytes = 1 << 20;

    /// <summary>Bytes of a termination message, as in Kubernetes.</summary>
    public const int TerminationMessageBytes = 4096;

    /// <summary>Bytes of one log file of a container before it is rotated; one old file is kept.</summary>
    public const long LogFileBytes = 10 << 20;

    /// <summary>First pause before a failed container or image is tried again; doubles up to <see cref="LongestBackOff"/>.</summary>
    public static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(10);

    /// <summary>Longest pause between restarts.</summary>
    public static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(300);

    /// <summary>A container that ran this long starts with a clean slate: twice <see cref="LongestBackOff"/>.</summary>
    public static readonly TimeSpan BackOffForgottenAfter = TimeSpan.FromMinutes(10);

    /// <summary>Pauses after what is likely to mend soon (a missing ConfigMap, a busy engine): 1, 2, 4, 8, then 10 s.</summary>
    public static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    /// <inheritdoc cref="FirstRetry"/>
    public static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(10);

    /// <summary>How often the contents of ConfigMap, Secret and downward volumes are brought up to date.</summary>
    public static readonly TimeSpan VolumeRefresh = TimeSpan.FromSeconds(60);

    /// <summary>From the fence's deadline until a unique pod is certainly dead; the queens wait as long before they start another.</summary>
    public static readonly TimeSpan KillBudget = TimeSpan.FromSeconds(2);

    /// <summary>A kill that was ordered and is not seen to have worked is ordered again after this.</summary>
    public static readonly TimeSpan KillAgain = TimeSpan.FromSeconds(2);

    /// <summary>Share of a lease's life that clocks may drift apart.</summary>
    public const double ClockDrift = 0.001;

    /// <summary>How often a session is renewed; its life is four times as long.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(1);

    /// <summary>Longest time between two looks at the runtime.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
}
