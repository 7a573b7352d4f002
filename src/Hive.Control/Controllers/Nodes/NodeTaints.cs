using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>Taints that the control plane itself sets, and what tolerates a taint.</summary>
public static class NodeTaints
{
    public const string NotReady = "node.kubernetes.io/not-ready";
    public const string Unreachable = "node.kubernetes.io/unreachable";
    public const string Unschedulable = "node.kubernetes.io/unschedulable";

    /// <summary>True for taints that nobody but the control plane sets and takes away.</summary>
    public static bool IsOwn(Taint taint) => taint.Key is NotReady or Unreachable or Unschedulable;

    public static bool Tolerates(Toleration toleration, Taint taint)
    {
        if (toleration.Effect.Length > 0 && toleration.Effect != taint.Effect) return false;
        if (toleration.Key.Length > 0 && toleration.Key != taint.Key) return false;
        return toleration.Operator switch
        {
            "" or TolerationOperator.Equal => toleration.Key.Length > 0 && toleration.Value == taint.Value,
            TolerationOperator.Exists => true,
            _ => false,
        };
    }

    public static bool IsTolerated(IReadOnlyList<Toleration> tolerations, Taint taint)
    {
        foreach (var toleration in tolerations)
        {
            if (Tolerates(toleration, taint)) return true;
        }
        return false;
    }

    public static string ZoneOf(Node node) => node.Metadata.Labels.Get("topology.kubernetes.io/zone") ?? "";

    public static string ReadyStatus(Node node)
    {
        foreach (var condition in node.Status.Conditions)
        {
            if (condition.Type == NodeConditionType.Ready) return condition.Status;
        }
        return "";
    }
}
