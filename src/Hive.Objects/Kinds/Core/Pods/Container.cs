namespace Hive.Objects;

[Schema(ApiPackage.Core, "An environment variable.")]
public sealed record EnvVar
{
    [Field("name", 1, Required = true, Always = true, Doc = "The name of the variable.")]
    public string Name { get; init; } = "";

    [Field("value", 2, Doc = "Its value; $(NAME) refers to earlier variables.")]
    public string Value { get; init; } = "";

    [Field("valueFrom", 3, Doc = "Where the value comes from.")]
    public EnvVarSource? ValueFrom { get; init; }
}

[Schema(ApiPackage.Core, "Makes variables of all keys of a ConfigMap or Secret.")]
public sealed record EnvFromSource
{
    [Field("prefix", 1)]
    public string Prefix { get; init; } = "";

    [Field("configMapRef", 2)]
    public ConfigMapEnvSource? ConfigMapRef { get; init; }

    [Field("secretRef", 3)]
    public SecretEnvSource? SecretRef { get; init; }
}

[Schema(ApiPackage.Core, "A port that the container listens on.")]
public sealed record ContainerPort
{
    [Field("name", 1, Doc = "A name for the port, unique in the pod.")]
    public string Name { get; init; } = "";

    [Field("hostPort", 2, Minimum = 0, Maximum = 65535, Doc = "The port of the node that leads here.")]
    public int HostPort { get; init; }

    [Field("containerPort", 3, Required = true, Always = true, Minimum = 1, Maximum = 65535, Doc = "The number of the port.")]
    public int Port { get; init; }

    [Field("protocol", 4, Default = "TCP", Enum = typeof(Protocol), Doc = "TCP, UDP or SCTP.")]
    public string Protocol { get; init; } = "";

    [Field("hostIP", 5, Doc = "The address of the node that leads here.")]
    public string HostIP { get; init; } = "";
}

[Schema(ApiPackage.Core, "A process in a pod, run from an image.")]
public sealed record Container
{
    [Field("name", 1, Required = true, Always = true, Doc = "The name, unique in the pod.")]
    public string Name { get; init; } = "";

    [Field("image", 2, Doc = "The image to run.")]
    public string Image { get; init; } = "";

    [Field("command", 3, ListType = "atomic", Doc = "The program and its arguments instead of the image's entry point.")]
    public IReadOnlyList<string> Command { get; init; } = [];

    [Field("args", 4, ListType = "atomic", Doc = "Arguments for the program.")]
    public IReadOnlyList<string> Args { get; init; } = [];

    [Field("workingDir", 5, Doc = "The directory in which the program starts.")]
    public string WorkingDir { get; init; } = "";

    [Field("ports", 6, Patch = "merge", MergeKey = "containerPort", ListType = "map", ListKeys = "containerPort,protocol", Doc = "Ports that the container listens on; for information, and for names.")]
    public IReadOnlyList<ContainerPort> Ports { get; init; } = [];

    [Field("envFrom", 19, ListType = "atomic", Doc = "ConfigMaps and Secrets whose keys all become variables.")]
    public IReadOnlyList<EnvFromSource> EnvFrom { get; init; } = [];

    [Field("env", 7, Patch = "merge", MergeKey = "name", ListType = "map", ListKeys = "name", Doc = "Environment variables.")]
    public IReadOnlyList<EnvVar> Env { get; init; } = [];

    [Field("resources", 8, Doc = "What is guaranteed and what is the limit.")]
    public ResourceRequirements Resources { get; init; } = new();

    [Field("resizePolicy", 23, ListType = "atomic")]
    public IReadOnlyList<ContainerResizePolicy> ResizePolicy { get; init; } = [];

    [Field("restartPolicy", 24, Doc = "Always makes an init container a sidecar that keeps running.")]
    public string? RestartPolicy { get; init; }

    [Field("restartPolicyRules", 25, ListType = "atomic")]
    public IReadOnlyList<ContainerRestartRule> RestartPolicyRules { get; init; } = [];

    [Field("volumeMounts", 9, Patch = "merge", MergeKey = "mountPath", ListType = "map", ListKeys = "mountPath", Doc = "Where volumes appear.")]
    public IReadOnlyList<VolumeMount> VolumeMounts { get; init; } = [];

