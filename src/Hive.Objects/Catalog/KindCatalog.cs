using System.Diagnostics.CodeAnalysis;

namespace Hive.Objects;

/// <summary>
/// Every kind that Hive serves. A new kind is one file with its type, one with its definition, and one line here; discovery, OpenAPI, validation, tables and both faces follow.
/// </summary>
public sealed class KindCatalog
{
    private readonly Dictionary<(string Group, string Version, string Plural), KindDefinition> _byResource = [];
    private readonly Dictionary<(string ApiVersion, string Kind), KindDefinition> _byKind = [];
    private readonly Dictionary<Type, KindDefinition> _byType = [];

    public KindCatalog(IReadOnlyList<KindDefinition> kinds)
    {
        All = kinds;
        foreach (var kind in kinds)
        {
            _byResource.Add((kind.Group, kind.Version, kind.Plural), kind);
            _byKind.Add((kind.ApiVersion, kind.Kind), kind);
            _byType.Add(kind.Schema.Type, kind);
        }
    }

    /// <summary>The kinds that are part of Hive itself.</summary>
    public static KindCatalog BuiltIn { get; } = new(
    [
        new RequestKind<Binding>("bindings", namespaced: true),
        new ConfigMapKind(),
        new EndpointsKind(),
        new EventKind(),
        new NamespaceKind(),
        new NodeKind(),
        new PodKind(),
        new SecretKind(),
        new ServiceAccountKind(),
        new ServiceKind(),
        new DeploymentKind(),
        new ReplicaSetKind(),
        new RequestKind<SelfSubjectReview>("selfsubjectreviews", namespaced: false),
        new RequestKind<TokenReview>("tokenreviews", namespaced: false),
        new RequestKind<LocalSubjectAccessReview>("localsubjectaccessreviews", namespaced: true),
        new RequestKind<SelfSubjectAccessReview>("selfsubjectaccessreviews", namespaced: false),
        new RequestKind<SelfSubjectRulesReview>("selfsubjectrulesreviews", namespaced: false),
        new RequestKind<SubjectAccessReview>("subjectaccessreviews", namespaced: false),
        new LeaseKind(),
        new EndpointSliceKind(),
    ]);

    /// <summary>All kinds: the core group first, then group by group, in the order of discovery.</summary>
    public IReadOnlyList<KindDefinition> All { get; }

    /// <summary>The groups in the order of discovery, "" first.</summary>
    public IReadOnlyList<string> Groups => [.. All.Select(kind => kind.Group).Distinct()];

    /// <summary>The versions of a group, the preferred one first; empty when there is no such group.</summary>
    public IReadOnlyList<string> Versions(string group) => [.. All.Where(kind => kind.Group == group).Select(kind => kind.Version).Distinct()];

    /// <summary>The kinds of a group version, in order of their resource names.</summary>
    public IReadOnlyList<KindDefinition> In(string group, string version) => [.. All.Where(kind => kind.Group == group && kind.Version == version)];

    public bool TryFind(string group, string version, string plural, [NotNullWhen(true)] out KindDefinition? kind) => _byResource.TryGetValue((group, version, plural), out kind);

    public bool TryFindKind(string apiVersion, string kindName, [NotNullWhen(true)] out KindDefinition? kind) => _byKind.TryGetValue((apiVersion, kindName), out kind);

    /// <summary>The definition of a kind that is known to exist.</summary>
    public KindDefinition Of<T>() where T : HiveObject => _byType[typeof(T)];

    /// <summary>The definition of an object's kind.</summary>
    public KindDefinition Of(HiveObject item) => _byType[item.GetType()];
}
