using Hive.Objects;

namespace Hive.Drone.Pods;

/// <summary>Takes what is observed into the memory: attempts that appeared, attempts that ended.</summary>
internal static class ExitRules
{
    /// <summary>Exit code of a container whose end nobody saw.</summary>
    public const int UnknownExitCode = 137;

    public static void Settle(Turn turn)
    {
        foreach (Container container in PodPlanner.AllContainers(turn.Desired!.Pod))
        {
            ContainerRecord record = turn.RecordOf(container.Name);
            ObservedContainer? latest = turn.Observed.Latest(container.Name);
            // The journal may be older than the runtime (a disk was replaced): the runtime's newest attempt is the truth.
            if (latest is not null && latest.Attempt > record.Attempt) record = record with { Attempt = latest.Attempt };
            ObservedContainer? current = turn.Observed.Find(container.Name, record.Attempt);
            // What is only made has not begun: a look may fall into the middle of a start.
            if (current is { Phase: not ContainerPhase.Created } && record.Seen < record.Attempt) record = record with { Seen = record.Attempt };
            turn.Set(container.Name, record);
            if (record.IsDown || turn.IsOutstanding(Resources.Container(container.Name))) continue;
            if (current is { Phase: ContainerPhase.Running }) NoteRunning(turn, container);
            else if (current is { Phase: ContainerPhase.Exited }) End(turn, container, ExitOf(current));
            else if (current is null && record.Seen == record.Attempt) End(turn, container, Vanished());
        }
        SeeSandbox(turn);
    }

    /// <summary>An attempt is over: counts for the back-off, and leaves the next one a clean slate.</summary>
    public static void End(Turn turn, Container container, ExitRecord exit)
    {
        ContainerRecord record = turn.RecordOf(container.Name);
        bool ranLong = exit is { StartedAt: { } from, FinishedAt: { } to } && to.Ticks - from.Ticks >= DroneLimits.BackOffForgottenAfter.Ticks;
        int level = ranLong ? 0 : record.FailureLevel;
        TimeSpan pause = BackOff.Restart(level);
        turn.Set(container.Name, record with
        {
            Settled = record.Attempt,
            FailureLevel = level + 1,
            NotBefore = turn.Now.Host + pause,
            Ready = false,
            LastExit = exit,
        });
        turn.Set(container.Name, ContainerMemory.New);
        string policy = RestartRule.PolicyOf(turn.Desired!.Pod, container);
        if (pause > TimeSpan.Zero && RestartRule.Restarts(policy, exit.Code) && !turn.Desired.Deleting)
        {
            turn.Tell(true, "BackOff", $"Back-off restarting failed container {container.Name} in pod {turn.Desired.Name}_{turn.Desired.Namespace}({turn.Desired.Uid})", container.Name);
        }
    }

    private static void NoteRunning(Turn turn, Container container)
    {
        ContainerMemory memory = turn.MemoryOf(container.Name);
        if (memory.RunningSince is not null) return;
        turn.Set(container.Name, memory with { RunningSince = turn.Now.Host, WaitingReason = "", WaitingMessage = "" });
    }

    private static void SeeSandbox(Turn turn)
    {
        if (turn.Observed.Sandbox is { } sandbox && sandbox.Attempt > turn.Record.SandboxAttempt)
        {
            turn.Record = turn.Record with { SandboxAttempt = sandbox.Attempt };
        }
    }

    private static ExitRecord ExitOf(ObservedContainer container)
    {
        int code = container.ExitCode ?? UnknownExitCode;
        string reason = container.OutOfMemory ? "OOMKilled"
            : container.Problem.Length > 0 && container.StartedAt is null ? "ContainerCannotRun"
            : container.ExitCode is null ? "ContainerStatusUnknown"
            : code == 0 ? "Completed" : "Error";
        string message = container.TerminationMessage.Length > 0 ? container.TerminationMessage : container.Problem;
        return new ExitRecord(code, container.Signal, reason, message, container.StartedAt, container.FinishedAt, container.RuntimeId);
    }

    private static ExitRecord Vanished() =>
        new(UnknownExitCode, 0, "ContainerStatusUnknown", "The container could not be located when the pod was looked at: it was removed behind the drone's back", null, null, "");
}
