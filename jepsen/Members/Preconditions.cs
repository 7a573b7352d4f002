namespace Hive.Jepsen.Members;

/// <summary>A machine, as far as a run needs to know it.</summary>
/// <param name="IsRoot">Whether the harness may make namespaces, mounts and roots of processes.</param>
/// <param name="Has">Whether it has a program, a library or a file of that name.</param>
public sealed record Machine(bool IsRoot, Func<string, bool> Has)
{
    public static Machine This { get; } = new(
        string.Equals(Environment.UserName, "root", StringComparison.Ordinal),
        name => name == FalseClock.Library ? FalseClock.FindLibrary() is not null : name.StartsWith('/') ? File.Exists(name) : Tool.Find(name) is not null);
}

/// <summary>What a run needs of the machine, and one line that says what is missing and how to get it.</summary>
public static class Preconditions
{
    private const string Iproute = "iproute2", UtilLinux = "util-linux", Docker = "docker.io";

    private static readonly Requirement OfNamespaces = new("network namespaces, one for each member,", true, [("ip", Iproute), ("nsenter", UtilLinux)]);

    private static readonly (MemberNeeds Need, Requirement Requirement)[] All =
    [
        (MemberNeeds.Namespaces, OfNamespaces),
        (MemberNeeds.Namespaces, new("faults of the network", true, [("nft", "nftables"), ("tc", Iproute)])),
        (MemberNeeds.FalseClocks, new("false clocks", false, [(FalseClock.Library, "libfaketime")])),
        (MemberNeeds.SmallDisks, new("small file systems that can be filled", true, [("fallocate", UtilLinux)])),
        (MemberNeeds.Drones, new("drones, whose pods are plain processes with roots of their own,", true, [])),
        (MemberNeeds.Engines, new("container engines of the run's own", true, [("dockerd", Docker), ("docker", Docker), (Engine.Busybox, "busybox-static")])),
    ];

    /// <summary>What the machine lacks for what is needed; null when nothing.</summary>
    public static string? Missing(MemberNeeds needs, Machine machine) =>
        All.Where(r => needs.HasFlag(r.Need)).Select(r => r.Requirement.Missing(machine)).FirstOrDefault(m => m is not null);

    /// <summary>What the machine lacks to give each member a network namespace; null when nothing.</summary>
    public static string? MissingForNamespaces(Machine machine) => OfNamespaces.Missing(machine);

    private sealed record Requirement(string What, bool Root, (string Name, string Package)[] Things)
    {
        public string? Missing(Machine machine)
        {
            if (Root && !machine.IsRoot) return $"{What} need root: run as root";
            return Things.FirstOrDefault(t => !machine.Has(t.Name)) is { Name: { } name, Package: var package } ? $"{What} need {name}: install the package {package}" : null;
        }
    }
}
