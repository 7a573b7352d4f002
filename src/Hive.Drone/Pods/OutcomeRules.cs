using Hive.Objects;

namespace Hive.Drone.Pods;

/// <summary>What the answer to each kind of order changes in the memory.</summary>
internal static class OutcomeRules
{
    public static void Image(Turn turn, Order.EnsureImage order, OrderOutcome outcome)
    {
        ContainerMemory memory = turn.MemoryOf(order.Container);
        if (outcome.Result == OrderResult.Done)
        {
            turn.Set(order.Container, memory with { ImageId = outcome.Value, Image = default, WaitingReason = "", WaitingMessage = "" });
            if (outcome.Message.Length > 0) turn.Tell(false, "Pulled", outcome.Message, order.Container);
            return;
        }
        Retry retry = memory.Image.Failed(turn.Now.Host, outcome.Reason == ImageReasons.NeverPull ? BackOff.Retry : BackOff.Image);
        turn.Set(order.Container, memory with { ImageId = null, Image = retry, WaitingReason = outcome.Reason, WaitingMessage = outcome.Message });
        turn.Tell(true, "Failed", outcome.Reason == ImageReasons.NeverPull
            ? $"Container image \"{order.Reference}\" is not present with pull policy of Never"
            : $"Failed to pull image \"{order.Reference}\": {outcome.Message}", order.Container);
        turn.Tell(true, "Failed", $"Error: {outcome.Reason}", order.Container);
        if (outcome.Reason != ImageReasons.NeverPull) turn.Tell(false, "BackOff", $"Back-off pulling image \"{order.Reference}\"", order.Container);
    }

    public static void Volume(Turn turn, Order.PrepareVolume order, OrderOutcome outcome)
    {
        VolumeMemory memory = turn.Memory.Volumes.GetValueOrDefault(order.Volume.Name) ?? VolumeMemory.New;
        if (outcome.Result == OrderResult.Done)
        {
            memory = new VolumeMemory(true, default, turn.Now.Host + DroneLimits.VolumeRefresh, "");
        }
        else
        {
            bool refresh = memory.Prepared;
            Retry retry = memory.Retry.Failed(turn.Now.Host, BackOff.Retry);
            memory = memory with { Retry = retry, RefreshAt = refresh ? turn.Now.Host + DroneLimits.VolumeRefresh : null, Problem = outcome.Message };
            if (!refresh) turn.Tell(true, "FailedMount", $"MountVolume.SetUp failed for volume \"{order.Volume.Name}\" : {outcome.Message}");
        }
        turn.Memory = turn.Memory with { Volumes = turn.Memory.Volumes.SetItem(order.Volume.Name, memory) };
    }

    public static void Sandbox(Turn turn, Order.StartSandbox order, OrderOutcome outcome)
    {
        if (outcome.Result == OrderResult.Done)
        {
            turn.Memory = turn.Memory with { Sandbox = default };
            return;
        }
        turn.Memory = turn.Memory with { Sandbox = turn.Memory.Sandbox.Failed(turn.Now.Host, BackOff.Retry) };
        turn.Tell(true, "FailedCreatePodSandBox", $"Failed to create pod sandbox: {outcome.Message}");
    }

    public static void Started(Turn turn, Order.StartContainer order, OrderOutcome outcome)
    {
        string name = order.Container.Name;
        ContainerMemory memory = turn.MemoryOf(name);
        switch (outcome.Result)
        {
            case OrderResult.Done:
                turn.Set(name, turn.RecordOf(name) with { Seen = order.Attempt });
                turn.Set(name, ContainerMemory.New with { ImageId = memory.ImageId, RunningSince = turn.Now.Host });
                turn.Tell(false, "Created", $"Created container: {name}", name);
                turn.Tell(false, "Started", $"Started container {name}", name);
                break;
            case OrderResult.Retry:
                turn.Set(name, memory with { WaitingReason = outcome.Reason, WaitingMessage = outcome.Message, Start = memory.Start.Failed(turn.Now.Host, BackOff.Retry) });
                turn.Tell(true, "Failed", $"Error: {outcome.Message}", name);
                break;
            default:
                turn.Tell(true, "Failed", $"Error: {outcome.Message}", name);
                ExitRules.End(turn, order.Container, new ExitRecord(
                    outcome.ExitCode == 0 ? 128 : outcome.ExitCode, 0, "ContainerCannotRun", outcome.Message, turn.Now.Wall, turn.Now.Wall, ""));
                break;
        }
    }

    public static void Hook(Turn turn, Order.RunHook order, OrderOutcome outcome)
    {
        ContainerMemory memory = turn.MemoryOf(order.Container);
        ContainerRecord record = turn.RecordOf(order.Container);
        if (order.Kind == HookKind.PreStop)
        {
            turn.Set(order.Container, memory with { PreStopDone = true });
            if (outcome.Result != OrderResult.Done) turn.Tell(true, "FailedPreStopHook", $"PreStopHook failed: {outcome.Message}", order.Container);
            return;
        }
        turn.Set(order.Container, record with { PostStarted = record.Attempt });
        if (outcome.Result == OrderResult.Done) return;
        turn.Tell(true, "FailedPostStartHook", $"PostStartHook failed: {outcome.Message}", order.Container);
        turn.Set(order.Container, memory with { StopReason = $"Container {order.Container} failed its PostStartHook, will be restarted if the policy says so" });
    }

    public static void Removed(Turn turn, OrderOutcome outcome) =>
        turn.Memory = turn.Memory with { Removal = outcome.Result == OrderResult.Done ? default : turn.Memory.Removal.Failed(turn.Now.Host, BackOff.Retry) };
}

/// <summary>Why an image is not here.</summary>
public static class ImageReasons
{
    public const string Pull = "ErrImagePull";
    public const string BackOff = "ImagePullBackOff";
    public const string NeverPull = "ErrImageNeverPull";
    public const string InvalidName = "InvalidImageName";
}
