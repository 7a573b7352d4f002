namespace Hive.Objects;

[Schema(ApiPackage.Core, "Rules that draw a pod to nodes or other pods, or away from them.")]
public sealed record Affinity
{
    [Field("nodeAffinity", 1)]
    public NodeAffinity? NodeAffinity { get; init; }

    [Field("podAffinity", 2)]
    public PodAffinity? PodAffinity { get; init; }

    [Field("podAntiAffinity", 3)]
    public PodAntiAffinity? PodAntiAffinity { get; init; }
}

[Schema(ApiPackage.Core, "How evenly matching pods are spread over zones, nodes or other domains.")]
public sealed record TopologySpreadConstraint
{
    [Field("maxSkew", 1, Required = true, Always = true, Doc = "The largest difference between two domains.")]
    public int MaxSkew { get; init; }

    [Field("topologyKey", 2, Required = true, Always = true, Doc = "The label of nodes that makes a domain.")]
    public string TopologyKey { get; init; } = "";

    [Field("whenUnsatisfiable", 3, Required = true, Always = true, Enum = typeof(UnsatisfiableConstraintAction), Doc = "DoNotSchedule or ScheduleAnyway.")]
    public string WhenUnsatisfiable { get; init; } = "";

    [Field("labelSelector", 4, Doc = "The pods that are counted.")]
    public LabelSelector? LabelSelector { get; init; }

    [Field("minDomains", 5)]
    public int? MinDomains { get; init; }

    [Field("nodeAffinityPolicy", 6, Enum = typeof(NodeInclusionPolicy))]
    public string? NodeAffinityPolicy { get; init; }

    [Field("nodeTaintsPolicy", 7, Enum = typeof(NodeInclusionPolicy))]
    public string? NodeTaintsPolicy { get; init; }

    [Field("matchLabelKeys", 8, ListType = "atomic")]
    public IReadOnlyList<string> MatchLabelKeys { get; init; } = [];
}

[Schema(ApiPackage.Core, "Lets a pod run in spite of matching taints.")]
public sealed record Toleration
{
    [Field("key", 1, Doc = "The taint to tolerate; empty with Exists for all.")]
    public string Key { get; init; } = "";

    [Field("operator", 2, Enum = typeof(TolerationOperator), Doc = "Exists or Equal.")]
    public string Operator { get; init; } = "";

    [Field("value", 3, Doc = "The value to tolerate.")]
    public string Value { get; init; } = "";

    [Field("effect", 4, Enum = typeof(TaintEffect), Doc = "The effect to tolerate; empty for all.")]
    public string Effect { get; init; } = "";

    [Field("tolerationSeconds", 5, Doc = "How long a NoExecute taint is tolerated.")]
    public long? TolerationSeconds { get; init; }
}

[Schema(ApiPackage.Core, "Rules that draw a pod to nodes.")]
public sealed record NodeAffinity
{
    [Field("requiredDuringSchedulingIgnoredDuringExecution", 1)]
    public NodeSelector? RequiredDuringSchedulingIgnoredDuringExecution { get; init; }

    [Field("preferredDuringSchedulingIgnoredDuringExecution", 2, ListType = "atomic")]
    public IReadOnlyList<PreferredSchedulingTerm> PreferredDuringSchedulingIgnoredDuringExecution { get; init; } = [];
}

[Schema(ApiPackage.Core, "Rules that draw a pod to the domains of other pods.")]
public sealed record PodAffinity
{
    [Field("requiredDuringSchedulingIgnoredDuringExecution", 1, ListType = "atomic")]
    public IReadOnlyList<PodAffinityTerm> RequiredDuringSchedulingIgnoredDuringExecution { get; init; } = [];

    [Field("preferredDuringSchedulingIgnoredDuringExecution", 2, ListType = "atomic")]
    public IReadOnlyList<WeightedPodAffinityTerm> PreferredDuringSchedulingIgnoredDuringExecution { get; init; } = [];
}

[Schema(ApiPackage.Core, "Rules that keep a pod away from the domains of other pods.")]
public sealed record PodAntiAffinity
{
    [Field("requiredDuringSchedulingIgnoredDuringExecution", 1, ListType = "atomic")]
    public IReadOnlyList<PodAffinityTerm> RequiredDuringSchedulingIgnoredDuringExecution { get; init; } = [];

    [Field("preferredDuringSchedulingIgnoredDuringExecution", 2, ListType = "atomic")]
    public IReadOnlyList<WeightedPodAffinityTerm> PreferredDuringSchedulingIgnoredDuringExecution { get; init; } = [];
}

[Schema(ApiPackage.Core, "A weighted preference for nodes.")]
public sealed record PreferredSchedulingTerm
{
    [Field("weight", 1, Required = true, Always = true)]
    public int Weight { get; init; }

    [Field("preference", 2, Required = true)]
    public NodeSelectorTerm Preference { get; init; } = new();
}

[Schema(ApiPackage.Core, "A set of pods and the domain that counts as near.")]
public sealed record PodAffinityTerm
{
    [Field("labelSelector", 1)]
    public LabelSelector? LabelSelector { get; init; }

    [Field("namespaces", 2, ListType = "atomic")]
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    [Field("topologyKey", 3, Required = true, Always = true)]
    public string TopologyKey { get; init; } = "";

    [Field("namespaceSelector", 4)]
    public LabelSelector? NamespaceSelector { get; init; }

    [Field("matchLabelKeys", 5, ListType = "atomic")]
    public IReadOnlyList<string> MatchLabelKeys { get; init; } = [];

    [Field("mismatchLabelKeys", 6, ListType = "atomic")]
    public IReadOnlyList<string> MismatchLabelKeys { get; init; } = [];
}

[Schema(ApiPackage.Core, "A weighted preference for nearness to pods.")]
public sealed record WeightedPodAffinityTerm
{
    [Field("weight", 1, Required = true, Always = true)]
    public int Weight { get; init; }

    [Field("podAffinityTerm", 2, Required = true)]
    public PodAffinityTerm PodAffinityTerm { get; init; } = new();
}

/// <summary>Values of UnsatisfiableConstraintAction.</summary>
public static class UnsatisfiableConstraintAction
{
    public const string DoNotSchedule = "DoNotSchedule";
    public const string ScheduleAnyway = "ScheduleAnyway";
}

/// <summary>Values of NodeInclusionPolicy.</summary>
public static class NodeInclusionPolicy
{
    public const string Ignore = "Ignore";
    public const string Honor = "Honor";
}

/// <summary>Values of TolerationOperator.</summary>
public static class TolerationOperator
{
    public const string Exists = "Exists";
    public const string Equal = "Equal";
    public const string Lt = "Lt";
    public const string Gt = "Gt";
}
