using System.Collections.Immutable;
using Hive.Drone.Desired;

namespace Hive.Drone.Pods;

/// <summary>The desk of one planning turn: the memory as it changes, the orders and events given so far. Lives only inside the planner.</summary>
internal sealed class Turn(DesiredPod? desired, ObservedPod observed, PodMemory memory, NodeFacts node, DroneNow now)
{
    private readonly ImmutableArray<Order>.Builder _orders = ImmutableArray.CreateBuilder<Order>();
    private readonly ImmutableArray<PodEvent>.Builder _events = ImmutableArray.CreateBuilder<PodEvent>();

    public DesiredPod? Desired => desired;
    public ObservedPod Observed => observed;
    public NodeFacts Node => node;
    public DroneNow Now => now;
    public PodMemory Memory { get; set; } = memory;
    public HostTime? LookAgainAt { get; private set; }

    public PodRecord Record
    {
        get => Memory.Record;
        set
        {
            if (!value.Equals(Memory.Record)) Memory = Memory with { Record = value };
        }
    }

    public ContainerRecord RecordOf(string container) => Record.Of(container);
    public ContainerMemory MemoryOf(string container) => Memory.Of(container);

    public void Set(string container, ContainerRecord value)
    {
        if (!value.Equals(Record.Of(container))) Record = Record with { Containers = Record.Containers.SetItem(container, value) };
    }

    public void Set(string container, ContainerMemory value)
    {
        if (!value.Equals(Memory.Of(container))) Memory = Memory with { Containers = Memory.Containers.SetItem(container, value) };
    }

    public bool IsOutstanding(string resource) => Memory.Outstanding.ContainsKey(resource);

    /// <summary>Gives an order unless one is outstanding for the resource. The order is made with its number.</summary>
    public bool Give(string resource, Func<long, Order> make)
    {
        if (IsOutstanding(resource)) return false;
        long number = Memory.LastOrder + 1;
        Memory = Memory with { LastOrder = number, Outstanding = Memory.Outstanding.Add(resource, number) };
        _orders.Add(make(number));
        return true;
    }

    public void Tell(bool warning, string reason, string message, string container = "")
    {
        if (desired is not null) _events.Add(new PodEvent(desired, warning, reason, message, container));
    }

    /// <summary>Asks to be called again at a time, at the latest.</summary>
    public void LookAgain(HostTime at) => LookAgainAt = HostTime.Earlier(LookAgainAt, at);

    /// <summary>True while a time has not come; asks to be called then.</summary>
    public bool WaitsFor(HostTime? notBefore)
    {
        if (notBefore is not { } time || now.Host >= time) return false;
        LookAgain(time);
        return true;
    }

    public PodPlan End(Hive.Objects.PodStatus? status) => new(Memory, _orders.ToImmutable(), _events.ToImmutable(), status, LookAgainAt);
}

/// <summary>The names under which orders exclude one another.</summary>
internal static class Resources
{
    public const string Sandbox = "sandbox";
    public const string CleanUp = "cleanup";
    public static string Container(string name) => $"container/{name}";
    public static string Kill(string runtimeId) => $"kill/{runtimeId}";
    public static string Image(string container) => $"image/{container}";
    public static string Volume(string name) => $"volume/{name}";
    public static string Remove(string runtimeId) => $"remove/{runtimeId}";
    public static string Hook(string container, HookKind kind) => $"hook/{container}/{kind}";
    public static string Probe(string container, ProbeKind kind) => $"probe/{container}/{kind}";
}
