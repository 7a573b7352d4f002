using System.Collections.Immutable;
using Hive.Drone.Desired;
using Hive.Drone.Pods;
using Hive.Objects;

namespace Hive.Drone.Tests.Pods;

/// <summary>
/// One pod under the real planner, with a runtime, volumes and probes that a seed decides: slow, failing, losing containers. It keeps the truth and checks
/// what must hold at every step.
/// </summary>
internal sealed class PlannerWorld
{
    private static readonly NodeFacts Node = new("n1", "10.0.0.1", "sim");
    private readonly Random _random;
    private readonly List<Order> _orders = [];
    private readonly SortedDictionary<string, ObservedContainer> _containers = new(StringComparer.Ordinal);
    private ObservedSandbox? _sandbox;
    private long _moment;
    private DesiredPod _desired;
    private PodMemory _memory = PodMemory.New;
    private PodStatus _status = new();

    public PlannerWorld(int seed, Pod pod)
    {
        _random = new Random(seed);
        _desired = new DesiredPod(new PodUid("u1"), pod, new Revision(5));
    }

    public HostTime Now { get; private set; } = new(TimeSpan.FromMinutes(5).Ticks);
    public PodMemory Memory => _memory;
    public PodStatus Status => _status;
    public bool Wanted { get; set; } = true;
    public bool Calm { get; set; }
    public bool AnythingRuns => _containers.Values.Any(c => c.Phase == ContainerPhase.Running);

    /// <summary>Most containers that ever ran at once under one name.</summary>
    public int MostAtOnce { get; private set; }
    public List<string> InitOrder { get; } = [];

    public void Delete(long grace) => _desired = _desired with
    {
        Pod = _desired.Pod with { Metadata = _desired.Pod.Metadata with { DeletionTimestamp = new Time(1), DeletionGracePeriodSeconds = grace } },
    };

    /// <summary>One thing happens: time passes, a container ends, an order is answered.</summary>
    public void Step()
    {
        Now += TimeSpan.FromMilliseconds(_random.Next(1, Calm ? 2000 : 4000));
        if (!Calm && _random.Next(12) == 0) EndOne(_random.Next(4) == 0 ? 0 : _random.Next(1, 200));
        if (!Calm && _random.Next(60) == 0) LoseOne();
        if (!Calm && _random.Next(80) == 0 && _sandbox is not null) _sandbox = _sandbox with { Running = false };
        ObservedPod stale = Observe();
        while (_orders.Count > 0 && (Calm || _random.Next(3) != 0)) Answer();
        if (_random.Next(4) == 0)
        {
            PodMemory before = _memory;
            Turn(stale);
            if (stale.AsOf < before.TrustFrom) Assert.Same(before, _memory);
        }
        Turn(Observe());
        if (_memory.Record.Stage >= PodStage.Stopped && _desired.Deleting) _memory = _memory with { Released = true };
    }

    private ObservedPod Observe() => new(_desired.Uid, "default", _desired.Name, ++_moment, _sandbox, [.. _containers.Values]);

    private void Turn(ObservedPod observed)
    {
        var now = new DroneNow(Now, new WallTime(DateTime.UnixEpoch.Ticks + Now.Ticks));
        PodMemory before = _memory;
        PodPlan plan = PodPlanner.Plan(_desired, Wanted, observed, _memory, Node, now);
        PodPlan again = PodPlanner.Plan(_desired, Wanted, observed, plan.Memory, Node, now);
        Assert.Empty(again.Orders);
        PodPlan same = PodPlanner.Plan(_desired, Wanted, observed, before, Node, now);
        Assert.Equal(plan.Orders.Select(o => (o.Resource, o.Number)), same.Orders.Select(o => (o.Resource, o.Number)));
        foreach (Order order in plan.Orders)
        {
            Assert.DoesNotContain(_orders, o => o.Resource == order.Resource);
            _orders.Add(order);
        }
        _memory = plan.Memory;
        if (plan.Status is { } status)
        {
            CheckTransition(_status, status);
            _status = status;
            _desired = _desired with { Pod = _desired.Pod with { Status = status } };
        }
    }

    private static void CheckTransition(PodStatus before, PodStatus after)
    {
        if (before.Phase is "Succeeded" or "Failed") Assert.Equal(before.Phase, after.Phase);
        if (before.Phase == "Running") Assert.NotEqual("Pending", after.Phase);
        foreach (ContainerStatus old in before.ContainerStatuses)
        {
            ContainerStatus now = after.ContainerStatuses.Single(c => c.Name == old.Name);
            Assert.True(now.RestartCount >= old.RestartCount, "a restart count fell");
        }
        foreach (ContainerStatus shown in after.ContainerStatuses)
        {
            int states = (shown.State.Waiting is null ? 0 : 1) + (shown.State.Running is null ? 0 : 1) + (shown.State.Terminated is null ? 0 : 1);
            Assert.Equal(1, states);
            Assert.True(!shown.Ready || shown.State.Running is not null, "ready, and does not run");
        }
        bool ready = after.Conditions.Single(c => c.Type == "Ready").Status == "True";
        Assert.True(!ready || after.ContainerStatuses.All(c => c.Ready), "a pod is ready whose container is not");
    }

