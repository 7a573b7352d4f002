using System.Globalization;

namespace Hive.Objects;

/// <summary>A pod in one line: the STATUS, READY and RESTARTS that people see.</summary>
public sealed record PodSummary(string Status, int Ready, int Total, int Restarts, Time? LastRestart)
{
    public static PodSummary Of(Pod pod)
    {
        var sidecars = pod.Spec.InitContainers.Where(IsSidecar).Select(container => container.Name).ToHashSet(StringComparer.Ordinal);
        var total = pod.Spec.Containers.Count + sidecars.Count;
        var phase = pod.Status.Reason.Length > 0 ? pod.Status.Reason : pod.Status.Phase;
        if (pod.Status.Conditions.Any(c => c.Type == PodConditionType.PodScheduled && c.Reason == "SchedulingGated")) phase = "SchedulingGated";
        var initial = Initializing(pod, sidecars, phase, total);
        var summary = initial ?? Running(pod, sidecars, phase, total);
        if (pod.Metadata.DeletionTimestamp is null) return summary;
        if (pod.Status.Reason == "NodeLost") return summary with { Status = "Unknown" };
        return pod.Status.Phase is PodPhase.Succeeded or PodPhase.Failed ? summary : summary with { Status = "Terminating" };
    }

    // The first init container that has not done its part decides; null when all have.
    private static PodSummary? Initializing(Pod pod, HashSet<string> sidecars, string phase, int total)
    {
        var restarts = 0;
        Time? last = null;
        var ready = 0;
        for (var i = 0; i < pod.Status.InitContainerStatuses.Count; i++)
        {
            var status = pod.Status.InitContainerStatuses[i];
            restarts += status.RestartCount;
            last = Later(last, status);
            if (status.State.Terminated is { ExitCode: 0 }) continue;
            if (sidecars.Contains(status.Name) && status.Started == true)
            {
                if (status.Ready) ready++;
                continue;
            }
            var text = status.State switch
            {
                { Terminated: { } ended } => "Init:" + EndReason(ended),
                { Waiting: { } waiting } when waiting.Reason.Length > 0 && waiting.Reason != "PodInitializing" => "Init:" + waiting.Reason,
                _ => string.Create(CultureInfo.InvariantCulture, $"Init:{i}/{pod.Spec.InitContainers.Count}"),
            };
            return new PodSummary(text, ready, total, restarts, last);
        }
        return null;
    }

    // From the last container to the first, so that the first one has the last word.
    private static PodSummary Running(Pod pod, HashSet<string> sidecars, string phase, int total)
    {
        var text = phase;
        var (ready, restarts, anyRuns) = (0, 0, false);
        Time? last = null;
        foreach (var status in pod.Status.InitContainerStatuses)
        {
            if (!sidecars.Contains(status.Name)) continue;
            restarts += status.RestartCount;
            last = Later(last, status);
            if (status.Ready) ready++;
        }
        for (var i = pod.Status.ContainerStatuses.Count - 1; i >= 0; i--)
        {
            var status = pod.Status.ContainerStatuses[i];
            restarts += status.RestartCount;
            last = Later(last, status);
            if (status.State.Waiting is { Reason.Length: > 0 } waiting) text = waiting.Reason;
            else if (status.State.Terminated is { } ended) text = EndReason(ended);
            else if (status.Ready && status.State.Running is not null)
            {
                ready++;
                anyRuns = true;
            }
        }
        if (text == "Completed" && anyRuns)
        {
            text = pod.Status.Conditions.Any(c => c.Type == PodConditionType.Ready && c.Status == ConditionStatus.True) ? "Running" : "NotReady";
        }
        return new PodSummary(text, ready, total, restarts, last);
    }

    private static bool IsSidecar(Container container) => container.RestartPolicy == "Always";

    private static string EndReason(ContainerStateTerminated ended)
    {
        if (ended.Reason.Length > 0) return ended.Reason;
        return ended.Signal != 0
            ? string.Create(CultureInfo.InvariantCulture, $"Signal:{ended.Signal}")
            : string.Create(CultureInfo.InvariantCulture, $"ExitCode:{ended.ExitCode}");
    }

    private static Time? Later(Time? last, ContainerStatus status)
    {
        var end = status.LastState.Terminated?.FinishedAt;
        return last is null || (end is not null && end > last) ? end ?? last : last;
    }
}
