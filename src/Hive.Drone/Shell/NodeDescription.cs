using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Hive.Drone.Runtimes;
using Hive.Objects;

namespace Hive.Drone.Shell;

/// <summary>What the Node object says of this machine.</summary>
internal sealed class NodeDescription(DroneOptions options, IContainerRuntime runtime)
{
    /// <summary>Version shown for the node; the part before the plus sign is the Kubernetes version whose API is spoken.</summary>
    public const string KubeletVersion = "v1.33.0+hive.0.1.0";

    public string HostAddress { get; } = AddressOf(options).ToString();
    public long MemoryBytes { get; } = ReadMemory();
    public static string MachineBootId { get; } = ReadLine("/proc/sys/kernel/random/boot_id");

    public Node Describe(int port, bool ready, string problem)
    {
        Time now = Time.From(options.Clock.GetUtcNow());
        OrdinalMap<Quantity> capacity = OrdinalMap.FromPairs(new KeyValuePair<string, Quantity>[]
        {
            new("cpu", Quantity.FromValue(Environment.ProcessorCount)),
            new("memory", Quantity.FromBytes(MemoryBytes)),
            new("pods", Quantity.FromValue(DroneLimits.PodsPerNode)),
            new("ephemeral-storage", Quantity.FromBytes(new DriveInfo(options.DataDirectory).TotalSize)),
        });
        OrdinalMap<Quantity> allocatable = capacity;
        foreach ((string name, Quantity amount) in options.Allocatable) allocatable = allocatable.With(name, amount);
        string architecture = RuntimeInformation.OSArchitecture switch { Architecture.X64 => "amd64", Architecture.Arm64 => "arm64", var other => other.ToString().ToLowerInvariant() };
        StringMap labels = options.Labels
            .With("kubernetes.io/hostname", options.NodeName).With("kubernetes.io/os", "linux").With("kubernetes.io/arch", architecture).With("hive.io/runtime", runtime.Name);
        return new Node
        {
            Metadata = new ObjectMeta { Name = options.NodeName, Labels = labels },
            Spec = new NodeSpec { Taints = options.Taints },
            Status = new NodeStatus
            {
                Capacity = capacity,
                Allocatable = allocatable,
                Conditions =
                [
                    Condition("Ready", ready, ready ? "KubeletReady" : "KubeletNotReady", ready ? "the drone is ready" : problem),
                    Condition("MemoryPressure", false, "KubeletHasSufficientMemory", "the drone has sufficient memory available"),
                    Condition("DiskPressure", false, "KubeletHasNoDiskPressure", "the drone has no disk pressure"),
                    Condition("PIDPressure", false, "KubeletHasSufficientPID", "the drone has sufficient PID available"),
                ],
                Addresses =
                [
                    new NodeAddress { Type = "InternalIP", Address = HostAddress },
                    new NodeAddress { Type = "Hostname", Address = options.NodeName },
                ],
                DaemonEndpoints = new NodeDaemonEndpoints { KubeletEndpoint = new DaemonEndpoint { Port = port } },
                NodeInfo = new NodeSystemInfo
                {
                    MachineID = ReadLine("/etc/machine-id"),
                    SystemUUID = ReadLine("/etc/machine-id"),
                    BootID = MachineBootId,
                    KernelVersion = ReadLine("/proc/sys/kernel/osrelease"),
                    OsImage = OsName(),
                    ContainerRuntimeVersion = $"{runtime.Name}://{runtime.Version}",
                    KubeletVersion = KubeletVersion,
                    KubeProxyVersion = KubeletVersion,
                    OperatingSystem = "linux",
                    Architecture = architecture,
                },
            },
        };

        NodeCondition Condition(string type, bool value, string reason, string message) => new()
        {
            Type = type,
            Status = value ? "True" : "False",
            Reason = reason,
            Message = message,
            LastHeartbeatTime = now,
            LastTransitionTime = now,
        };
    }

    private static IPAddress AddressOf(DroneOptions options)
    {
        if (options.Address is { } given) return given;
        if (!options.Listen.Address.Equals(IPAddress.Any) && !options.Listen.Address.Equals(IPAddress.IPv6Any)) return options.Listen.Address;
        foreach (NetworkInterface card in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (card.OperationalStatus != OperationalStatus.Up || card.NetworkInterfaceType == NetworkInterfaceType.Loopback || card.Name.StartsWith("docker", StringComparison.Ordinal)) continue;
            foreach (UnicastIPAddressInformation address in card.GetIPProperties().UnicastAddresses)
            {
                if (address.Address.AddressFamily == AddressFamily.InterNetwork) return address.Address;
            }
        }
        return IPAddress.Loopback;
    }

    private static long ReadMemory()
    {
        foreach (string line in File.ReadLines("/proc/meminfo"))
        {
            if (!line.StartsWith("MemTotal:", StringComparison.Ordinal)) continue;
            string digits = new([.. line.Where(char.IsAsciiDigit)]);
            return long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture) * 1024;
        }
        return GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    private static string OsName()
    {
        const string Key = "PRETTY_NAME=";
        if (!File.Exists("/etc/os-release")) return "Linux";
        return File.ReadLines("/etc/os-release").FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal))?[Key.Length..].Trim('"') ?? "Linux";
    }

    private static string ReadLine(string path)
    {
        if (!File.Exists(path)) return "";
        using var reader = new StreamReader(path);
        return reader.ReadLine()?.Trim() ?? "";
    }
}
