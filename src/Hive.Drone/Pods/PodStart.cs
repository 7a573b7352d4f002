using Hive.Drone.Probes;
using Hive.Drone.Status;
using Hive.Objects;

namespace Hive.Drone.Pods;

/// <summary>The way up: volumes and sandbox, init containers one by one, then the containers proper and their upkeep.</summary>
internal static class PodStart
{
    public static void Run(Turn turn)
    {
        if (turn.Record.Stage == PodStage.Accepted) turn.Record = turn.Record with { Stage = PodStage.Preparing };
        if (PastActiveDeadline(turn) || IsFinished(turn)) return;
        bool volumes = PrepareVolumes(turn);
        ObservedSandbox? sandbox = PrepareSandbox(turn);
        if (sandbox is null) return;
        if (turn.Record.InitializedIn != sandbox.Attempt)
        {
            turn.Record = turn.Record with { Stage = PodStage.Initializing };
            if (!RunInitContainers(turn, sandbox, volumes)) return;
            turn.Record = turn.Record with { InitializedIn = sandbox.Attempt, Stage = PodStage.Running };
        }
        foreach (Container sidecar in turn.Desired!.Pod.Spec.InitContainers.Where(RestartRule.IsSidecar)) Tend(turn, sidecar, sandbox, volumes);
        foreach (Container container in turn.Desired.Pod.Spec.Containers) Tend(turn, container, sandbox, volumes);
    }

    /// <summary>True when every container proper has ended for good; notes how the pod ended.</summary>
    private static bool IsFinished(Turn turn)
    {
        Pod pod = turn.Desired!.Pod;
        bool failed = false;
        foreach (Container container in pod.Spec.Containers)
        {
            ContainerRecord record = turn.RecordOf(container.Name);
            if (record.Attempt < 0 || !record.IsDown || record.LastExit is not { } exit) return false;
            if (RestartRule.Restarts(RestartRule.PolicyOf(pod, container), exit.Code) || turn.IsOutstanding(Resources.Container(container.Name))) return false;
            failed |= exit.Code != 0;
        }
        End(turn, failed ? PodPhase.Failed : PodPhase.Succeeded, "", "");
        return true;
    }

