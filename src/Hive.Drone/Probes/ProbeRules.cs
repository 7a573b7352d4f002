using Hive.Drone.Pods;
using Hive.Objects;

namespace Hive.Drone.Probes;

/// <summary>When to ask a container how it is, and what follows from the answers.</summary>
internal static class ProbeRules
{
    /// <summary>Startup alone until it has succeeded; then liveness and readiness.</summary>
    public static void Run(Turn turn, Container container, ObservedContainer current)
    {
        ContainerRecord record = turn.RecordOf(container.Name);
        if (record.StartedUp != record.Attempt)
        {
            if (container.StartupProbe is { } startup)
            {
                Ask(turn, container, current, ProbeKind.Startup, startup);
                return;
            }
            turn.Set(container.Name, record with { StartedUp = record.Attempt });
        }
        if (container.LivenessProbe is { } liveness) Ask(turn, container, current, ProbeKind.Liveness, liveness);
        if (container.ReadinessProbe is { } readiness) Ask(turn, container, current, ProbeKind.Readiness, readiness);
        else if (!turn.RecordOf(container.Name).Ready) turn.Set(container.Name, turn.RecordOf(container.Name) with { Ready = true });
    }

    /// <summary>Takes in an answer: counts, and draws the verdict at a threshold.</summary>
    public static void Answered(Turn turn, Order.Probe order, OrderOutcome outcome)
    {
        ContainerMemory memory = turn.MemoryOf(order.Container);
        ContainerRecord record = turn.RecordOf(order.Container);
        // The answer is of an attempt that has ended meanwhile.
        if (turn.Observed.Find(order.Container, record.Attempt) is { } current && current.RuntimeId != order.RuntimeId) return;
        if (record.IsDown) return;
        bool well = outcome.Result == OrderResult.Done;
        ProbeMemory old = MemoryOf(memory, order.Kind);
        HostTime next = turn.Now.Host + TimeSpan.FromSeconds(Math.Max(1, order.Spec.PeriodSeconds == 0 ? 10 : order.Spec.PeriodSeconds));
        ProbeMemory counted = new(well ? old.Successes + 1 : 0, well ? 0 : old.Failures + 1, next, old.Verdict);
        bool passed = well && counted.Successes >= Math.Max(1, order.Spec.SuccessThreshold);
        bool failed = !well && counted.Failures >= (order.Spec.FailureThreshold == 0 ? 3 : order.Spec.FailureThreshold);
        counted = counted with { Verdict = passed ? true : failed ? false : old.Verdict };
        memory = With(memory, order.Kind, counted);
        if (!well) turn.Tell(true, "Unhealthy", $"{order.Kind} probe failed: {outcome.Message}", order.Container);
        if (failed && order.Kind != ProbeKind.Readiness && memory.StopReason is null)
        {
            memory = memory with
            {
                StopReason = $"Container {order.Container} failed {(order.Kind == ProbeKind.Liveness ? "liveness" : "startup")} probe, will be restarted",
                KillBy = order.Spec.TerminationGracePeriodSeconds is { } own ? turn.Now.Host + TimeSpan.FromSeconds(Math.Clamp(own, 0, DroneLimits.LongestGraceSeconds)) : null,
            };
        }
        turn.Set(order.Container, memory);
        if (order.Kind == ProbeKind.Readiness && (passed || failed)) turn.Set(order.Container, record with { Ready = passed });
        if (order.Kind == ProbeKind.Startup && passed) turn.Set(order.Container, record with { StartedUp = record.Attempt });
    }

    /// <summary>The address at which the pod is reached; a pod on the host's network is reached at the host's.</summary>
    public static string? AddressOf(Turn turn) =>
        turn.Desired is { } desired && desired.Pod.Spec.HostNetwork ? turn.Node.HostAddress : turn.Observed.Sandbox?.Address;

    private static void Ask(Turn turn, Container container, ObservedContainer current, ProbeKind kind, Probe probe)
    {
        ContainerMemory memory = turn.MemoryOf(container.Name);
        ProbeMemory counters = MemoryOf(memory, kind);
        HostTime due = counters.NextAt ?? (memory.RunningSince ?? turn.Now.Host) + TimeSpan.FromSeconds(probe.InitialDelaySeconds);
        if (turn.WaitsFor(due)) return;
        string resource = Resources.Probe(container.Name, kind);
        turn.Give(resource, number => new Order.Probe(
            turn.Observed.Uid, number, resource, container.Name, kind, probe, current.RuntimeId, AddressOf(turn), PodPlanner.PortsOf(container)));
    }

    private static ProbeMemory MemoryOf(ContainerMemory memory, ProbeKind kind) => kind switch
    {
        ProbeKind.Startup => memory.Startup,
        ProbeKind.Liveness => memory.Liveness,
        _ => memory.Readiness,
    };

    private static ContainerMemory With(ContainerMemory memory, ProbeKind kind, ProbeMemory counters) => kind switch
    {
        ProbeKind.Startup => memory with { Startup = counters },
        ProbeKind.Liveness => memory with { Liveness = counters },
        _ => memory with { Readiness = counters },
    };
}

/// <summary>What "ready" and "started" mean.</summary>
internal static class ReadinessRules
{
    /// <summary>Runs, its postStart hook is done, and its startup probe has succeeded.</summary>
    public static bool HasStarted(Turn turn, Container container)
    {
        ContainerRecord record = turn.RecordOf(container.Name);
        return IsUp(turn, container) && record.PostStarted == record.Attempt && record.StartedUp == record.Attempt;
    }

    /// <summary>Started, not being stopped, and its readiness probe says yes (or there is none).</summary>
    public static bool IsReady(Turn turn, Container container) =>
        HasStarted(turn, container) && turn.RecordOf(container.Name).Ready && turn.MemoryOf(container.Name).StopReason is null && turn.Record.Stage < PodStage.Stopping;

    private static bool IsUp(Turn turn, Container container) =>
        turn.RecordOf(container.Name) is { Attempt: >= 0, IsDown: false } record
        && turn.Observed.Find(container.Name, record.Attempt) is { Phase: ContainerPhase.Running };
}
