using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Hive.Drone.Pods;
using Hive.Drone.Shell;

namespace Hive.Drone.Runtimes.Process;

/// <summary>
/// Pods without any engine: plain processes of this machine, each under a shim that outlives the drone, keeps the log and the exit code, and holds the
/// dead-man switch. As root each container has a root file system of its own (an overlay over its image) and control groups; otherwise it shares
/// the machine's. Pods share the machine's network: each has its own loopback address, given as POD_IP, on which its programs are to listen.
/// </summary>
public sealed class ProcessRuntime : IContainerRuntime
{
    private const int NanosecondsOfTick = 100;

    /// <summary>How the shim says ETIME.</summary>
    private const string TooLate = "errno 62";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ExitPoll = TimeSpan.FromMilliseconds(20);
    private readonly ProcessPaths _paths;
    private readonly ProcessImages _images;
    private readonly LoopbackAddresses _addresses;
    private readonly ControlGroups? _groups;
    private readonly string _cell;
    private readonly string _bootId;
    private readonly bool _isolated;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly FileSystemWatcher _watcher;

    private ProcessRuntime(ProcessPaths paths, string cell, string bootId, string node, bool isolated, string isolationProblem)
    {
        _paths = paths;
        _cell = cell;
        _bootId = bootId;
        _isolated = isolated;
        _images = new ProcessImages(paths, isolated);
        _addresses = new LoopbackAddresses(node + "\0" + paths.Root);
        _groups = ControlGroups.TryOpen(node, out string problem);
        var notes = ImmutableArray.CreateBuilder<string>();
        if (!isolated) notes.Add($"containers share this machine's file system, since a root of their own cannot be made ({isolationProblem}); volumes are given as HIVE_VOLUME_<NAME>");
        if (_groups is null) notes.Add($"processor limits are not enforced and memory is limited process by process, since control groups cannot be written ({problem})");
        notes.Add("pods share this machine's network: hostPort has no effect, programs listen on POD_IP");
        Notes = notes.ToImmutable();
        _watcher = new FileSystemWatcher(paths.Exits);
        _watcher.Created += (_, _) => Poke();
        _watcher.Renamed += (_, _) => Poke();
        _watcher.EnableRaisingEvents = true;
    }

    public string Name => "process";
    public string Version => "1";
    public ImmutableArray<string> Notes { get; }

    public static async Task<ProcessRuntime> OpenAsync(string directory, string node, string bootId, CancellationToken cancellation)
    {
        var paths = new ProcessPaths(Path.GetFullPath(directory));
        paths.Make();
        string cell = BuiltInImages.Unpack(paths.Programs);
        string problem = await TryIsolationAsync(paths, cell, cancellation);
        return new ProcessRuntime(paths, cell, bootId, node, problem.Length == 0, problem);
    }

    public Task<OrderOutcome> EnsureImageAsync(string reference, string policy, RegistryCredential? credential, CancellationToken cancellation) =>
        Task.FromResult(_images.Ensure(reference));

    public Task<OrderOutcome> StartSandboxAsync(SandboxSpec spec, CancellationToken cancellation)
    {
        Directory.CreateDirectory(_paths.Pod(spec.Pod.Uid));
        SandboxRecord? known = RecordFiles.TryRead(_paths.Sandbox(spec.Pod.Uid), ProcessJson.Default.SandboxRecord);
        if (known is { Stopped: false } && known.Attempt >= spec.Attempt && known.BootId == _bootId) return Task.FromResult(OrderOutcome.Done);
        string address = known?.Address ?? (spec.HostNetwork ? "" : _addresses.Next(ListSandboxes().Select(s => s.Record.Address)));
        RecordFiles.Write(_paths.Sandbox(spec.Pod.Uid), new SandboxRecord(spec.Pod.Namespace, spec.Pod.Name, spec.Attempt, address, _bootId, false), ProcessJson.Default.SandboxRecord);
        return Task.FromResult(OrderOutcome.Done);
    }

