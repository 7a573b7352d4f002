using System.Globalization;
using System.Text.Json.Nodes;

namespace Hive.Drone.Runtimes.Docker;

/// <summary>The engine's create bodies for sandboxes and containers.</summary>
internal static class DockerContainers
{
    public static JsonObject Sandbox(DockerNode node, string image, SandboxSpec spec)
    {
        var bindings = new JsonObject();
        var exposed = new JsonObject();
        foreach ((int port, string protocol, string address, int hostPort) in spec.HostPorts)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"{port}/{protocol.ToLowerInvariant()}");
            exposed[key] = new JsonObject();
            bindings[key] = new JsonArray(new JsonObject { ["HostIp"] = address, ["HostPort"] = hostPort.ToString(CultureInfo.InvariantCulture) });
        }
        var host = new JsonObject
        {
            ["NetworkMode"] = spec.HostNetwork ? "host" : "default",
            ["IpcMode"] = "shareable",
            ["RestartPolicy"] = new JsonObject { ["Name"] = "" },
            ["LogConfig"] = LogConfig(),
        };
        var body = new JsonObject
        {
            ["Image"] = image,
            ["Labels"] = DockerLabels.For(node, spec.Pod, DockerLabels.Sandbox, spec.Attempt, 0),
            ["HostConfig"] = host,
        };
        if (!spec.HostNetwork)
        {
            body["Hostname"] = spec.Hostname;
            body["ExposedPorts"] = exposed;
            host["PortBindings"] = bindings;
            if (spec.Dns is { } dns)
            {
                host["Dns"] = Texts(dns.Servers);
                host["DnsSearch"] = Texts(dns.Searches);
                host["DnsOptions"] = Texts(dns.Options);
            }
        }
        return body;
    }

    public static JsonObject Container(DockerNode node, ContainerSpec spec)
    {
        var body = new JsonObject
        {
            ["Image"] = spec.ImageId,
            ["Env"] = Texts(spec.Environment.Select(e => $"{e.Key}={e.Value}")),
            ["Labels"] = DockerLabels.For(node, spec.Pod, spec.Container, spec.Attempt, spec.SpecHash),
            ["Tty"] = spec.Tty,
            ["OpenStdin"] = spec.Stdin,
            ["StdinOnce"] = spec.StdinOnce,
            ["Healthcheck"] = new JsonObject { ["Test"] = new JsonArray("NONE") },
            ["HostConfig"] = HostConfig(spec),
        };
        if (!spec.Command.IsEmpty) body["Entrypoint"] = Texts(spec.Command);
        if (!spec.Arguments.IsEmpty) body["Cmd"] = Texts(spec.Arguments);
        if (spec.WorkingDirectory.Length > 0) body["WorkingDir"] = spec.WorkingDirectory;
        if (spec.User is { } user)
        {
            body["User"] = spec.Group is { } group ? string.Create(CultureInfo.InvariantCulture, $"{user}:{group}") : user.ToString(CultureInfo.InvariantCulture);
        }
        return body;
    }

    private static JsonObject HostConfig(ContainerSpec spec)
    {
        var host = new JsonObject
        {
            ["NetworkMode"] = $"container:{spec.Sandbox.RuntimeId}",
            ["IpcMode"] = $"container:{spec.Sandbox.RuntimeId}",
            ["PidMode"] = spec.HostPid ? "host" : "",
            ["Binds"] = Texts(spec.Mounts.Select(Bind)),
            ["CpuShares"] = Math.Max(2, spec.MilliCpuRequest * 1024 / 1000),
            ["Memory"] = spec.MemoryLimitBytes,
            ["MemorySwap"] = spec.MemoryLimitBytes,
            ["OomScoreAdj"] = spec.OutOfMemoryScore,
            ["Privileged"] = spec.Privileged,
            ["ReadonlyRootfs"] = spec.ReadOnlyRoot,
            ["CapAdd"] = Texts(spec.AddCapabilities),
            ["CapDrop"] = Texts(spec.DropCapabilities),
            ["GroupAdd"] = Texts(spec.SupplementalGroups.Select(g => g.ToString(CultureInfo.InvariantCulture))),
            ["RestartPolicy"] = new JsonObject { ["Name"] = "no" },
            ["LogConfig"] = LogConfig(),
        };
        if (spec.NoNewPrivileges) host["SecurityOpt"] = new JsonArray("no-new-privileges");
        if (spec.MilliCpuLimit > 0)
        {
            host["CpuPeriod"] = 100_000;
            host["CpuQuota"] = Math.Max(1000, spec.MilliCpuLimit * 100);
        }
        return host;
    }

    private static string Bind(MountSpec mount)
    {
        string options = mount.ReadOnly ? "ro" : "rw";
        if (mount.Propagation is { } propagation) options += "," + propagation;
        return $"{mount.Source}:{mount.Target}:{options}";
    }

    private static JsonObject LogConfig() => new()
    {
        ["Type"] = "json-file",
        ["Config"] = new JsonObject { ["max-size"] = DroneLimits.LogFileBytes.ToString(CultureInfo.InvariantCulture), ["max-file"] = "2" },
    };

    private static JsonArray Texts(IEnumerable<string> texts)
    {
        var array = new JsonArray();
        foreach (string text in texts) array.Add((JsonNode)text);
        return array;
    }
}
