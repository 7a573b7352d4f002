using Hive.Objects;

namespace Hive.Control;

/// <summary>A live drone's session, as the queen that granted it wrote it under <see cref="HiveKeys.Sessions"/>.</summary>
public sealed record SessionRecord(string NodeUid, string BootId, string Lease);

/// <summary>A queen's Kubernetes endpoint, as the queen wrote it under <see cref="HiveKeys.Queens"/>.</summary>
/// <param name="Address">An IP address that pods and nodes can reach.</param>
public sealed record QueenRecord(string Address, int Port);

/// <summary>A text record (the cluster's CA certificate).</summary>
public sealed record TextRecord(string Text);

/// <summary>
/// An object of a kind that the control plane has no type for (a custom resource, a kind without rules here). Its metadata is
/// read, so that owners, namespaces and finalizers work for it too; the rest travels as it came.
/// </summary>
public sealed record OpaqueObject : HiveObject
{
    public OpaqueObject(string apiVersion, string kind, ReadOnlyMemory<byte> raw) : base(apiVersion, kind) => Raw = raw;

    /// <summary>The stored JSON, whose metadata is replaced when it is written again.</summary>
    public ReadOnlyMemory<byte> Raw { get; }
}
