using System.Collections.Immutable;
using Hive.Drone.Desired;
using Hive.Drone.Pods;
using Hive.Drone.Runtimes;
using Hive.Drone.Status;
using Hive.Drone.Variables;
using Hive.Drone.Volumes;
using Hive.Objects;

namespace Hive.Drone.Shell;

/// <summary>Turns a container of a pod, with all that it names, into what a runtime needs.</summary>
internal sealed class ContainerSpecs(VolumeKeeper volumes, ObjectSources sources, string deadlineFile, long nodeMemoryBytes)
{
    public static PodIdentity IdentityOf(DesiredPod pod) => new(pod.Uid, pod.Namespace, pod.Name);

    public static string HostnameOf(Pod pod)
    {
        string name = pod.Spec.Hostname.Length > 0 ? pod.Spec.Hostname : pod.Metadata.Name;
        // A host name has at most 63 characters and ends in a letter or digit.
        return name.Length <= 63 ? name : name[..63].TrimEnd('-', '.');
    }

    public static SandboxSpec Sandbox(DesiredPod pod, int attempt)
    {
        var ports = ImmutableArray.CreateBuilder<(int, string, string, int)>();
        foreach (Container container in PodPlanner.AllContainers(pod.Pod))
        {
            foreach (ContainerPort port in container.Ports.Where(p => p.HostPort > 0))
            {
                ports.Add((port.Port, port.Protocol.Length > 0 ? port.Protocol : "TCP", port.HostIP, port.HostPort));
            }
        }
        DnsSettings? dns = pod.Pod.Spec is { DnsPolicy: DNSPolicy.None, DnsConfig: { } config }
            ? new DnsSettings([.. config.Nameservers], [.. config.Searches], [.. config.Options.Select(o => o.Value is { } value ? $"{o.Name}:{value}" : o.Name)])
            : null;
        return new SandboxSpec(IdentityOf(pod), attempt, HostnameOf(pod.Pod), pod.Pod.Spec.HostNetwork, ports.ToImmutable(), dns);
    }

