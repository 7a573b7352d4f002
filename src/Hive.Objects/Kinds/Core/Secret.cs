namespace Hive.Objects;

[Schema(ApiPackage.Core, "Confidential data for pods.")]
public sealed record Secret() : HiveObject("v1", "Secret")
{
    [Field("immutable", 5, Doc = "Whether the data can never change again.")]
    public bool? Immutable { get; init; }

    [Field("data", 2, Doc = "Bytes by key, in base64.")]
    public OrdinalMap<Bytes> Data { get; init; } = OrdinalMap<Bytes>.Empty;

    [Field("stringData", 4, Doc = "Texts by key, for writing only; merged into data.")]
    public StringMap StringData { get; init; } = StringMap.Empty;

    [Field("type", 3, Default = "Opaque", Doc = "What the secret is used for.")]
    public string Type { get; init; } = "";
}

/// <summary>Values of SecretType.</summary>
public static class SecretType
{
    public const string Opaque = "Opaque";
    public const string KubernetesIoServiceAccountToken = "kubernetes.io/service-account-token";
    public const string KubernetesIoDockercfg = "kubernetes.io/dockercfg";
    public const string KubernetesIoDockerconfigjson = "kubernetes.io/dockerconfigjson";
    public const string KubernetesIoBasicAuth = "kubernetes.io/basic-auth";
    public const string KubernetesIoSshAuth = "kubernetes.io/ssh-auth";
    public const string KubernetesIoTls = "kubernetes.io/tls";
    public const string BootstrapKubernetesIoToken = "bootstrap.kubernetes.io/token";
}
