namespace Hive.Objects;

/// <summary>The packages in which clients know the types of the API; they prefix the names in OpenAPI documents.</summary>
public static class ApiPackage
{
    public const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1";
    public const string Core = "io.k8s.api.core.v1";
    public const string Apps = "io.k8s.api.apps.v1";
    public const string Discovery = "io.k8s.api.discovery.v1";
    public const string Coordination = "io.k8s.api.coordination.v1";
    public const string Autoscaling = "io.k8s.api.autoscaling.v1";
    public const string Policy = "io.k8s.api.policy.v1";
    public const string Authentication = "io.k8s.api.authentication.v1";
    public const string Authorization = "io.k8s.api.authorization.v1";
    public const string AggregatedDiscovery = "io.k8s.api.apidiscovery.v2";
}
