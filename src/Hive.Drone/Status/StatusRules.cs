using Hive.Drone.Desired;
using Hive.Drone.Pods;
using Hive.Drone.Probes;
using Hive.Objects;

namespace Hive.Drone.Status;

/// <summary>
/// The status that the API should show, computed from what is seen and remembered. Times move only with a transition, so that the same state gives
/// the same status for ever; a phase never goes back and a restart count never falls.
/// </summary>
internal static class StatusRules
{
    private static readonly string[] OwnConditions =
        [PodConditionType.PodReadyToStartContainers, PodConditionType.Initialized, PodConditionType.Ready, PodConditionType.ContainersReady, PodConditionType.PodScheduled];

    public static PodStatus Compute(Turn turn)
    {
        Pod pod = turn.Desired!.Pod;
        PodStatus before = pod.Status;
        bool initialized = IsInitialized(turn);
        var inits = new List<ContainerStatus>();
        foreach (Container container in pod.Spec.InitContainers) inits.Add(ContainerStatuses.Of(turn, container, isInit: true, initialized));
        var proper = new List<ContainerStatus>();
        foreach (Container container in pod.Spec.Containers) proper.Add(ContainerStatuses.Of(turn, container, isInit: false, initialized));
        string phase = PhaseRules.Next(before.Phase, PhaseOf(turn, initialized));
        string address = AddressOf(turn, before);
        return before with
        {
            ObservedGeneration = pod.Metadata.Generation,
            Phase = phase,
            Reason = turn.Record.Terminal?.Reason ?? "",
            Message = turn.Record.Terminal?.Message ?? "",
            HostIP = turn.Node.HostAddress,
            HostIPs = [new HostIP { Ip = turn.Node.HostAddress }],
            PodIP = address,
            PodIPs = address.Length == 0 ? [] : [new PodIP { Ip = address }],
            StartTime = before.StartTime ?? Wall.ToTime(turn.Now.Wall),
            InitContainerStatuses = inits,
            ContainerStatuses = proper,
            QosClass = before.QosClass.Length > 0 ? before.QosClass : QualityOfService.Of(pod),
            Conditions = Conditions(turn, before, phase, initialized, proper),
        };
    }

    /// <summary>Conditions that the drone alone writes.</summary>
    public static bool IsOwn(string type) => Array.IndexOf(OwnConditions, type) >= 0;

    private static bool IsInitialized(Turn turn) =>
        turn.Desired!.Pod.Spec.InitContainers.Count == 0 || turn.Record.InitializedIn >= 0 || turn.Record.Terminal is { Phase: PodPhase.Succeeded };

    private static string AddressOf(Turn turn, PodStatus before)
    {
        if (turn.Desired!.Pod.Spec.HostNetwork) return turn.Node.HostAddress;
        return turn.Observed.Sandbox?.Address ?? before.PodIP;
    }

    private static string PhaseOf(Turn turn, bool initialized)
    {
        // The API shows the end only once nothing of the pod runs any more.
        if (turn.Record.Terminal is { } terminal) return turn.Record.Stage >= PodStage.Stopped ? terminal.Phase : PodPhase.Running;
        if (!initialized) return PodPhase.Pending;
        foreach (Container container in turn.Desired!.Pod.Spec.Containers)
        {
            if (!HasBegun(turn, container.Name)) return PodPhase.Pending;
        }
        return PodPhase.Running;
    }

    /// <summary>As it is seen, and not as an order's answer says: who is told that a pod runs may ask for its log.</summary>
    private static bool HasBegun(Turn turn, string container)
    {
        ContainerRecord record = turn.RecordOf(container);
        return record.Settled >= 0 || turn.Observed.Find(container, record.Attempt) is { Phase: not ContainerPhase.Created };
    }