    /// <summary>The specification, or why it cannot be made yet.</summary>
    public async Task<(ContainerSpec? Spec, OrderOutcome Problem)> ContainerAsync(Order.StartContainer order, string hostAddress, CancellationToken cancellation)
    {
        Pod pod = order.Of.Pod;
        Container container = order.Container;
        (SortedSet<string> maps, SortedSet<string> secrets) = EnvironmentRules.References(container);
        string address = pod.Spec.HostNetwork ? hostAddress : order.Sandbox.Address ?? "";
        (VariableSources? found, string unreachable) = await sources.FetchAsync(pod, maps, secrets, pod.Spec.EnableServiceLinks != false, address, cancellation);
        if (found is null) return (null, OrderOutcome.Retry("CreateContainerConfigError", unreachable));
        EnvironmentResult environment = EnvironmentRules.Build(pod, container, found);
        if (environment.Problem.Length > 0) return (null, OrderOutcome.Retry("CreateContainerConfigError", environment.Problem));
        var known = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in environment.Variables) known[name] = value;
        (ImmutableArray<MountSpec> mounts, string wrong) = Mounts(order, known);
        if (wrong.Length > 0) return (null, OrderOutcome.Retry("CreateContainerConfigError", wrong));
        SecurityContext? own = container.SecurityContext;
        PodSecurityContext? shared = pod.Spec.SecurityContext;
        if ((own?.RunAsNonRoot ?? shared?.RunAsNonRoot) == true && (own?.RunAsUser ?? shared?.RunAsUser) == 0)
        {
            return (null, OrderOutcome.Retry("CreateContainerConfigError", "container's runAsUser breaks non-root policy"));
        }
        long request = Milli(container.Resources.Requests, container.Resources.Limits, "cpu");
        return (new ContainerSpec
        {
            Pod = IdentityOf(order.Of),
            Container = container.Name,
            Attempt = order.Attempt,
            SpecHash = order.SpecHash,
            Image = container.Image,
            ImageId = order.ImageId,
            Sandbox = order.Sandbox,
            Hostname = HostnameOf(pod),
            Command = [.. container.Command.Select(c => Expansion.Expand(c, known))],
            Arguments = [.. container.Args.Select(a => Expansion.Expand(a, known))],
            Environment = environment.Variables,
            Mounts = mounts,
            WorkingDirectory = container.WorkingDir,
            HostNetwork = pod.Spec.HostNetwork,
            HostPid = pod.Spec.HostPID,
            Tty = container.Tty,
            Stdin = container.Stdin,
            StdinOnce = container.StdinOnce,
            MilliCpuLimit = container.Resources.Limits.TryGetValue("cpu", out Quantity cpu) ? cpu.MilliValue : 0,
            MilliCpuRequest = request,
            MemoryLimitBytes = container.Resources.Limits.TryGetValue("memory", out Quantity memory) ? memory.Value : 0,
            OutOfMemoryScore = Score(pod, container),
            User = own?.RunAsUser ?? shared?.RunAsUser,
            Group = own?.RunAsGroup ?? shared?.RunAsGroup,
            SupplementalGroups = [.. shared?.SupplementalGroups ?? [], .. shared?.FsGroup is { } group ? new[] { group } : []],
            Privileged = own?.Privileged == true,
            ReadOnlyRoot = own?.ReadOnlyRootFilesystem == true,
            NoNewPrivileges = own?.AllowPrivilegeEscalation == false,
            AddCapabilities = [.. own?.Capabilities?.Add ?? []],
            DropCapabilities = [.. own?.Capabilities?.Drop ?? []],
            DeadlineFile = order.Of.Unique ? deadlineFile : null,
            StartBefore = order.StartBefore,
        }, OrderOutcome.Done);
    }

    /// <summary>The file in which an attempt may leave its last words.</summary>
    public string TerminationFile(PodUid uid, string container, int attempt) =>
        Path.Combine(volumes.PodDirectory(uid), "containers", $"{container}-{attempt}", TerminationMessage.FileName);

    private (ImmutableArray<MountSpec> Mounts, string Problem) Mounts(Order.StartContainer order, SortedDictionary<string, string> environment)
    {
        var mounts = ImmutableArray.CreateBuilder<MountSpec>();
        foreach (VolumeMount mount in order.Container.VolumeMounts)
        {
            Volume? volume = order.Of.Pod.Spec.Volumes.FirstOrDefault(v => v.Name == mount.Name);
            if (volume is null) return ([], $"the container mounts a volume \"{mount.Name}\" that the pod does not have");
            string source = volumes.SourceOf(order.Of, volume);
            string inside = mount.SubPathExpr.Length > 0 ? Expansion.Expand(mount.SubPathExpr, environment) : mount.SubPath;
            if (inside.Length > 0)
            {
                if (!FileSet.IsInside(inside)) return ([], $"the subPath \"{inside}\" leads out of volume \"{mount.Name}\"");
                source = Path.Combine(source, inside);
                if (!Path.Exists(source)) Directory.CreateDirectory(source);
                // Through the links of a volume made from objects to the file itself.
                if (File.ResolveLinkTarget(source, true) is { } real) source = real.FullName;
            }
            string? propagation = mount.MountPropagation switch
            {
                MountPropagationMode.HostToContainer => "rslave",
                MountPropagationMode.Bidirectional => "rshared",
                _ => null,
            };
            mounts.Add(new MountSpec(source, mount.MountPath, mount.ReadOnly, Directory.Exists(source), mount.Name, propagation));
        }
        string termination = TerminationFile(order.Pod, order.Container.Name, order.Attempt);
        Directory.CreateDirectory(Path.GetDirectoryName(termination)!);
        File.WriteAllBytes(termination, []);
        File.SetUnixFileMode(termination, (UnixFileMode)0b110_110_110);
        string place = order.Container.TerminationMessagePath is { Length: > 0 } path ? path : "/dev/termination-log";
        mounts.Add(new MountSpec(termination, place, false, false));
        return (mounts.ToImmutable(), "");
    }

    /// <summary>Whom the kernel kills first: those who promised nothing; then who takes the largest share of what others need.</summary>
    private int Score(Pod pod, Container container)
    {
        switch (QualityOfService.Of(pod))
        {
            // Lowering one's own score takes a privilege; 0 is the lowest that always works.
            case PodQOSClass.Guaranteed: return 0;
            case PodQOSClass.BestEffort: return 1000;
            default:
                long request = container.Resources.Requests.TryGetValue("memory", out Quantity memory) ? memory.Value : 0;
                return (int)Math.Clamp(1000 - 1000 * request / Math.Max(1, nodeMemoryBytes), 2, 999);
        }
    }

    private static long Milli(OrdinalMap<Quantity> requests, OrdinalMap<Quantity> limits, string resource) =>
        requests.TryGetValue(resource, out Quantity request) ? request.MilliValue : limits.TryGetValue(resource, out Quantity limit) ? limit.MilliValue : 0;
}
