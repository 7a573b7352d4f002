namespace Hive.Drone.Pods;

/// <summary>Where a pod stands in its life on this node. It only moves on, but for a fenced pod that may start again.</summary>
public enum PodStage
{
    /// <summary>Known, nothing done yet.</summary>
    Accepted,

    /// <summary>Volumes and sandbox are being made.</summary>
    Preparing,

    /// <summary>Init containers run, one after the other.</summary>
    Initializing,

    /// <summary>The containers proper run, or are on their way to it.</summary>
    Running,

    /// <summary>Containers are being stopped; it is reported as not ready.</summary>
    Stopping,

    /// <summary>No process of it is left. Containers are kept for their logs until the API lets the pod go.</summary>
    Stopped,

    /// <summary>Nothing of it is left on this node.</summary>
    Cleaned,
}