    [Field("volumeDevices", 21, Patch = "merge", MergeKey = "devicePath", ListType = "map", ListKeys = "devicePath")]
    public IReadOnlyList<VolumeDevice> VolumeDevices { get; init; } = [];

    [Field("livenessProbe", 10, Doc = "Failing it restarts the container.")]
    public Probe? LivenessProbe { get; init; }

    [Field("readinessProbe", 11, Doc = "Failing it keeps traffic away.")]
    public Probe? ReadinessProbe { get; init; }

    [Field("startupProbe", 22, Doc = "Other probes wait until it succeeds.")]
    public Probe? StartupProbe { get; init; }

    [Field("lifecycle", 12, Doc = "Actions after the start and before the stop.")]
    public Lifecycle? Lifecycle { get; init; }

    [Field("terminationMessagePath", 13, Default = "/dev/termination-log", Doc = "The file with the last words of the container.")]
    public string TerminationMessagePath { get; init; } = "";

    [Field("terminationMessagePolicy", 20, Default = "File", Enum = typeof(TerminationMessagePolicy), Doc = "Where last words come from: File or FallbackToLogsOnError.")]
    public string TerminationMessagePolicy { get; init; } = "";

    [Field("imagePullPolicy", 14, Enum = typeof(PullPolicy), Doc = "When the image is fetched: Always, IfNotPresent or Never.")]
    public string ImagePullPolicy { get; init; } = "";

    [Field("securityContext", 15, Doc = "Privileges and identity.")]
    public SecurityContext? SecurityContext { get; init; }

    [Field("stdin", 16, Doc = "Keep standard input open.")]
    public bool Stdin { get; init; }

    [Field("stdinOnce", 17, Doc = "Close standard input after the first client.")]
    public bool StdinOnce { get; init; }

    [Field("tty", 18, Doc = "Give the container a terminal.")]
    public bool Tty { get; init; }
}

[Schema(ApiPackage.Core, "Where the value of a variable comes from.")]
public sealed record EnvVarSource
{
    [Field("fieldRef", 1, Doc = "A field of the pod.")]
    public ObjectFieldSelector? FieldRef { get; init; }

    [Field("resourceFieldRef", 2, Doc = "A request or limit of a container.")]
    public ResourceFieldSelector? ResourceFieldRef { get; init; }

    [Field("configMapKeyRef", 3, Doc = "A key of a ConfigMap.")]
    public ConfigMapKeySelector? ConfigMapKeyRef { get; init; }

    [Field("secretKeyRef", 4, Doc = "A key of a Secret.")]
    public SecretKeySelector? SecretKeyRef { get; init; }

    [Field("fileKeyRef", 5)]
    public FileKeySelector? FileKeyRef { get; init; }
}

[Schema(ApiPackage.Core, "A ConfigMap whose keys become variables.")]
public sealed record ConfigMapEnvSource
{
    [Field("name", 1, Default = "", Inline = 1)]
    public string Name { get; init; } = "";

    [Field("optional", 2)]
    public bool? Optional { get; init; }
}

[Schema(ApiPackage.Core, "A Secret whose keys become variables.")]
public sealed record SecretEnvSource
{
    [Field("name", 1, Default = "", Inline = 1)]
    public string Name { get; init; } = "";

    [Field("optional", 2)]
    public bool? Optional { get; init; }
}

[Schema(ApiPackage.Core, "Whether a change of resources restarts the container.")]
public sealed record ContainerResizePolicy
{
    [Field("resourceName", 1, Required = true, Always = true)]
    public string ResourceName { get; init; } = "";

    [Field("restartPolicy", 2, Required = true, Always = true)]
    public string RestartPolicy { get; init; } = "";
}

[Schema(ApiPackage.Core, "Decides on a restart after an exit.")]
public sealed record ContainerRestartRule
{
    [Field("action", 1, Required = true)]
    public string Action { get; init; } = "";

    [Field("exitCodes", 2)]
    public ContainerRestartRuleOnExitCodes? ExitCodes { get; init; }
}

[Schema(ApiPackage.Core, "Where a volume appears in the container.")]
public sealed record VolumeMount
{
    [Field("name", 1, Required = true, Always = true, Doc = "The name of the volume.")]
    public string Name { get; init; } = "";

    [Field("readOnly", 2, Doc = "Whether the container may not write.")]
    public bool ReadOnly { get; init; }

    [Field("recursiveReadOnly", 7)]
    public string? RecursiveReadOnly { get; init; }

