namespace Hive.Objects;

[Schema(ApiPackage.Core, "A container added to a running pod, for debugging.")]
public sealed record EphemeralContainer
{
    [Field("name", 1, Required = true, Always = true, Inline = 1)]
    public string Name { get; init; } = "";

    [Field("image", 2, Inline = 1)]
    public string Image { get; init; } = "";

    [Field("command", 3, ListType = "atomic", Inline = 1)]
    public IReadOnlyList<string> Command { get; init; } = [];

    [Field("args", 4, ListType = "atomic", Inline = 1)]
    public IReadOnlyList<string> Args { get; init; } = [];

    [Field("workingDir", 5, Inline = 1)]
    public string WorkingDir { get; init; } = "";

    [Field("ports", 6, Patch = "merge", MergeKey = "containerPort", ListType = "map", ListKeys = "containerPort,protocol", Inline = 1)]
    public IReadOnlyList<ContainerPort> Ports { get; init; } = [];

    [Field("envFrom", 19, ListType = "atomic", Inline = 1)]
    public IReadOnlyList<EnvFromSource> EnvFrom { get; init; } = [];

    [Field("env", 7, Patch = "merge", MergeKey = "name", ListType = "map", ListKeys = "name", Inline = 1)]
    public IReadOnlyList<EnvVar> Env { get; init; } = [];

    [Field("resources", 8, Inline = 1)]
    public ResourceRequirements Resources { get; init; } = new();

    [Field("resizePolicy", 23, ListType = "atomic", Inline = 1)]
    public IReadOnlyList<ContainerResizePolicy> ResizePolicy { get; init; } = [];

    [Field("restartPolicy", 24, Inline = 1)]
    public string? RestartPolicy { get; init; }

    [Field("restartPolicyRules", 25, ListType = "atomic", Inline = 1)]
    public IReadOnlyList<ContainerRestartRule> RestartPolicyRules { get; init; } = [];

    [Field("volumeMounts", 9, Patch = "merge", MergeKey = "mountPath", ListType = "map", ListKeys = "mountPath", Inline = 1)]
    public IReadOnlyList<VolumeMount> VolumeMounts { get; init; } = [];

    [Field("volumeDevices", 21, Patch = "merge", MergeKey = "devicePath", ListType = "map", ListKeys = "devicePath", Inline = 1)]
    public IReadOnlyList<VolumeDevice> VolumeDevices { get; init; } = [];

    [Field("livenessProbe", 10, Inline = 1)]
    public Probe? LivenessProbe { get; init; }

    [Field("readinessProbe", 11, Inline = 1)]
    public Probe? ReadinessProbe { get; init; }

    [Field("startupProbe", 22, Inline = 1)]
    public Probe? StartupProbe { get; init; }

    [Field("lifecycle", 12, Inline = 1)]
    public Lifecycle? Lifecycle { get; init; }

    [Field("terminationMessagePath", 13, Default = "/dev/termination-log", Inline = 1)]
    public string TerminationMessagePath { get; init; } = "";

    [Field("terminationMessagePolicy", 20, Default = "File", Inline = 1, Enum = typeof(TerminationMessagePolicy))]
    public string TerminationMessagePolicy { get; init; } = "";

    [Field("imagePullPolicy", 14, Inline = 1, Enum = typeof(PullPolicy))]
    public string ImagePullPolicy { get; init; } = "";

    [Field("securityContext", 15, Inline = 1)]
    public SecurityContext? SecurityContext { get; init; }

    [Field("stdin", 16, Inline = 1)]
    public bool Stdin { get; init; }

    [Field("stdinOnce", 17, Inline = 1)]
    public bool StdinOnce { get; init; }

    [Field("tty", 18, Inline = 1)]
    public bool Tty { get; init; }

    [Field("targetContainerName", 2)]
    public string TargetContainerName { get; init; } = "";
}
