using Hive.Objects;

namespace Hive.Drone.Pods;

/// <summary>Is a container that ended to be started again?</summary>
public static class RestartRule
{
    /// <summary>An init container with policy Always runs beside the containers proper for the pod's whole life.</summary>
    public static bool IsSidecar(Container container) => container.RestartPolicy == RestartPolicy.Always;

    /// <summary>The container's own policy, or else the pod's.</summary>
    public static string PolicyOf(Pod pod, Container container) =>
        container.RestartPolicy is { Length: > 0 } own ? own : pod.Spec.RestartPolicy is { Length: > 0 } policy ? policy : RestartPolicy.Always;

    public static bool Restarts(string policy, int exitCode) => policy switch
    {
        RestartPolicy.Never => false,
        RestartPolicy.OnFailure => exitCode != 0,
        _ => true,
    };

    /// <summary>An init container is done with exit code 0 whatever the policy; Always means "until it succeeds".</summary>
    public static bool InitRestarts(string policy, int exitCode) => exitCode != 0 && policy != RestartPolicy.Never;
}
