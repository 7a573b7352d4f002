using Hive.Drone.Pods;
using Hive.Drone.Probes;
using Hive.Objects;

namespace Hive.Drone.Status;

/// <summary>The status of one container: what runs, why it waits, how it ended.</summary>
internal static class ContainerStatuses
{
    private static readonly TimeSpan ShownAsError = TimeSpan.FromSeconds(2);

    public static ContainerStatus Of(Turn turn, Container container, bool isInit, bool initialized)
    {
        ContainerRecord record = turn.RecordOf(container.Name);
        ObservedContainer? current = turn.Observed.Find(container.Name, record.Attempt);
        ObservedContainer? previous = turn.Observed.Find(container.Name, record.Attempt - 1);
        bool running = current is { Phase: ContainerPhase.Running } && !record.IsDown;
        ContainerState state = running ? new ContainerState { Running = new ContainerStateRunning { StartedAt = Wall.ToTime(current!.StartedAt) } }
            : StateOfDown(turn, container, record, isInit, initialized);
        ContainerState last = state.Waiting is not null && record.Attempt >= 0 && record.LastExit is { } exit ? Terminated(turn, exit)
            : running && record.LastExit is { } earlier ? Terminated(turn, earlier)
            : new ContainerState();
        string runtimeId = current?.RuntimeId ?? previous?.RuntimeId ?? record.LastExit?.RuntimeId ?? "";
        string image = current?.ImageId is { Length: > 0 } known ? known : turn.MemoryOf(container.Name).ImageId ?? "";
        bool done = isInit && !RestartRule.IsSidecar(container) && record is { Attempt: >= 0, IsDown: true, LastExit.Code: 0 };
        return new ContainerStatus
        {
            Name = container.Name,
            State = state,
            LastState = last,
            Ready = done || ReadinessRules.IsReady(turn, container),
            Started = ReadinessRules.HasStarted(turn, container),
            RestartCount = Math.Max(0, record.Attempt),
            Image = container.Image,
            ImageID = image.Length == 0 ? "" : $"{turn.Node.RuntimeName}://{image}",
            ContainerID = runtimeId.Length == 0 ? "" : $"{turn.Node.RuntimeName}://{runtimeId}",
        };
    }

    private static ContainerState StateOfDown(Turn turn, Container container, ContainerRecord record, bool isInit, bool initialized)
    {
        ContainerMemory memory = turn.MemoryOf(container.Name);
        Pod pod = turn.Desired!.Pod;
        bool ended = record.Attempt >= 0 && record.IsDown && record.LastExit is not null;
        bool final = turn.Record.Terminal is not null || turn.Record.Stage >= PodStage.Stopping;
        if (ended)
        {
            string policy = RestartRule.PolicyOf(pod, container);
            int code = record.LastExit!.Code;
            bool again = !final && (isInit && !RestartRule.IsSidecar(container) ? RestartRule.InitRestarts(policy, code) : RestartRule.Restarts(policy, code));
            if (!again) return Terminated(turn, record.LastExit);
            if (record.NotBefore is { } until && turn.Now.Host < until)
            {
                TimeSpan pause = BackOff.Restart(record.FailureLevel - 1);
                return Waiting("CrashLoopBackOff",
                    $"back-off {Text(pause)} restarting failed container={container.Name} pod={turn.Desired.Name}_{turn.Desired.Namespace}({turn.Desired.Uid})");
            }
        }
        if (memory.WaitingReason.Length > 0)
        {
            bool pulling = turn.IsOutstanding(Resources.Image(container.Name));
            if (memory.WaitingReason != ImageReasons.Pull || pulling || !BacksOff(turn, memory.Image)) return Waiting(memory.WaitingReason, memory.WaitingMessage);
            return Waiting(ImageReasons.BackOff, $"Back-off pulling image \"{container.Image}\": {memory.WaitingReason}: {memory.WaitingMessage}");
        }
        if (ended && memory.ImageId is null && !turn.IsOutstanding(Resources.Container(container.Name))) return Terminated(turn, record.LastExit!);
        return Waiting(!isInit && !initialized || isInit && turn.Record.Stage == PodStage.Initializing ? "PodInitializing" : "ContainerCreating", "");
    }

    /// <summary>A failed pull is shown as what it is at first, and as a back-off from a moment later on.</summary>
    private static bool BacksOff(Turn turn, Retry image)
    {
        if (image.NotBefore is not { } next) return false;
        HostTime failedAt = next - BackOff.Image(image.Failures - 1);
        return !turn.WaitsFor(failedAt + ShownAsError);
    }

    private static ContainerState Waiting(string reason, string message) => new() { Waiting = new ContainerStateWaiting { Reason = reason, Message = message } };

    private static ContainerState Terminated(Turn turn, ExitRecord exit) => new()
    {
        Terminated = new ContainerStateTerminated
        {
            ExitCode = exit.Code,
            Signal = exit.Signal,
            Reason = exit.Reason,
            Message = exit.Message,
            StartedAt = Wall.ToTime(exit.StartedAt),
            FinishedAt = Wall.ToTime(exit.FinishedAt),
            ContainerID = exit.RuntimeId.Length == 0 ? "" : $"{turn.Node.RuntimeName}://{exit.RuntimeId}",
        },
    };

    private static string Text(TimeSpan pause) =>
        pause.TotalSeconds >= 60 ? $"{(int)pause.TotalMinutes}m{pause.Seconds}s" : $"{(int)pause.TotalSeconds}s";
}
