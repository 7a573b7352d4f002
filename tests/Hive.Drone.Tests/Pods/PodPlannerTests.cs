using System.Collections.Immutable;
using Hive.Drone.Desired;
using Hive.Drone.Pods;
using Hive.Drone.Tests.Support;
using Hive.Objects;
using Xunit;

namespace Hive.Drone.Tests.Pods;

public sealed class PodPlannerTests
{
    private static readonly NodeFacts Node = new("n1", "10.0.0.1", "sim");
    private static readonly DroneNow Now = new(new HostTime(TimeSpan.FromMinutes(1).Ticks), new WallTime(DateTime.UnixEpoch.Ticks));

    private static Pod Pod(string restart = "Always") => TestPods.Of("p",
    [
        new Container
        {
            Name = "a", Image = "x:1", LivenessProbe = new Probe { TcpSocket = new TCPSocketAction { Port = 1 }, PeriodSeconds = 5, FailureThreshold = 2 },
            ReadinessProbe = new Probe { TcpSocket = new TCPSocketAction { Port = 1 }, PeriodSeconds = 2 },
            Lifecycle = new Lifecycle { PreStop = new LifecycleHandler { Sleep = new SleepAction { Seconds = 1 } }, PostStart = new LifecycleHandler { Sleep = new SleepAction() } },
        },
        new Container { Name = "b", Image = "x:1" },
    ], restart) with
    { Status = new PodStatus() };

    private static Pod WithInit(Pod pod) => pod with
    {
        Spec = pod.Spec with
        {
            InitContainers = [new Container { Name = "init1", Image = "x:1" }, new Container { Name = "init2", Image = "x:1" }],
            Volumes = [new Volume { Name = "v", EmptyDir = new EmptyDirVolumeSource() }],
        },
    };

    [Theory]
    [InlineData("Always")]
    [InlineData("OnFailure")]
    [InlineData("Never")]
    public void Planner_is_total_idempotent_and_gives_no_order_twice_whatever_the_world_does(string restart)
    {
        for (int seed = 0; seed < 80; seed++)
        {
            var world = new PlannerWorld(seed, WithInit(Pod(restart)));
            for (int step = 0; step < 100; step++) world.Step();
            Assert.InRange(world.MostAtOnce, 0, 1);
        }
    }

