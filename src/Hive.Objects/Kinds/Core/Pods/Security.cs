namespace Hive.Objects;

[Schema(ApiPackage.Core, "Privileges and identity of a container; overrides those of the pod.")]
public sealed record SecurityContext
{
    [Field("capabilities", 1)]
    public Capabilities? Capabilities { get; init; }

    [Field("privileged", 2)]
    public bool? Privileged { get; init; }

    [Field("seLinuxOptions", 3)]
    public SELinuxOptions? SeLinuxOptions { get; init; }

    [Field("windowsOptions", 10)]
    public WindowsSecurityContextOptions? WindowsOptions { get; init; }

    [Field("runAsUser", 4)]
    public long? RunAsUser { get; init; }

    [Field("runAsGroup", 8)]
    public long? RunAsGroup { get; init; }

    [Field("runAsNonRoot", 5)]
    public bool? RunAsNonRoot { get; init; }

    [Field("readOnlyRootFilesystem", 6)]
    public bool? ReadOnlyRootFilesystem { get; init; }

    [Field("allowPrivilegeEscalation", 7)]
    public bool? AllowPrivilegeEscalation { get; init; }

    [Field("procMount", 9, Enum = typeof(ProcMountType))]
    public string? ProcMount { get; init; }

    [Field("seccompProfile", 11)]
    public SeccompProfile? SeccompProfile { get; init; }

    [Field("appArmorProfile", 12)]
    public AppArmorProfile? AppArmorProfile { get; init; }
}

[Schema(ApiPackage.Core, "Privileges and identity of all containers of a pod.")]
public sealed record PodSecurityContext
{
    [Field("seLinuxOptions", 1)]
    public SELinuxOptions? SeLinuxOptions { get; init; }

    [Field("windowsOptions", 8)]
    public WindowsSecurityContextOptions? WindowsOptions { get; init; }

    [Field("runAsUser", 2)]
    public long? RunAsUser { get; init; }

    [Field("runAsGroup", 6)]
    public long? RunAsGroup { get; init; }

    [Field("runAsNonRoot", 3)]
    public bool? RunAsNonRoot { get; init; }

    [Field("supplementalGroups", 4, ListType = "atomic")]
    public IReadOnlyList<long> SupplementalGroups { get; init; } = [];

    [Field("supplementalGroupsPolicy", 12, Enum = typeof(SupplementalGroupsPolicy))]
    public string? SupplementalGroupsPolicy { get; init; }

    [Field("fsGroup", 5)]
    public long? FsGroup { get; init; }

    [Field("sysctls", 7, ListType = "atomic")]
    public IReadOnlyList<Sysctl> Sysctls { get; init; } = [];

    [Field("fsGroupChangePolicy", 9, Enum = typeof(PodFSGroupChangePolicy))]
    public string? FsGroupChangePolicy { get; init; }

    [Field("seccompProfile", 10)]
    public SeccompProfile? SeccompProfile { get; init; }

    [Field("appArmorProfile", 11)]
    public AppArmorProfile? AppArmorProfile { get; init; }

    [Field("seLinuxChangePolicy", 13)]
    public string? SeLinuxChangePolicy { get; init; }
}

[Schema(ApiPackage.Core, "Linux capabilities to add and to drop.")]
public sealed record Capabilities
{
    [Field("add", 1, ListType = "atomic")]
    public IReadOnlyList<string> Add { get; init; } = [];

    [Field("drop", 2, ListType = "atomic")]
    public IReadOnlyList<string> Drop { get; init; } = [];
}

[Schema(ApiPackage.Core, "SELinux labels.")]
public sealed record SELinuxOptions
{
    [Field("user", 1)]
    public string User { get; init; } = "";

    [Field("role", 2)]
    public string Role { get; init; } = "";

    [Field("type", 3)]
    public string Type { get; init; } = "";

    [Field("level", 4)]
    public string Level { get; init; } = "";
}

[Schema(ApiPackage.Core, "Settings for Windows containers.")]
public sealed record WindowsSecurityContextOptions
{
    [Field("gmsaCredentialSpecName", 1)]
    public string? GmsaCredentialSpecName { get; init; }

    [Field("gmsaCredentialSpec", 2)]
    public string? GmsaCredentialSpec { get; init; }

    [Field("runAsUserName", 3)]
    public string? RunAsUserName { get; init; }

    [Field("hostProcess", 4)]
    public bool? HostProcess { get; init; }
}

[Schema(ApiPackage.Core, "Which system calls are filtered.")]
public sealed record SeccompProfile
{
    [Field("type", 1, Required = true, Always = true, Enum = typeof(SeccompProfileType))]
    public string Type { get; init; } = "";

    [Field("localhostProfile", 2)]
    public string? LocalhostProfile { get; init; }
}

[Schema(ApiPackage.Core, "Which AppArmor profile confines the container.")]
public sealed record AppArmorProfile
{
    [Field("type", 1, Required = true, Always = true, Enum = typeof(AppArmorProfileType))]
    public string Type { get; init; } = "";

    [Field("localhostProfile", 2)]
    public string? LocalhostProfile { get; init; }
}

[Schema(ApiPackage.Core, "A kernel parameter to set.")]
public sealed record Sysctl
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("value", 2, Required = true, Always = true)]
    public string Value { get; init; } = "";
}

/// <summary>Values of ProcMountType.</summary>
public static class ProcMountType
{
    public const string Default = "Default";
    public const string Unmasked = "Unmasked";
}

/// <summary>Values of SupplementalGroupsPolicy.</summary>
public static class SupplementalGroupsPolicy
{
    public const string Merge = "Merge";
    public const string Strict = "Strict";
}

/// <summary>Values of PodFSGroupChangePolicy.</summary>
public static class PodFSGroupChangePolicy
{
    public const string OnRootMismatch = "OnRootMismatch";
    public const string Always = "Always";
}

/// <summary>Values of PodSELinuxChangePolicy.</summary>
public static class PodSELinuxChangePolicy
{
    public const string Recursive = "Recursive";
    public const string MountOption = "MountOption";
}

/// <summary>Values of SeccompProfileType.</summary>
public static class SeccompProfileType
{
    public const string Unconfined = "Unconfined";
    public const string RuntimeDefault = "RuntimeDefault";
    public const string Localhost = "Localhost";
}

/// <summary>Values of AppArmorProfileType.</summary>
public static class AppArmorProfileType
{
    public const string Unconfined = "Unconfined";
    public const string RuntimeDefault = "RuntimeDefault";
    public const string Localhost = "Localhost";
}