    private static List<PodCondition> Conditions(Turn turn, PodStatus before, string phase, bool initialized, List<ContainerStatus> proper)
    {
        Pod pod = turn.Desired!.Pod;
        var conditions = new List<PodCondition>();
        bool ended = phase is PodPhase.Succeeded or PodPhase.Failed;
        string unready = string.Join(" ", proper.Where(c => !c.Ready).Select(c => c.Name));
        string incomplete = string.Join(" ", pod.Spec.InitContainers.Where(c => !InitDone(turn, c)).Select(c => c.Name));
        bool containersReady = !ended && unready.Length == 0;
        bool gates = pod.Spec.ReadinessGates.All(g => before.Conditions.Any(c => c.Type == g.ConditionType && c.Status == "True"));
        bool stopping = turn.Record.Stage >= PodStage.Stopping;
        Add(PodConditionType.PodReadyToStartContainers, turn.Observed.Sandbox is { Running: true } && !ended, "", "");
        Add(PodConditionType.Initialized, initialized, phase == PodPhase.Succeeded ? "PodCompleted" : initialized ? "" : "ContainersNotInitialized",
            initialized ? "" : $"containers with incomplete status: [{incomplete}]");
        string why = phase == PodPhase.Succeeded ? "PodCompleted" : phase == PodPhase.Failed ? "PodFailed" : "ContainersNotReady";
        string what = ended ? "" : $"containers with unready status: [{unready}]";
        bool ready = containersReady && gates && !stopping;
        Add(PodConditionType.Ready, ready, ready ? "" : containersReady && !gates ? "ReadinessGatesNotReady" : why, ready || containersReady ? "" : what);
        Add(PodConditionType.ContainersReady, containersReady, containersReady ? "" : why, containersReady ? "" : what);
        Add(PodConditionType.PodScheduled, true, "", "");
        foreach (PodCondition foreign in before.Conditions)
        {
            if (!IsOwn(foreign.Type)) conditions.Add(foreign);
        }
        return conditions;

        void Add(string type, bool value, string reason, string message)
        {
            string status = value ? "True" : "False";
            PodCondition? old = before.Conditions.FirstOrDefault(c => c.Type == type);
            Time? since = old is not null && old.Status == status && old.LastTransitionTime is { } known ? known : Wall.ToTime(turn.Now.Wall);
            conditions.Add(new PodCondition
            {
                Type = type,
                Status = status,
                Reason = reason,
                Message = message,
                LastTransitionTime = since,
                ObservedGeneration = pod.Metadata.Generation,
            });
        }
    }

    private static bool InitDone(Turn turn, Container container) =>
        RestartRule.IsSidecar(container)
            ? ReadinessRules.HasStarted(turn, container)
            : turn.RecordOf(container.Name) is { Attempt: >= 0, IsDown: true, LastExit.Code: 0 };
}

/// <summary>Which phase may follow which.</summary>
public static class PhaseRules
{
    /// <summary>Pending, Running, then Succeeded or Failed, from which nothing leads away.</summary>
    public static string Next(string before, string now)
    {
        if (before is PodPhase.Succeeded or PodPhase.Failed) return before;
        return before == PodPhase.Running && now == PodPhase.Pending ? PodPhase.Running : now;
    }
}

/// <summary>Kubernetes writes times in seconds.</summary>
internal static class Wall
{
    public static Time ToTime(WallTime wall) => new((wall.Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond);

    public static Time? ToTime(WallTime? wall) => wall is { } known ? ToTime(known) : null;
}

/// <summary>The class by which pods are chosen when a node runs out of memory.</summary>
public static class QualityOfService
{
    public static string Of(Pod pod)
    {
        bool any = false, all = true;
        foreach (Container container in PodPlanner.AllContainers(pod))
        {
            foreach (string resource in new[] { "cpu", "memory" })
            {
                bool limited = container.Resources.Limits.TryGetValue(resource, out Quantity limit) && !limit.IsZero;
                bool requested = container.Resources.Requests.TryGetValue(resource, out Quantity request) && !request.IsZero;
                any |= limited || requested;
                all &= limited && (!requested || request == limit);
            }
        }
        return !any ? PodQOSClass.BestEffort : all ? PodQOSClass.Guaranteed : PodQOSClass.Burstable;
    }
}
