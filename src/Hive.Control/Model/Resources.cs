namespace Hive.Control;

/// <summary>Names of the resources that the control plane reads or writes, as they stand in URLs and store keys.</summary>
public static class Resources
{
    public const string ConfigMaps = "configmaps";
    public const string Deployments = "deployments";
    public const string Endpoints = "endpoints";
    public const string EndpointSlices = "endpointslices";
    public const string Events = "events";
    public const string Namespaces = "namespaces";
    public const string Nodes = "nodes";
    public const string Pods = "pods";
    public const string ReplicaSets = "replicasets";
    public const string ServiceAccounts = "serviceaccounts";
    public const string Services = "services";

    /// <summary>Hive's records of live drones (no Kubernetes resource; the slash keeps the name apart from any that could be one).</summary>
    public const string Sessions = "hive/sessions";

    /// <summary>Hive's records of queens' Kubernetes endpoints.</summary>
    public const string Queens = "hive/queens";

    /// <summary>The cluster's CA certificate.</summary>
    public const string ClusterCa = "hive/cluster-ca";
}