    private static bool PastActiveDeadline(Turn turn)
    {
        if (turn.Desired!.Pod.Spec.ActiveDeadlineSeconds is not { } seconds || turn.Desired.Pod.Status.StartTime is not { } start) return false;
        long deadline = start.UnixSeconds + Math.Clamp(seconds, 0, int.MaxValue);
        long now = Wall.ToTime(turn.Now.Wall).UnixSeconds;
        if (now < deadline)
        {
            turn.LookAgain(turn.Now.Host + TimeSpan.FromSeconds(deadline - now));
            return false;
        }
        turn.Tell(false, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
        End(turn, PodPhase.Failed, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
        return true;
    }

    private static void End(Turn turn, string phase, string reason, string message) =>
        turn.Record = turn.Record with { Terminal = new TerminalPhase(phase, reason, message) };

    /// <summary>True when all volumes are there.</summary>
    private static bool PrepareVolumes(Turn turn)
    {
        bool all = true;
        foreach (Volume volume in turn.Desired!.Pod.Spec.Volumes)
        {
            VolumeMemory memory = turn.Memory.Volumes.GetValueOrDefault(volume.Name) ?? VolumeMemory.New;
            all &= memory.Prepared;
            if (memory.Prepared && !IsRefreshed(volume)) continue;
            if (turn.WaitsFor(memory.Prepared ? memory.RefreshAt : memory.Retry.NotBefore)) continue;
            string resource = Resources.Volume(volume.Name);
            turn.Give(resource, number => new Order.PrepareVolume(turn.Observed.Uid, number, resource, turn.Desired, volume));
        }
        return all;
    }

    private static bool IsRefreshed(Volume volume) =>
        volume.ConfigMap is not null || volume.Secret is not null || volume.Projected is not null || volume.DownwardAPI is not null;

    /// <summary>The running sandbox, or null while there is none; one that died takes the pod's containers with it.</summary>
    private static ObservedSandbox? PrepareSandbox(Turn turn)
    {
        if (turn.IsOutstanding(Resources.Sandbox)) return null;
        ObservedSandbox? sandbox = turn.Observed.Sandbox;
        if (sandbox is { Running: true }) return sandbox;
        foreach (ObservedContainer container in turn.Observed.Containers.Where(c => c.Phase == ContainerPhase.Running))
        {
            PodStop.Stop(turn, container, turn.Now.Host + DroneLimits.KillBudget, "Pod sandbox changed, it will be killed and re-created.");
        }
        if (turn.Observed.Containers.Any(c => c.Phase == ContainerPhase.Running) || turn.Memory.Outstanding.Keys.Any(IsContainer)) return null;
        if (turn.WaitsFor(turn.Memory.Sandbox.NotBefore)) return null;
        // An attempt that was ordered and never seen is ordered again under its own name; one that was seen and died gets a successor.
        int attempt = sandbox is null && turn.Record.SandboxAttempt >= 0 && turn.Record.InitializedIn < turn.Record.SandboxAttempt
            ? turn.Record.SandboxAttempt
            : turn.Record.SandboxAttempt + 1;
        if (sandbox is not null)
        {
            turn.Tell(false, "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
            string old = Resources.Remove(sandbox.RuntimeId);
            turn.Give(old, number => new Order.Remove(turn.Observed.Uid, number, old, sandbox.RuntimeId));
        }
        turn.Record = turn.Record with { SandboxAttempt = attempt };
        turn.Give(Resources.Sandbox, number => new Order.StartSandbox(turn.Observed.Uid, number, Resources.Sandbox, turn.Desired!, attempt));
        return null;
    }

    private static bool IsContainer(string resource) => resource.StartsWith("container/", StringComparison.Ordinal);

    /// <summary>True when all are done. The first that is not is started, or waited for.</summary>
    private static bool RunInitContainers(Turn turn, ObservedSandbox sandbox, bool volumes)
    {
        Pod pod = turn.Desired!.Pod;
        foreach (Container container in pod.Spec.InitContainers)
        {
            ContainerRecord record = turn.RecordOf(container.Name);
            if (RestartRule.IsSidecar(container))
            {
                Tend(turn, container, sandbox, volumes);
                if (!ReadinessRules.HasStarted(turn, container)) return false;
                continue;
            }
            bool down = record.Attempt >= 0 && record.IsDown;
            if (down && record.LastExit is { Code: 0 }) continue;
            if (down && !RestartRule.InitRestarts(RestartRule.PolicyOf(pod, container), record.LastExit?.Code ?? ExitRules.UnknownExitCode))
            {
                End(turn, PodPhase.Failed, "", $"Init container {container.Name} failed");
                return false;
            }
            if (record.Attempt < 0 || record.IsDown || !IsRunning(turn, container)) Launch(turn, container, sandbox, volumes);
            return false;
        }
        return true;
    }

    private static bool IsRunning(Turn turn, Container container) =>
        turn.Observed.Find(container.Name, turn.RecordOf(container.Name).Attempt) is { Phase: ContainerPhase.Running };

    /// <summary>One container proper: start it, keep it up, or stop what must be replaced.</summary>
    private static void Tend(Turn turn, Container container, ObservedSandbox sandbox, bool volumes)
    {
        ContainerRecord record = turn.RecordOf(container.Name);
        if (record.Attempt >= 0 && record.IsDown)
        {
            int code = record.LastExit?.Code ?? ExitRules.UnknownExitCode;
            if (RestartRule.Restarts(RestartRule.PolicyOf(turn.Desired!.Pod, container), code)) Launch(turn, container, sandbox, volumes);
            return;
        }
        ObservedContainer? current = turn.Observed.Find(container.Name, record.Attempt);
        if (current is null || current.Phase == ContainerPhase.Created)
        {
            Launch(turn, container, sandbox, volumes);
            return;
        }
        if (current.Phase == ContainerPhase.Running) KeepUp(turn, container, current);
    }

    private static void KeepUp(Turn turn, Container container, ObservedContainer current)
    {
        ContainerMemory memory = turn.MemoryOf(container.Name);
        ContainerRecord record = turn.RecordOf(container.Name);
        if (current.SpecHash != SpecHash.Of(container) && memory.StopReason is null)
        {
            memory = memory with { StopReason = $"Container {container.Name} definition changed, will be restarted" };
            turn.Set(container.Name, memory);
        }
        if (memory.StopReason is { } reason)
        {
            HostTime killBy = memory.KillBy ?? turn.Now.Host + turn.Desired!.Grace;
            turn.Set(container.Name, turn.MemoryOf(container.Name) with { KillBy = killBy });
            turn.Set(container.Name, turn.RecordOf(container.Name) with { Ready = false });
            PodStop.StopGently(turn, container, current, killBy, reason);
            return;
        }
        if (record.PostStarted != record.Attempt)
        {
            if (container.Lifecycle?.PostStart is { } hook) { RunHook(turn, container, current, HookKind.PostStart, hook, null); return; }
            turn.Set(container.Name, record with { PostStarted = record.Attempt });
        }
        ProbeRules.Run(turn, container, current);
    }

    internal static void RunHook(Turn turn, Container container, ObservedContainer current, HookKind kind, LifecycleHandler hook, HostTime? until)
    {
        string resource = Resources.Hook(container.Name, kind);
        turn.Give(resource, number => new Order.RunHook(
            turn.Observed.Uid, number, resource, container.Name, kind, hook, current.RuntimeId, ProbeRules.AddressOf(turn), PodPlanner.PortsOf(container), until));
    }

    /// <summary>Image first, then the start of the next attempt; whatever holds it back has a time to look again.</summary>
    private static void Launch(Turn turn, Container container, ObservedSandbox sandbox, bool volumes)
    {
        string resource = Resources.Container(container.Name);
        if (turn.IsOutstanding(resource)) return;
        ContainerRecord record = turn.RecordOf(container.Name);
        ContainerMemory memory = turn.MemoryOf(container.Name);
        if (record.IsDown && turn.WaitsFor(record.NotBefore)) return;
        if (memory.ImageId is not { } image)
        {
            if (turn.WaitsFor(memory.Image.NotBefore)) return;
            string about = Resources.Image(container.Name);
            turn.Give(about, number => new Order.EnsureImage(
                turn.Observed.Uid, number, about, turn.Desired!, container.Name, container.Image, ImagePolicy.Of(container)));
            return;
        }
        if (!volumes || turn.WaitsFor(memory.Start.NotBefore)) return;
        // An attempt that was ordered and never seen to exist keeps its number: its name makes the order idempotent.
        int attempt = record.IsDown ? record.Attempt + 1 : record.Attempt;
        turn.Set(container.Name, record with { Attempt = attempt, Ready = false });
        turn.Give(resource, number => new Order.StartContainer(
            turn.Observed.Uid, number, resource, turn.Desired!, container, attempt, SpecHash.Of(container), image, sandbox));
    }
}

/// <summary>When is an image to be pulled?</summary>
internal static class ImagePolicy
{
    /// <summary>The policy given, or else Always for a moving tag and IfNotPresent for a fixed one.</summary>
    public static string Of(Container container)
    {
        if (container.ImagePullPolicy.Length > 0) return container.ImagePullPolicy;
        string reference = container.Image;
        int slash = reference.LastIndexOf('/');
        string last = reference[(slash + 1)..];
        if (last.Contains('@', StringComparison.Ordinal)) return PullPolicy.IfNotPresent;
        int colon = last.LastIndexOf(':');
        return colon < 0 || last[(colon + 1)..] == "latest" ? PullPolicy.Always : PullPolicy.IfNotPresent;
    }
}