    [Field("mountPath", 3, Required = true, Always = true, Doc = "The path in the container.")]
    public string MountPath { get; init; } = "";

    [Field("subPath", 4, Doc = "A path in the volume instead of its root.")]
    public string SubPath { get; init; } = "";

    [Field("mountPropagation", 5, Enum = typeof(MountPropagationMode))]
    public string? MountPropagation { get; init; }

    [Field("subPathExpr", 6, Doc = "As subPath, with variables.")]
    public string SubPathExpr { get; init; } = "";

    [Field("bindMountOptions", 8, ListType = "set")]
    public IReadOnlyList<string> BindMountOptions { get; init; } = [];
}

[Schema(ApiPackage.Core, "A raw block device of the container.")]
public sealed record VolumeDevice
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("devicePath", 2, Required = true, Always = true)]
    public string DevicePath { get; init; } = "";
}

[Schema(ApiPackage.Core, "Exit codes to which a restart rule applies.")]
public sealed record ContainerRestartRuleOnExitCodes
{
    [Field("operator", 1, Required = true)]
    public string Operator { get; init; } = "";

    [Field("values", 2, ListType = "set")]
    public IReadOnlyList<int> Values { get; init; } = [];
}

/// <summary>Values of Protocol.</summary>
public static class Protocol
{
    public const string TCP = "TCP";
    public const string UDP = "UDP";
    public const string SCTP = "SCTP";
}

/// <summary>Values of ContainerRestartPolicy.</summary>
public static class ContainerRestartPolicy
{
    public const string Always = "Always";
    public const string Never = "Never";
    public const string OnFailure = "OnFailure";
}

/// <summary>Values of TerminationMessagePolicy.</summary>
public static class TerminationMessagePolicy
{
    public const string File = "File";
    public const string FallbackToLogsOnError = "FallbackToLogsOnError";
}

/// <summary>Values of PullPolicy.</summary>
public static class PullPolicy
{
    public const string Always = "Always";
    public const string Never = "Never";
    public const string IfNotPresent = "IfNotPresent";
}

/// <summary>Values of ResourceName.</summary>
public static class ResourceName
{
    public const string Cpu = "cpu";
    public const string Memory = "memory";
    public const string Storage = "storage";
    public const string EphemeralStorage = "ephemeral-storage";
    public const string Pods = "pods";
    public const string Services = "services";
    public const string Replicationcontrollers = "replicationcontrollers";
    public const string Resourcequotas = "resourcequotas";
    public const string Secrets = "secrets";
    public const string Configmaps = "configmaps";
    public const string Persistentvolumeclaims = "persistentvolumeclaims";
    public const string ServicesNodeports = "services.nodeports";
    public const string ServicesLoadbalancers = "services.loadbalancers";
    public const string RequestsCpu = "requests.cpu";
    public const string RequestsMemory = "requests.memory";
    public const string RequestsStorage = "requests.storage";
    public const string RequestsEphemeralStorage = "requests.ephemeral-storage";
    public const string LimitsCpu = "limits.cpu";
    public const string LimitsMemory = "limits.memory";
    public const string LimitsEphemeralStorage = "limits.ephemeral-storage";
}

/// <summary>Values of ResourceResizeRestartPolicy.</summary>
public static class ResourceResizeRestartPolicy
{
    public const string NotRequired = "NotRequired";
    public const string RestartContainer = "RestartContainer";
}

/// <summary>Values of ContainerRestartRuleAction.</summary>
public static class ContainerRestartRuleAction
{
    public const string Restart = "Restart";
    public const string RestartAllContainers = "RestartAllContainers";
}

/// <summary>Values of RecursiveReadOnlyMode.</summary>
public static class RecursiveReadOnlyMode
{
    public const string Disabled = "Disabled";
    public const string IfPossible = "IfPossible";
    public const string Enabled = "Enabled";
}

/// <summary>Values of MountPropagationMode.</summary>
public static class MountPropagationMode
{
    public const string None = "None";
    public const string HostToContainer = "HostToContainer";
    public const string Bidirectional = "Bidirectional";
}

/// <summary>Values of ContainerRestartRuleOnExitCodesOperator.</summary>
public static class ContainerRestartRuleOnExitCodesOperator
{
    public const string In = "In";
    public const string NotIn = "NotIn";
}
