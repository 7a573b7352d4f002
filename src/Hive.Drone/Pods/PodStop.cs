using Hive.Objects;

namespace Hive.Drone.Pods;

/// <summary>The way down: hooks and polite signals within the grace, then the kill, the last report, and the removal of what is left.</summary>
internal static class PodStop
{
    public static void Run(Turn turn, bool wanted)
    {
        PodRecord record = turn.Record;
        if (record.Stage < PodStage.Stopping) record = record with { Stage = PodStage.Stopping };
        TimeSpan grace = turn.Memory.Fenced ? DroneLimits.KillBudget : turn.Desired!.Grace;
        record = record with { KillBy = GracePeriod.KillBy(record.KillBy, turn.Now.Host, grace) };
        turn.Record = record;
        HostTime killBy = record.KillBy!.Value;
        if (!StopContainers(turn, killBy)) return;
        if (turn.Observed.Sandbox is { Running: true } sandbox)
        {
            turn.Give(Resources.Sandbox, number => new Order.StopSandbox(turn.Observed.Uid, number, Resources.Sandbox, sandbox.RuntimeId));
            return;
        }
        if (turn.IsOutstanding(Resources.Sandbox)) return;
        if (turn.Record.Stage == PodStage.Stopping) turn.Record = turn.Record with { Stage = PodStage.Stopped };
        if (!wanted || turn.Memory.Released) RemoveAll(turn);
    }

    /// <summary>True when no container runs or is about to. Containers proper go first, sidecars after them, in reverse order.</summary>
    private static bool StopContainers(Turn turn, HostTime killBy)
    {
        Pod pod = turn.Desired!.Pod;
        bool anyProper = false;
        foreach (Container container in pod.Spec.Containers) anyProper |= StopOne(turn, container, killBy);
        foreach (Container init in pod.Spec.InitContainers.Where(c => !RestartRule.IsSidecar(c))) anyProper |= StopOne(turn, init, killBy);
        if (anyProper) return false;
        foreach (Container sidecar in pod.Spec.InitContainers.Where(RestartRule.IsSidecar).Reverse())
        {
            if (StopOne(turn, sidecar, killBy)) return false;
        }
        // Containers that the specification does not know (any more), and old attempts that still run.
        bool any = false;
        foreach (ObservedContainer stray in turn.Observed.Containers.Where(c => c.Phase == ContainerPhase.Running))
        {
            any = true;
            Stop(turn, stray, killBy, "");
        }
        return !any;
    }

    /// <summary>True while it runs or may be about to.</summary>
    private static bool StopOne(Turn turn, Container container, HostTime killBy)
    {
        ObservedContainer? current = turn.Observed.Find(container.Name, turn.RecordOf(container.Name).Attempt);
        if (current is not { Phase: ContainerPhase.Running }) return turn.IsOutstanding(Resources.Container(container.Name));
        if (turn.RecordOf(container.Name).Ready) turn.Set(container.Name, turn.RecordOf(container.Name) with { Ready = false });
        StopGently(turn, container, current, killBy, $"Stopping container {container.Name}");
        return true;
    }

    /// <summary>The preStop hook, then the signal; the hook's time counts against the grace.</summary>
    internal static void StopGently(Turn turn, Container container, ObservedContainer current, HostTime killBy, string reason)
    {
        ContainerMemory memory = turn.MemoryOf(container.Name);
        if (container.Lifecycle?.PreStop is { } hook && !memory.PreStopDone && turn.Now.Host < killBy && !turn.Memory.Fenced)
        {
            turn.LookAgain(killBy);
            PodStart.RunHook(turn, container, current, HookKind.PreStop, hook, killBy);
            return;
        }
        Stop(turn, current, killBy, reason, container.Lifecycle?.StopSignal);
    }

    /// <summary>Signal now, kill at <paramref name="killBy"/>. A stop that is under way is overtaken by a kill when its time has come.</summary>
    internal static void Stop(Turn turn, ObservedContainer current, HostTime killBy, string reason, string? signal = null)
    {
        string resource = Resources.Container(current.Name);
        if (turn.Give(resource, number => new Order.StopContainer(turn.Observed.Uid, number, resource, current.RuntimeId, signal, killBy)))
        {
            if (reason.Length > 0) turn.Tell(false, "Killing", reason, current.Name);
            HostTime kills = killBy > turn.Now.Host ? killBy : turn.Now.Host;
            turn.Set(current.Name, turn.MemoryOf(current.Name) with { StopKillsAt = kills });
            turn.LookAgain(kills + DroneLimits.KillAgain);
            return;
        }
        ContainerMemory memory = turn.MemoryOf(current.Name);
        // The stop under way kills by itself, unless its time was shortened since.
        HostTime due = memory.KilledAt is { } killed ? killed + DroneLimits.KillAgain
            : memory.StopKillsAt is { } stops && (stops <= killBy || stops <= turn.Now.Host) ? stops + DroneLimits.KillAgain : killBy;
        if (turn.WaitsFor(due)) return;
        string kill = Resources.Kill(current.RuntimeId);
        turn.Set(current.Name, memory with { KilledAt = turn.Now.Host });
        turn.Give(kill, number => new Order.StopContainer(turn.Observed.Uid, number, kill, current.RuntimeId, null, turn.Now.Host));
    }

    /// <summary>A pod of which nobody here knows the specification.</summary>
    public static void Orphan(Turn turn)
    {
        PodRecord record = turn.Record with { KillBy = GracePeriod.KillBy(turn.Record.KillBy, turn.Now.Host, DroneLimits.KillBudget) };
        if (record.Stage < PodStage.Stopping) record = record with { Stage = PodStage.Stopping };
        turn.Record = record;
        bool running = false;
        foreach (ObservedContainer container in turn.Observed.Containers.Where(c => c.Phase == ContainerPhase.Running))
        {
            running = true;
            Stop(turn, container, record.KillBy!.Value, "");
        }
        if (!running) RemoveAll(turn);
    }

    /// <summary>Containers first, then the sandbox, then the volumes.</summary>
    private static void RemoveAll(Turn turn)
    {
        if (turn.WaitsFor(turn.Memory.Removal.NotBefore)) return;
        PodUid uid = turn.Observed.Uid;
        foreach (ObservedContainer container in turn.Observed.Containers)
        {
            string resource = Resources.Remove(container.RuntimeId);
            turn.Give(resource, number => new Order.Remove(uid, number, resource, container.RuntimeId));
        }
        if (!turn.Observed.Containers.IsEmpty || turn.Memory.Outstanding.Count > 0) return;
        if (turn.Observed.Sandbox is { } sandbox)
        {
            string resource = Resources.Remove(sandbox.RuntimeId);
            turn.Give(resource, number => new Order.Remove(uid, number, resource, sandbox.RuntimeId));
            return;
        }
        if (!turn.Memory.CleanedUp)
        {
            turn.Give(Resources.CleanUp, number => new Order.CleanUp(uid, number, Resources.CleanUp));
            return;
        }
        turn.Record = turn.Record with { Stage = PodStage.Cleaned };
    }
}
