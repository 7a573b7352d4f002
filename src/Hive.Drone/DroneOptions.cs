using System.Net;
using System.Security.Cryptography.X509Certificates;
using Hive.Objects;

namespace Hive.Drone;

/// <summary>Which runtime a drone takes.</summary>
public enum RuntimeChoice
{
    /// <summary>Docker where an engine answers, processes otherwise.</summary>
    Auto,
    Docker,
    Process,
}

/// <summary>All that a drone must be told.</summary>
public sealed record DroneOptions
{
    /// <summary>Name of the node: a lower-case DNS name, unique in the cluster.</summary>
    public required string NodeName { get; init; }

    /// <summary>Kubernetes addresses of the queens, e.g. <c>https://127.0.0.1:16443</c>. At least one.</summary>
    public required IReadOnlyList<Uri> Queens { get; init; }

    /// <summary>Certificate with key of <c>system:node:NAME</c> in <c>system:nodes</c>: shown to the queens, and on this drone's own port.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>The cluster's authority: whom this drone believes.</summary>
    public required X509Certificate2 Authority { get; init; }

    /// <summary>Where the drone's own port listens; port 0 takes a free one.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>The drone's directory: journal, volumes, and containers of the process runtime. Of one drone alone.</summary>
    public required string DataDirectory { get; init; }

    public RuntimeChoice Runtime { get; init; } = RuntimeChoice.Auto;

    /// <summary>Socket of the Docker engine.</summary>
    public string DockerSocket { get; init; } = "/var/run/docker.sock";

    /// <summary>Labels of the Node beside those that every node has.</summary>
    public StringMap Labels { get; init; } = StringMap.Empty;

    /// <summary>Taints with which the Node is created.</summary>
    public IReadOnlyList<Taint> Taints { get; init; } = [];

    /// <summary>What pods may use, in place of what the machine has: <c>cpu</c>, <c>memory</c>, <c>pods</c>, <c>ephemeral-storage</c>.</summary>
    public OrdinalMap<Quantity> Allocatable { get; init; } = OrdinalMap<Quantity>.Empty;

    /// <summary>The node's address as others reach it; null takes that of <see cref="Listen"/>, or the machine's first one.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Takes the pods down when the drone is disposed; by default they are left to its next start, which adopts them.</summary>
    public bool RemovePodsAtExit { get; init; }

    /// <summary>Lines for people about what the drone does.</summary>
    public Action<string> Log { get; init; } = _ => { };

    /// <summary>Prints a task: Hive's smallest order.</summary>
    public Action<string> PrintTask { get; init; } = _ => { };

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
