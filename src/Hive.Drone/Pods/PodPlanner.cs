using System.Collections.Immutable;
using Hive.Drone.Desired;
using Hive.Drone.Probes;
using Hive.Drone.Status;
using Hive.Objects;

namespace Hive.Drone.Pods;

/// <summary>
/// Decides what is to be done for one pod: a total, pure function of what is wanted, what is there, what is remembered, and the time. The same
/// input gives the same plan, and a plan's own memory gives no order a second time.
/// </summary>
public static class PodPlanner
{
    /// <param name="desired">Null when no specification of it is known: all that is left of it is stopped and removed.</param>
    /// <param name="wanted">False when the API has no such pod any more.</param>
    public static PodPlan Plan(DesiredPod? desired, bool wanted, ObservedPod observed, PodMemory memory, NodeFacts node, DroneNow now)
    {
        var turn = new Turn(desired, observed, memory, node, now);
        if (memory.Record.Stage == PodStage.Cleaned) return turn.End(null);
        if (observed.AsOf < memory.TrustFrom) return turn.End(desired is null ? null : StatusRules.Compute(turn));
        if (desired is null)
        {
            PodStop.Orphan(turn);
            return turn.End(null);
        }
        ExitRules.Settle(turn);
        if (wanted && !desired.Deleting) Resume(turn);
        if (!wanted || desired.Deleting || turn.Memory.Fenced || turn.Record.Terminal is not null)
        {
            PodStop.Run(turn, wanted);
        }
        else
        {
            PodStart.Run(turn);
            // The turn may have found that the pod is at its end.
            if (turn.Record.Terminal is not null) PodStop.Run(turn, wanted);
        }
        RemoveOldAttempts(turn);
        return turn.End(StatusRules.Compute(turn));
    }

    /// <summary>Takes in what came of an order. An answer to an order that is not outstanding (any more) changes nothing.</summary>
    public static PodPlan Settle(DesiredPod? desired, ObservedPod observed, PodMemory memory, Order order, OrderOutcome outcome, long asOf, NodeFacts node, DroneNow now)
    {
        var turn = new Turn(desired, observed, memory, node, now);
        if (!memory.Outstanding.TryGetValue(order.Resource, out long number) || number != order.Number) return turn.End(null);
        turn.Memory = turn.Memory with { Outstanding = memory.Outstanding.Remove(order.Resource) };
        // A probe changes nothing that an observation shows.
        if (order is not (Order.Probe or Order.EnsureImage or Order.PrepareVolume))
        {
            turn.Memory = turn.Memory with { TrustFrom = Math.Max(memory.TrustFrom, asOf) };
        }
        switch (order)
        {
            case Order.EnsureImage image: OutcomeRules.Image(turn, image, outcome); break;
            case Order.PrepareVolume volume: OutcomeRules.Volume(turn, volume, outcome); break;
            case Order.StartSandbox sandbox: OutcomeRules.Sandbox(turn, sandbox, outcome); break;
            case Order.StartContainer start: OutcomeRules.Started(turn, start, outcome); break;
            case Order.Probe probe: ProbeRules.Answered(turn, probe, outcome); break;
            case Order.RunHook hook: OutcomeRules.Hook(turn, hook, outcome); break;
            case Order.CleanUp when outcome.Result == OrderResult.Done: turn.Memory = turn.Memory with { CleanedUp = true }; break;
            case Order.Remove or Order.CleanUp or Order.StopSandbox: OutcomeRules.Removed(turn, outcome); break;
        }
        return turn.End(null);
    }

    /// <summary>A pod that a fence stopped starts again once the session is certain; nothing else goes back a stage.</summary>
    private static void Resume(Turn turn)
    {
        if (turn.Memory.Fenced || turn.Record.Terminal is not null) return;
        if (turn.Record.Stage is not (PodStage.Stopping or PodStage.Stopped)) return;
        if (turn.Observed.Containers.Any(c => c.Phase == ContainerPhase.Running) || !turn.Memory.Outstanding.IsEmpty) return;
        turn.Record = turn.Record with { Stage = PodStage.Preparing, KillBy = null };
    }

    /// <summary>The last ended attempt is kept for its log and exit code; what is older goes.</summary>
    private static void RemoveOldAttempts(Turn turn)
    {
        if (turn.WaitsFor(turn.Memory.Removal.NotBefore)) return;
        foreach (ObservedContainer container in turn.Observed.Containers)
        {
            if (container.Phase is ContainerPhase.Running or ContainerPhase.Unknown) continue;
            if (container.Attempt >= turn.RecordOf(container.Name).Attempt - 1) continue;
            turn.Give(Resources.Remove(container.RuntimeId), number => new Order.Remove(turn.Observed.Uid, number, Resources.Remove(container.RuntimeId), container.RuntimeId));
        }
    }

    /// <summary>All containers of a pod in the order in which they start.</summary>
    internal static IEnumerable<Container> AllContainers(Pod pod) => pod.Spec.InitContainers.Concat(pod.Spec.Containers);

    internal static ImmutableArray<ContainerPort> PortsOf(Container container) => [.. container.Ports];
}
