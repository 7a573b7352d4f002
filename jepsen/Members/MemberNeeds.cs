namespace Hive.Jepsen.Members;

/// <summary>What members must be given at their start so that some fault can be made later.</summary>
[Flags]
public enum MemberNeeds
{
    None = 0,

    /// <summary>A network namespace for each, with tools to disturb it.</summary>
    Namespaces = 1,

    /// <summary>A clock library that is preloaded.</summary>
    FalseClocks = 2,

    /// <summary>A small file system for each data directory.</summary>
    SmallDisks = 4,

    /// <summary>Drones beside the queens.</summary>
    Drones = 8,

    /// <summary>A node on which a further queen can be run for a while.</summary>
    SpareNode = 16,

    /// <summary>A container engine for each drone, in which its pods run.</summary>
    Engines = 32,
}
