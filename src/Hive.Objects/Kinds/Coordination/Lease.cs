namespace Hive.Objects;

[Schema(ApiPackage.Coordination, "A claim with a holder that must be renewed.")]
public sealed record Lease() : HiveObject("coordination.k8s.io/v1", "Lease")
{
    [Field("spec", 2)]
    public LeaseSpec Spec { get; init; } = new();
}

[Schema(ApiPackage.Coordination, "The holder of a lease and its times.")]
public sealed record LeaseSpec
{
    [Field("holderIdentity", 1, Doc = "Who holds the lease.")]
    public string? HolderIdentity { get; init; }

    [Field("leaseDurationSeconds", 2, Doc = "Seconds without renewal after which others may take it.")]
    public int? LeaseDurationSeconds { get; init; }

    [Field("acquireTime", 3, Doc = "When the holder took it.")]
    public MicroTime? AcquireTime { get; init; }

    [Field("renewTime", 4, Doc = "When the holder last renewed it.")]
    public MicroTime? RenewTime { get; init; }

    [Field("leaseTransitions", 5, Doc = "How often the holder changed.")]
    public int? LeaseTransitions { get; init; }

    [Field("strategy", 6)]
    public string? Strategy { get; init; }

    [Field("preferredHolder", 7)]
    public string? PreferredHolder { get; init; }
}

/// <summary>Values of CoordinatedLeaseStrategy.</summary>
public static class CoordinatedLeaseStrategy
{
    public const string OldestEmulationVersion = "OldestEmulationVersion";
}
