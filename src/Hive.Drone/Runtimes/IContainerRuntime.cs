using System.Collections.Immutable;
using Hive.Drone.Pods;

namespace Hive.Drone.Runtimes;

/// <summary>
/// What runs containers. Every call may be made twice: names are derived from pod, container and attempt, so that the second call finds the first one's
/// work. Failures are answers, not exceptions. A pod's containers share the network of its sandbox.
/// </summary>
public interface IContainerRuntime : IAsyncDisposable
{
    /// <summary>Prefix of container ids in a pod's status: <c>docker</c> or <c>process</c>.</summary>
    string Name { get; }

    string Version { get; }

    /// <summary>What this runtime does not do that a pod may ask for; one sentence each, for the log.</summary>
    ImmutableArray<string> Notes { get; }

    /// <summary>Makes sure that the image is here. The value of a Done outcome is the image's id; its message says where it came from.</summary>
    Task<OrderOutcome> EnsureImageAsync(string reference, string policy, RegistryCredential? credential, CancellationToken cancellation);

    Task<OrderOutcome> StartSandboxAsync(SandboxSpec spec, CancellationToken cancellation);
    Task<OrderOutcome> StopSandboxAsync(string runtimeId, CancellationToken cancellation);

    /// <summary>Retry when the container could not be made; Refused when it was made and its command cannot be run.</summary>
    Task<OrderOutcome> StartContainerAsync(ContainerSpec spec, CancellationToken cancellation);

    /// <summary>Signals now, kills after the grace, answers when it has ended.</summary>
    Task<OrderOutcome> StopContainerAsync(string runtimeId, string? signal, TimeSpan grace, CancellationToken cancellation);

    /// <summary>Removes a stopped container or sandbox; Done when there is none.</summary>
    Task<OrderOutcome> RemoveAsync(string runtimeId, CancellationToken cancellation);

    /// <summary>All pods of this node, running or not. AsOf is left at 0.</summary>
    /// <exception cref="RuntimeUnavailableException">The engine does not answer: nothing may be concluded.</exception>
    Task<ImmutableArray<ObservedPod>> ListOwnAsync(CancellationToken cancellation);

    /// <summary>Runs a command inside a running container.</summary>
    Task<ExecOutcome> ExecAsync(string runtimeId, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation);

    /// <summary>Lines of a container's log, or only the last ones. With follow it goes on with what is written, and ends when the container does.</summary>
    IAsyncEnumerable<LogLine> ReadLogAsync(string runtimeId, bool follow, int? tailLines, CancellationToken cancellation);

    /// <summary>Returns when something may have changed, or after the time-out.</summary>
    Task WaitForChangeAsync(TimeSpan timeout, CancellationToken cancellation);

    /// <summary>Lets that wait end at once.</summary>
    void Poke();
}

/// <summary>The engine does not answer.</summary>
public sealed class RuntimeUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Name and password for a registry.</summary>
public sealed record RegistryCredential(string Server, string User, string Password);

/// <summary>Whose container it is; becomes labels.</summary>
public sealed record PodIdentity(PodUid Uid, string Namespace, string Name);

/// <summary>What holds a pod's network.</summary>
/// <param name="HostPorts">(container port, protocol, host address, host port).</param>
public sealed record SandboxSpec(
    PodIdentity Pod, int Attempt, string Hostname, bool HostNetwork,
    ImmutableArray<(int Port, string Protocol, string HostAddress, int HostPort)> HostPorts, DnsSettings? Dns);

/// <summary>Name resolution of a pod; null leaves what the runtime gives.</summary>
public sealed record DnsSettings(ImmutableArray<string> Servers, ImmutableArray<string> Searches, ImmutableArray<string> Options);

/// <summary>One container to start; everything in it is resolved.</summary>
public sealed record ContainerSpec
{
    public required PodIdentity Pod { get; init; }
    public required string Container { get; init; }
    public required int Attempt { get; init; }
    public required ulong SpecHash { get; init; }
    public required string Image { get; init; }
    public required string ImageId { get; init; }
    public required ObservedSandbox Sandbox { get; init; }
    public required string Hostname { get; init; }

    /// <summary>Replaces the image's entry point; empty leaves it.</summary>
    public ImmutableArray<string> Command { get; init; } = [];

    /// <summary>Replaces the image's arguments; empty leaves them unless a command is given.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];
    public ImmutableArray<KeyValuePair<string, string>> Environment { get; init; } = [];
    public ImmutableArray<MountSpec> Mounts { get; init; } = [];
    public string WorkingDirectory { get; init; } = "";
    public bool HostNetwork { get; init; }
    public bool HostPid { get; init; }
    public bool Tty { get; init; }
    public bool Stdin { get; init; }
    public bool StdinOnce { get; init; }

    /// <summary>Limits and requests; 0 is none.</summary>
    public long MilliCpuLimit { get; init; }
    public long MilliCpuRequest { get; init; }
    public long MemoryLimitBytes { get; init; }
    public int OutOfMemoryScore { get; init; }
    public long? User { get; init; }
    public long? Group { get; init; }
    public ImmutableArray<long> SupplementalGroups { get; init; } = [];
    public bool Privileged { get; init; }
    public bool ReadOnlyRoot { get; init; }
    public bool NoNewPrivileges { get; init; }
    public ImmutableArray<string> AddCapabilities { get; init; } = [];
    public ImmutableArray<string> DropCapabilities { get; init; } = [];

    /// <summary>A file with the session's deadline: past it the pod must be dead, whatever became of the drone. Null when it need not be.</summary>
    public string? DeadlineFile { get; init; }

    /// <summary>The program must not be begun from then on, what it needed having been fetched slowly: <see cref="OrderOutcome.TooLate"/> then. Null: no matter when.</summary>
    public HostTime? StartBefore { get; init; }
}

/// <summary>A host path in a container.</summary>
public sealed record MountSpec(string Source, string Target, bool ReadOnly, bool IsDirectory, string Volume = "", string? Propagation = null);

/// <summary>What a command inside a container said.</summary>
/// <param name="ExitCode">Null when it did not end in time or could not be run.</param>
public sealed record ExecOutcome(int? ExitCode, string Output, string Problem);

/// <summary>One line of a log, without its line break.</summary>
/// <param name="Stream"><c>stdout</c> or <c>stderr</c>.</param>
/// <param name="Whole">False when the line goes on in the next one.</param>
public readonly record struct LogLine(DateTimeOffset At, string Stream, ReadOnlyMemory<byte> Text, bool Whole);