    private void Answer()
    {
        Order order = _orders[_random.Next(_orders.Count)];
        _orders.Remove(order);
        OrderOutcome outcome = !Calm && _random.Next(6) == 0 && order is not (Order.Remove or Order.StopContainer)
            ? _random.Next(2) == 0 ? OrderOutcome.Retry("Test", "not now") : OrderOutcome.Refused("Test", "no")
            : CarryOut(order);
        var now = new DroneNow(Now, new WallTime(DateTime.UnixEpoch.Ticks + Now.Ticks));
        _memory = PodPlanner.Settle(_desired, Observe(), _memory, order, outcome, ++_moment, Node, now).Memory;
        PodMemory once = _memory;
        Assert.Same(once, PodPlanner.Settle(_desired, Observe(), _memory, order, outcome, ++_moment, Node, now).Memory);
    }

    private OrderOutcome CarryOut(Order order)
    {
        switch (order)
        {
            case Order.EnsureImage: return new OrderOutcome(OrderResult.Done, Value: "sha256:1");
            case Order.StartSandbox start: _sandbox = new ObservedSandbox($"s{start.Attempt}", true, "10.9.9.9", start.Attempt); break;
            case Order.StopSandbox: _sandbox = _sandbox is null ? null : _sandbox with { Running = false }; break;
            case Order.StartContainer start: Start(start); break;
            case Order.StopContainer stop: End(_containers.Values.FirstOrDefault(c => c.RuntimeId == stop.RuntimeId), 143); break;
            case Order.Remove remove:
                if (_sandbox?.RuntimeId == remove.RuntimeId) _sandbox = null;
                _containers.Remove(remove.RuntimeId);
                break;
        }
        return OrderOutcome.Done;
    }

    private void Start(Order.StartContainer start)
    {
        string id = $"{start.Container.Name}-{start.Attempt}";
        // The name makes a second start of one attempt find the first.
        if (_containers.ContainsKey(id)) return;
        if (start.Of.Pod.Spec.InitContainers.Any(c => c.Name == start.Container.Name)) InitOrder.Add(start.Container.Name);
        Assert.Equal(_sandbox?.RuntimeId, start.Sandbox.RuntimeId);
        _containers[id] = new ObservedContainer(start.Container.Name, id, start.Attempt, start.SpecHash, ContainerPhase.Running, StartedAt: new WallTime(DateTime.UnixEpoch.Ticks + Now.Ticks));
        MostAtOnce = Math.Max(MostAtOnce, _containers.Values.Count(c => c.Name == start.Container.Name && c.Phase == ContainerPhase.Running));
        // Init containers end by themselves.
        if (start.Container.Name.StartsWith("init", StringComparison.Ordinal)) End(_containers[id], Calm ? 0 : _random.Next(3) == 0 ? 1 : 0);
    }

    private void EndOne(int code) => End(_containers.Values.Where(c => c.Phase == ContainerPhase.Running).OrderBy(_ => _random.Next()).FirstOrDefault(), code);

    private void End(ObservedContainer? container, int code)
    {
        if (container is not { Phase: ContainerPhase.Running }) return;
        _containers[container.RuntimeId] = container with { Phase = ContainerPhase.Exited, ExitCode = code, FinishedAt = new WallTime(DateTime.UnixEpoch.Ticks + Now.Ticks) };
    }

    private void LoseOne()
    {
        string? name = _containers.Keys.OrderBy(_ => _random.Next()).FirstOrDefault();
        if (name is not null) _containers.Remove(name);
    }

    private static class Assert
    {
        public static void Empty(ImmutableArray<Order> orders) => Xunit.Assert.Empty(orders);
        public static void Equal<T>(T expected, T actual) => Xunit.Assert.Equal(expected, actual);
        public static void NotEqual<T>(T expected, T actual) => Xunit.Assert.NotEqual(expected, actual);
        public static void Equal<T>(IEnumerable<T> expected, IEnumerable<T> actual) => Xunit.Assert.Equal(expected, actual);
        public static void DoesNotContain(IEnumerable<Order> orders, Predicate<Order> predicate) => Xunit.Assert.DoesNotContain(orders, predicate);
        public static void Same(object expected, object actual) => Xunit.Assert.Same(expected, actual);
        public static void True(bool condition, string words) => Xunit.Assert.True(condition, words);
    }
}