    public Task<OrderOutcome> StopSandboxAsync(string runtimeId, CancellationToken cancellation)
    {
        if (ContainerId.TryParse(runtimeId, out ContainerId id) && RecordFiles.TryRead(_paths.Sandbox(id.Pod), ProcessJson.Default.SandboxRecord) is { } record)
        {
            RecordFiles.Write(_paths.Sandbox(id.Pod), record with { Stopped = true }, ProcessJson.Default.SandboxRecord);
        }
        return Task.FromResult(OrderOutcome.Done);
    }

    public async Task<OrderOutcome> StartContainerAsync(ContainerSpec spec, CancellationToken cancellation)
    {
        var id = new ContainerId(spec.Pod.Uid, spec.Container, spec.Attempt);
        string directory = _paths.Container(id);
        if (File.Exists(Path.Combine(directory, "state")) || File.Exists(_paths.Exit(id))) return OrderOutcome.Done;
        if (_images.Find(spec.Image) is not { } image) return OrderOutcome.Retry(ImageReasons.Pull, $"the image {spec.Image} is not here any more");
        ImmutableArray<string> command = spec.Command.IsEmpty
            ? [.. image.Entrypoint, .. spec.Arguments.IsEmpty ? image.Arguments : [.. spec.Arguments]]
            : [.. spec.Command, .. spec.Arguments];
        if (command.IsEmpty) return Refuse(id, spec, image, [], $"the image {spec.Image} names no command and neither does the container", 127);
        Directory.CreateDirectory(directory);
        string[] groups = _groups?.Make(id, spec) ?? [];
        string specFile = Path.Combine(directory, "cell.spec");
        Describe(id, spec, image, command, groups).WriteTo(specFile);
        Record(id, spec, image, groups, null, 0);
        ExecOutcome shim = await CellCommand.RunAsync(_cell, ["shim", specFile], StartTimeout, cancellation);
        if (shim.ExitCode == 0) return OrderOutcome.Done;
        if (shim.Output.TrimEnd().EndsWith(TooLate, StringComparison.Ordinal)) return OrderOutcome.TooLate;
        string problem = shim.Output.Trim() is { Length: > 0 } said ? said : shim.Problem;
        bool notAllowed = problem.EndsWith("errno 13", StringComparison.Ordinal);
        return Refuse(id, spec, image, groups, $"cannot run \"{command[0]}\": {Explain(problem)}", notAllowed ? 126 : 127);
    }

    public async Task<OrderOutcome> StopContainerAsync(string runtimeId, string? signal, TimeSpan grace, CancellationToken cancellation)
    {
        if (!ContainerId.TryParse(runtimeId, out ContainerId id)) return OrderOutcome.Done;
        if (ShimOf(id) is not { } pids) return OrderOutcome.Done;
        if (grace > TimeSpan.Zero)
        {
            Signal(pids.Child, SignalNumbers.Of(signal));
            if (await WaitForExitAsync(id, grace, cancellation)) return OrderOutcome.Done;
        }
        Signal(pids.Child, 9);
        bool ended = await WaitForExitAsync(id, TimeSpan.FromSeconds(2), cancellation);
        return ended ? OrderOutcome.Done : OrderOutcome.Retry("", $"process {pids.Child} does not die");
    }

    public Task<OrderOutcome> RemoveAsync(string runtimeId, CancellationToken cancellation)
    {
        if (!ContainerId.TryParse(runtimeId, out ContainerId id)) return Task.FromResult(OrderOutcome.Done);
        try
        {
            if (id.IsSandbox)
            {
                File.Delete(_paths.Sandbox(id.Pod));
                if (Directory.Exists(_paths.Pod(id.Pod)) && !Directory.EnumerateFileSystemEntries(_paths.Pod(id.Pod)).Any()) Directory.Delete(_paths.Pod(id.Pod));
                return Task.FromResult(OrderOutcome.Done);
            }
            if (ShimOf(id) is not null) return Task.FromResult(OrderOutcome.Retry("", $"{id} still runs"));
            string directory = _paths.Container(id);
            ContainerRecordFile? record = RecordFiles.TryRead(Path.Combine(directory, "container.json"), ProcessJson.Default.ContainerRecordFile);
            if (record is not null)
            {
                ControlGroups.Kill(record.Cgroups);
                ControlGroups.Remove(record.Cgroups);
            }
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
            File.Delete(_paths.Exit(id));
            return Task.FromResult(OrderOutcome.Done);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Task.FromResult(OrderOutcome.Retry("", failure.Message));
        }
    }