    [Fact]
    public void Healed_world_comes_to_a_ready_pod_whose_init_containers_ran_in_order()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var world = new PlannerWorld(seed, WithInit(Pod()));
            for (int step = 0; step < seed % 60; step++) world.Step();
            world.Calm = true;
            for (int step = 0; step < 1000 && !Ready(world); step++) world.Step();
            Assert.True(Ready(world), $"seed {seed}: {HiveJsonText(world.Status)}");
            int last = world.InitOrder.LastIndexOf("init2");
            Assert.True(last > 0 && world.InitOrder.Take(last).Contains("init1"), $"seed {seed}");
        }
    }

    [Fact]
    public void Deleted_pod_leaves_nothing_behind_however_it_was_deleted()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var world = new PlannerWorld(seed, WithInit(Pod()));
            for (int step = 0; step < seed % 50; step++) world.Step();
            if (seed % 2 == 0) world.Delete(seed % 7);
            else world.Wanted = false;
            world.Calm = seed % 3 != 0;
            for (int step = 0; step < 400 && world.Memory.Record.Stage != PodStage.Cleaned; step++) world.Step();
            Assert.Equal(PodStage.Cleaned, world.Memory.Record.Stage);
            Assert.False(world.AnythingRuns);
        }
    }

    [Fact]
    public void Observation_older_than_the_last_result_is_not_planned_on()
    {
        DesiredPod desired = Desired(Pod());
        ObservedPod nothing = ObservedPod.Absent(desired.Uid, "default", "p", 1);
        PodPlan first = PodPlanner.Plan(desired, true, nothing, PodMemory.New, Node, Now);
        Order start = Assert.Single(first.Orders);
        PodMemory after = PodPlanner.Settle(desired, nothing, first.Memory, start, OrderOutcome.Done, 9, Node, Now).Memory;
        Assert.Empty(PodPlanner.Plan(desired, true, nothing with { AsOf = 8 }, after, Node, Now).Orders);
        ObservedPod seen = nothing with { AsOf = 10, Sandbox = new ObservedSandbox("s0", true, "10.1.1.1", 0) };
        Assert.Contains(PodPlanner.Plan(desired, true, seen, after, Node, Now).Orders, o => o is Order.EnsureImage);
    }

    [Fact]
    public void Answer_to_an_order_of_yesterday_changes_nothing()
    {
        DesiredPod desired = Desired(Pod());
        ObservedPod nothing = ObservedPod.Absent(desired.Uid, "default", "p", 1);
        PodPlan plan = PodPlanner.Plan(desired, true, nothing, PodMemory.New, Node, Now);
        Order stale = plan.Orders[0] with { Number = 77 };
        Assert.Same(plan.Memory, PodPlanner.Settle(desired, nothing, plan.Memory, stale, OrderOutcome.Done, 9, Node, Now).Memory);
    }

    [Fact]
    public void Pod_is_pending_until_its_container_is_seen_to_have_started()
    {
        Pod pod = TestPods.Of("p", [new Container { Name = "a", Image = "x:1" }]);
        DesiredPod desired = Desired(pod);
        ObservedPod Looks(ContainerPhase phase, long asOf) => new(desired.Uid, "default", "p", asOf, new ObservedSandbox("s", true, "10.1.1.1", 0),
            [new ObservedContainer("a", "a-0", 0, SpecHash.Of(pod.Spec.Containers[0]), phase)]);
        PodMemory memory = PodMemory.New with { Record = PodRecord.New with { SandboxAttempt = 0, InitializedIn = 0, Stage = PodStage.Running } };
        PodPlan made = PodPlanner.Plan(desired, true, Looks(ContainerPhase.Created, 5), memory, Node, Now);
        Assert.Equal((PodPhase.Pending, "ContainerCreating"), (made.Status!.Phase, made.Status.ContainerStatuses[0].State.Waiting?.Reason));
        var started = new ContainerRecord { Attempt = 0, Seen = 0 };
        PodMemory answered = made.Memory with { TrustFrom = 6, Record = made.Memory.Record with { Containers = made.Memory.Record.Containers.SetItem("a", started) } };
        Assert.Equal(PodPhase.Pending, PodPlanner.Plan(desired, true, Looks(ContainerPhase.Created, 5), answered, Node, Now).Status!.Phase);
        PodPlan begun = PodPlanner.Plan(desired, true, Looks(ContainerPhase.Running, 6), answered, Node, Now);
        Assert.Equal(PodPhase.Running, begun.Status!.Phase);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(5, 160)]
    [InlineData(6, 300)]
    [InlineData(60, 300)]
    public void Restart_pauses_double_from_ten_seconds_to_five_minutes(int level, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), BackOff.Restart(level));

    [Fact]
    public void Container_that_ran_ten_minutes_is_restarted_with_a_clean_slate()
    {
        Pod pod = TestPods.Of("p", [new Container { Name = "a", Image = "x:1" }]);
        DesiredPod desired = Desired(pod);
        var record = new ContainerRecord { Attempt = 4, Seen = 4, Settled = 3, FailureLevel = 6 };
        PodMemory memory = PodMemory.New with { Record = PodRecord.New with { Containers = PodRecord.New.Containers.Add("a", record), SandboxAttempt = 0, InitializedIn = 0, Stage = PodStage.Running } };
        ObservedPod Ended(TimeSpan ran) => new(desired.Uid, "default", "p", 5, new ObservedSandbox("s", true, "10.1.1.1", 0),
        [
            new ObservedContainer("a", "a-4", 4, SpecHash.Of(pod.Spec.Containers[0]), ContainerPhase.Exited, 1,
                StartedAt: new WallTime(DateTime.UnixEpoch.Ticks), FinishedAt: new WallTime(DateTime.UnixEpoch.Ticks + ran.Ticks)),
        ]);
        PodMemory quick = PodPlanner.Plan(desired, true, Ended(TimeSpan.FromMinutes(9)), memory, Node, Now).Memory;
        PodMemory slow = PodPlanner.Plan(desired, true, Ended(TimeSpan.FromMinutes(10)), memory, Node, Now).Memory;
        Assert.Equal(Now.Host + TimeSpan.FromSeconds(300), quick.Record.Of("a").NotBefore);
        Assert.Equal(Now.Host, slow.Record.Of("a").NotBefore);
    }

    [Fact]
    public void Later_wish_may_shorten_the_grace_and_never_lengthen_it()
    {
        HostTime now = Now.Host;
        HostTime first = GracePeriod.KillBy(null, now, TimeSpan.FromSeconds(30));
        Assert.Equal(now + TimeSpan.FromSeconds(30), first);
        Assert.Equal(first, GracePeriod.KillBy(first, now + TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)));
        Assert.Equal(now + TimeSpan.FromSeconds(1), GracePeriod.KillBy(first, now + TimeSpan.FromSeconds(1), TimeSpan.Zero));
    }

    [Theory]
    [InlineData("Succeeded", "Running", "Succeeded")]
    [InlineData("Failed", "Pending", "Failed")]
    [InlineData("Running", "Pending", "Running")]
    [InlineData("Pending", "Running", "Running")]
    [InlineData("Running", "Failed", "Failed")]
    public void Phase_moves_only_forward(string before, string wanted, string shown) => Assert.Equal(shown, Drone.Status.PhaseRules.Next(before, wanted));

    private static DesiredPod Desired(Pod pod) => new(new PodUid("u1"), pod, new Revision(3));
    private static bool Ready(PlannerWorld world) => world.Status.Conditions.Any(c => c.Type == "Ready" && c.Status == "True");
    private static string HiveJsonText(PodStatus status) => System.Text.Encoding.UTF8.GetString(HiveJson.Write(status));
}
