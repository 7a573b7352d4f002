namespace Hive.Objects;

/// <summary>Hive's own records in the store, outside <see cref="RegistryKeys.Root"/>.</summary>
public static class HiveKeys
{
    /// <summary>One per live drone, attached to its lease: value JSON {"nodeUid","bootId","lease"}. Gone means the node is not alive.</summary>
    public const string Sessions = "/hive/sessions/";

    /// <summary>One per queen: value JSON {"address","port"} of its Kubernetes endpoint, written by the queen itself, attached to a lease that it renews.</summary>
    public const string Queens = "/hive/queens/";

    /// <summary>One per submitted task.</summary>
    public const string Tasks = "/hive/tasks/";

    /// <summary>The cluster's CA certificate in PEM, as pods get it in the ConfigMap kube-root-ca.crt.</summary>
    public const string ClusterCa = "/hive/cluster/ca.crt";

    public static string Session(string node) => Sessions + node;
    public static string Queen(MemberId member) => Queens + member;
}