    public Task<ImmutableArray<ObservedPod>> ListOwnAsync(CancellationToken cancellation)
    {
        var pods = ImmutableArray.CreateBuilder<ObservedPod>();
        foreach (string directory in Directory.EnumerateDirectories(_paths.Pods).Order(StringComparer.Ordinal))
        {
            var uid = new PodUid(Path.GetFileName(directory));
            SandboxRecord? sandbox = RecordFiles.TryRead(_paths.Sandbox(uid), ProcessJson.Default.SandboxRecord);
            var containers = ImmutableArray.CreateBuilder<ObservedContainer>();
            foreach (string container in Directory.EnumerateDirectories(directory).Order(StringComparer.Ordinal))
            {
                if (Look(uid, container) is { } seen) containers.Add(seen);
            }
            if (sandbox is null && containers.Count == 0) continue;
            ObservedSandbox? observed = sandbox is null ? null : new ObservedSandbox(
                new ContainerId(uid, ContainerId.Sandbox, sandbox.Attempt).ToString(), !sandbox.Stopped && sandbox.BootId == _bootId,
                sandbox.Address.Length == 0 ? null : sandbox.Address, sandbox.Attempt);
            pods.Add(new ObservedPod(uid, sandbox?.Namespace ?? "", sandbox?.Name ?? "", 0, observed, containers.ToImmutable()));
        }
        return Task.FromResult(pods.ToImmutable());
    }

    public async Task<ExecOutcome> ExecAsync(string runtimeId, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation)
    {
        if (!ContainerId.TryParse(runtimeId, out ContainerId id) || ShimOf(id) is not { } pids) return new ExecOutcome(null, "", "the container does not run");
        string spec = Path.Combine(_paths.Container(id), "cell.spec");
        return await CellCommand.RunAsync(_cell, ["enter", spec, pids.Child.ToString(CultureInfo.InvariantCulture), .. command], timeout, cancellation);
    }

