namespace Hive.Objects;

[Schema(ApiPackage.Core, "The keys of a ConfigMap as files.")]
public sealed record ConfigMapVolumeSource
{
    [Field("name", 1, Default = "", Inline = 1)]
    public string Name { get; init; } = "";

    [Field("items", 2, ListType = "atomic")]
    public IReadOnlyList<KeyToPath> Items { get; init; } = [];

    [Field("defaultMode", 3, Default = "420")]
    public int? DefaultMode { get; init; }

    [Field("optional", 4)]
    public bool? Optional { get; init; }

    [Field("defaultUser", 5)]
    public long? DefaultUser { get; init; }
}

[Schema(ApiPackage.Core, "The keys of a Secret as files.")]
public sealed record SecretVolumeSource
{
    [Field("secretName", 1)]
    public string SecretName { get; init; } = "";

    [Field("items", 2, ListType = "atomic")]
    public IReadOnlyList<KeyToPath> Items { get; init; } = [];

    [Field("defaultMode", 3, Default = "420")]
    public int? DefaultMode { get; init; }

    [Field("optional", 4)]
    public bool? Optional { get; init; }

    [Field("defaultUser", 5)]
    public long? DefaultUser { get; init; }
}

[Schema(ApiPackage.Core, "Fields of the pod as files.")]
public sealed record DownwardAPIVolumeSource
{
    [Field("items", 1, ListType = "atomic")]
    public IReadOnlyList<DownwardAPIVolumeFile> Items { get; init; } = [];

    [Field("defaultMode", 2, Default = "420")]
    public int? DefaultMode { get; init; }

    [Field("defaultUser", 3)]
    public long? DefaultUser { get; init; }
}

[Schema(ApiPackage.Core, "Several sources merged into one directory.")]
public sealed record ProjectedVolumeSource
{
    [Field("sources", 1, Always = true, ListType = "atomic")]
    public IReadOnlyList<VolumeProjection> Sources { get; init; } = [];

    [Field("defaultMode", 2, Default = "420")]
    public int? DefaultMode { get; init; }

    [Field("defaultUser", 3)]
    public long? DefaultUser { get; init; }
}

[Schema(ApiPackage.Core, "A key and the file it goes to.")]
public sealed record KeyToPath
{
    [Field("key", 1, Required = true, Always = true)]
    public string Key { get; init; } = "";

    [Field("path", 2, Required = true, Always = true)]
    public string Path { get; init; } = "";

    [Field("mode", 3)]
    public int? Mode { get; init; }

    [Field("user", 4)]
    public long? User { get; init; }
}

[Schema(ApiPackage.Core, "A file that holds a field of the pod.")]
public sealed record DownwardAPIVolumeFile
{
    [Field("path", 1, Required = true, Always = true)]
    public string Path { get; init; } = "";

    [Field("fieldRef", 2)]
    public ObjectFieldSelector? FieldRef { get; init; }

    [Field("resourceFieldRef", 3)]
    public ResourceFieldSelector? ResourceFieldRef { get; init; }

    [Field("mode", 4)]
    public int? Mode { get; init; }

    [Field("user", 5)]
    public long? User { get; init; }
}

[Schema(ApiPackage.Core, "One source of a projected volume.")]
public sealed record VolumeProjection
{
    [Field("secret", 1)]
    public SecretProjection? Secret { get; init; }

    [Field("downwardAPI", 2)]
    public DownwardAPIProjection? DownwardAPI { get; init; }

    [Field("configMap", 3)]
    public ConfigMapProjection? ConfigMap { get; init; }

    [Field("serviceAccountToken", 4)]
    public ServiceAccountTokenProjection? ServiceAccountToken { get; init; }

    [Field("clusterTrustBundle", 5)]
    public ClusterTrustBundleProjection? ClusterTrustBundle { get; init; }

    [Field("podCertificate", 6)]
    public PodCertificateProjection? PodCertificate { get; init; }
}

[Schema(ApiPackage.Core, "A Secret in a projected volume.")]
public sealed record SecretProjection
{
    [Field("name", 1, Default = "", Inline = 1)]
    public string Name { get; init; } = "";

    [Field("items", 2, ListType = "atomic")]
    public IReadOnlyList<KeyToPath> Items { get; init; } = [];

    [Field("optional", 4)]
    public bool? Optional { get; init; }
}

[Schema(ApiPackage.Core, "Pod fields in a projected volume.")]
public sealed record DownwardAPIProjection
{
    [Field("items", 1, ListType = "atomic")]
    public IReadOnlyList<DownwardAPIVolumeFile> Items { get; init; } = [];
}

[Schema(ApiPackage.Core, "A ConfigMap in a projected volume.")]
public sealed record ConfigMapProjection
{
    [Field("name", 1, Default = "", Inline = 1)]
    public string Name { get; init; } = "";

    [Field("items", 2, ListType = "atomic")]
    public IReadOnlyList<KeyToPath> Items { get; init; } = [];

    [Field("optional", 4)]
    public bool? Optional { get; init; }
}

[Schema(ApiPackage.Core, "A token of the service account as a file.")]
public sealed record ServiceAccountTokenProjection
{
    [Field("audience", 1)]
    public string Audience { get; init; } = "";

    [Field("expirationSeconds", 2, Default = "3600")]
    public long? ExpirationSeconds { get; init; }

    [Field("path", 3, Required = true, Always = true)]
    public string Path { get; init; } = "";

    [Field("user", 4)]
    public long? User { get; init; }
}

[Schema(ApiPackage.Core, "Trust anchors as a file.")]
public sealed record ClusterTrustBundleProjection
{
    [Field("name", 1)]
    public string? Name { get; init; }

    [Field("signerName", 2)]
    public string? SignerName { get; init; }

    [Field("labelSelector", 3)]
    public LabelSelector? LabelSelector { get; init; }

    [Field("optional", 5)]
    public bool? Optional { get; init; }

    [Field("path", 4, Required = true, Always = true)]
    public string Path { get; init; } = "";

    [Field("user", 6)]
    public long? User { get; init; }
}

[Schema(ApiPackage.Core, "A certificate for the pod as a file.")]
public sealed record PodCertificateProjection
{
    [Field("signerName", 1, Required = true)]
    public string SignerName { get; init; } = "";

    [Field("keyType", 2, Required = true)]
    public string KeyType { get; init; } = "";

    [Field("maxExpirationSeconds", 3)]
    public int? MaxExpirationSeconds { get; init; }

    [Field("credentialBundlePath", 4)]
    public string CredentialBundlePath { get; init; } = "";

    [Field("keyPath", 5)]
    public string KeyPath { get; init; } = "";

    [Field("certificateChainPath", 6)]
    public string CertificateChainPath { get; init; } = "";

    [Field("userAnnotations", 7)]
    public StringMap UserAnnotations { get; init; } = StringMap.Empty;

    [Field("user", 8)]
    public long? User { get; init; }
}