    public async IAsyncEnumerable<LogLine> ReadLogAsync(string runtimeId, bool follow, int? tailLines, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!ContainerId.TryParse(runtimeId, out ContainerId id)) yield break;
        string log = Path.Combine(_paths.Container(id), "log");
        long skip = tailLines is { } wanted ? await ProcessLog.CountAsync(log, cancellation) - wanted : 0;
        await foreach (LogLine line in ProcessLog.ReadAsync(log, follow, () => ShimOf(id) is null, cancellation))
        {
            if (skip-- <= 0) yield return line;
        }
    }

    public Task WaitForChangeAsync(TimeSpan timeout, CancellationToken cancellation) => _changed.WaitAsync(timeout, cancellation);

    public void Poke()
    {
        lock (_changed)
        {
            if (_changed.CurrentCount == 0) _changed.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _watcher.Dispose();
        return ValueTask.CompletedTask;
    }

    private CellSpec Describe(ContainerId id, ContainerSpec spec, ProcessImage image, ImmutableArray<string> command, string[] groups)
    {
        string directory = _paths.Container(id);
        var cell = new CellSpec();
        cell.Add("log", Path.Combine(directory, "log")).Add("logmax", DroneLimits.LogFileBytes.ToString(CultureInfo.InvariantCulture));
        cell.Add("exit", _paths.Exit(id)).Add("state", Path.Combine(directory, "state"));
        if (spec.DeadlineFile is { } deadline) cell.Add("deadline", deadline);
        if (spec.StartBefore is { } end) cell.Add("startbefore", (end.Ticks * NanosecondsOfTick).ToString(CultureInfo.InvariantCulture));
        if (_isolated) cell.Root(directory, image, spec.Mounts);
        cell.Add("cwd", spec.WorkingDirectory.Length > 0 ? spec.WorkingDirectory : _isolated ? image.WorkingDirectory : directory);
        foreach (string group in groups) cell.Add("cgroup", Path.Combine(group, "cgroup.procs"));
        if (groups.Length == 0 && spec.MemoryLimitBytes > 0) cell.LimitMemory(spec.MemoryLimitBytes);
        if (spec.User is { } user && HostCalls.IsRoot) cell.Add("uid", user.ToString(CultureInfo.InvariantCulture));
        if (spec.Group is { } group1 && HostCalls.IsRoot) cell.Add("gid", group1.ToString(CultureInfo.InvariantCulture));
        foreach (string line in Environment(spec, image)) cell.Add("env", line);
        foreach (string argument in command) cell.Add("arg", argument);
        return cell;
    }

    private IEnumerable<string> Environment(ContainerSpec spec, ProcessImage image)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ["HOSTNAME"] = spec.Hostname,
            ["HOME"] = "/",
        };
        foreach (string line in image.Environment)
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) values[line[..equals]] = line[(equals + 1)..];
        }
        if (spec.Sandbox.Address is { } address) values["POD_IP"] = address;
        if (!_isolated)
        {
            foreach (MountSpec mount in spec.Mounts.Where(m => m.Volume.Length > 0)) values[$"HIVE_VOLUME_{mount.Volume.ToUpperInvariant().Replace('-', '_')}"] = mount.Source;
        }
        foreach ((string name, string value) in spec.Environment) values[name] = value;
        return values.Select(v => $"{v.Key}={v.Value}");
    }

    private void Record(ContainerId id, ContainerSpec spec, ProcessImage image, string[] groups, string? problem, int exitCode)
    {
        string? termination = spec.Mounts.FirstOrDefault(m => m.Source.EndsWith(TerminationMessage.FileName, StringComparison.Ordinal))?.Source;
        RecordFiles.Write(Path.Combine(_paths.Container(id), "container.json"),
            new ContainerRecordFile(id.Container, id.Attempt, spec.SpecHash, image.Id, termination, groups, problem, exitCode), ProcessJson.Default.ContainerRecordFile);
    }

    private OrderOutcome Refuse(ContainerId id, ContainerSpec spec, ProcessImage image, string[] groups, string problem, int exitCode)
    {
        Directory.CreateDirectory(_paths.Container(id));
        Record(id, spec, image, groups, problem, exitCode);
        return new OrderOutcome(OrderResult.Refused, "RunContainerError", problem, ExitCode: exitCode);
    }

    private ObservedContainer? Look(PodUid uid, string directory)
    {
        ContainerRecordFile? record = RecordFiles.TryRead(Path.Combine(directory, "container.json"), ProcessJson.Default.ContainerRecordFile);
        if (record is null) return null;
        var id = new ContainerId(uid, record.Container, record.Attempt);
        var seen = new ObservedContainer(record.Container, id.ToString(), record.Attempt, record.SpecHash, ContainerPhase.Created, ImageId: record.ImageId);
        if (record.Problem is { } problem) return seen with { Phase = ContainerPhase.Exited, ExitCode = record.ExitCode, Problem = problem };
        string[] state = ReadWords(Path.Combine(directory, "state"));
        if (state.Length < 3) return seen;
        WallTime? started = LogTimes.Wall(state[2]);
        // The exit file is read before asking for the shim: the shim writes it before it goes.
        bool alive = ShimOf(id) is not null;
        string[] exit = ReadWords(_paths.Exit(id));
        if (exit.Length >= 3)
        {
            return seen with
            {
                Phase = ContainerPhase.Exited,
                ExitCode = Number(exit[0]),
                Signal = Number(exit[1]),
                StartedAt = started,
                FinishedAt = LogTimes.Wall(exit[2]),
                OutOfMemory = exit[1] == "9" && ControlGroups.RanOutOfMemory(record.Cgroups),
                TerminationMessage = TerminationMessage.Read(record.TerminationFile),
            };
        }
        return alive ? seen with { Phase = ContainerPhase.Running, StartedAt = started } : seen with { Phase = ContainerPhase.Exited, StartedAt = started };
    }

    /// <summary>The shim and its container while both live. The shim is known by its command line, which names this container's own file.</summary>
    private (int Shim, int Child)? ShimOf(ContainerId id)
    {
        string[] state = ReadWords(Path.Combine(_paths.Container(id), "state"));
        if (state.Length < 3 || File.Exists(_paths.Exit(id))) return null;
        try
        {
            string command = File.ReadAllText($"/proc/{state[0]}/cmdline");
            return command.Contains(Path.Combine(_paths.Container(id), "cell.spec"), StringComparison.Ordinal) ? (Number(state[0]), Number(state[1])) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private async Task<bool> WaitForExitAsync(ContainerId id, TimeSpan limit, CancellationToken cancellation)
    {
        HostTime until = HostCalls.Boottime() + limit;
        while (ShimOf(id) is not null)
        {
            if (HostCalls.Boottime() >= until) return false;
            await Task.Delay(ExitPoll, cancellation);
        }
        return true;
    }

    private IEnumerable<(PodUid Uid, SandboxRecord Record)> ListSandboxes()
    {
        foreach (string directory in Directory.EnumerateDirectories(_paths.Pods))
        {
            var uid = new PodUid(Path.GetFileName(directory));
            if (RecordFiles.TryRead(_paths.Sandbox(uid), ProcessJson.Default.SandboxRecord) is { } record) yield return (uid, record);
        }
    }

    /// <summary>Empty when a container can have a root of its own here, or why not.</summary>
    private static async Task<string> TryIsolationAsync(ProcessPaths paths, string cell, CancellationToken cancellation)
    {
        if (!HostCalls.IsRoot) return "not root";
        if (paths.Root.AsSpan().IndexOfAny(',', ':', '\\') >= 0) return "the data directory's name holds a comma, colon or backslash";
        string trial = Path.Combine(paths.Root, "trial");
        if (Directory.Exists(trial)) Directory.Delete(trial, recursive: true);
        Directory.CreateDirectory(Path.Combine(trial, "root"));
        File.Copy(cell, Path.Combine(trial, "root", "cell"));
        var spec = new CellSpec();
        spec.Add("log", Path.Combine(trial, "log")).Add("exit", Path.Combine(trial, "exit")).Add("state", Path.Combine(trial, "state"));
        spec.Root(trial, new ProcessImage("", Path.Combine(trial, "root"), false, [], [], [], "/"), []);
        spec.Add("arg", "/cell").Add("arg", "true");
        string file = Path.Combine(trial, "cell.spec");
        spec.WriteTo(file);
        ExecOutcome outcome = await CellCommand.RunAsync(cell, ["shim", file], StartTimeout, cancellation);
        if (outcome.ExitCode != 0) return outcome.Output.Trim() is { Length: > 0 } said ? said : outcome.Problem;
        // Its supervisor writes here until it has told the exit.
        HostTime until = HostCalls.Boottime() + StartTimeout;
        while (!File.Exists(Path.Combine(trial, "exit")))
        {
            if (HostCalls.Boottime() >= until) return $"a program that does nothing did not end within {StartTimeout.TotalSeconds} s";
            await Task.Delay(ExitPoll, cancellation);
        }
        return "";
    }

    private static void Signal(int child, int signal)
    {
        // The container leads a process group of its own.
        if (!HostCalls.Signal(-child, signal)) HostCalls.Signal(child, signal);
    }

    private static string Explain(string problem) =>
        problem.EndsWith("errno 2", StringComparison.Ordinal) ? $"no such file or directory ({problem})"
        : problem.EndsWith("errno 13", StringComparison.Ordinal) ? $"permission denied ({problem})"
        : problem.EndsWith("errno 8", StringComparison.Ordinal) ? $"not a program for this machine ({problem})" : problem;

    private static string[] ReadWords(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries) : [];
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : 0;
}
