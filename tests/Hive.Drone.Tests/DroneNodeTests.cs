using System.Collections.Immutable;
using Hive.Drone.Desired;
using Hive.Drone.Journal;
using Hive.Drone.Pods;
using Hive.Drone.Tests.Support;
using Hive.Objects;
using Xunit;

namespace Hive.Drone.Tests;

public sealed class DroneNodeTests
{
    private static readonly NodeFacts Facts = new("n1", "10.0.0.1", "sim");
    private static readonly DroneNow Now = new(new HostTime(TimeSpan.FromMinutes(1).Ticks), new WallTime(DateTime.UnixEpoch.Ticks));

    [Fact]
    public void Pod_is_on_disk_before_its_first_order()
    {
        DroneNode node = New();
        node.Step(new DroneInput.Wanted(new DesiredMessage.Complete(new Revision(5), [Pod("a")])), Now);
        node.Step(new DroneInput.Seen(1, []), Now);
        DroneReady ready = node.TakeReady();
        Assert.Contains(ready.PersistFirst, e => e is JournalEntry.Accepted);
        Assert.Contains(ready.PersistFirst, e => e is JournalEntry.Remembered { Record.SandboxAttempt: 0 });
        Assert.Contains(ready.Orders, o => o is Order.StartSandbox);
        Assert.Empty(node.TakeReady().Orders);
    }

    [Fact]
    public void Unknown_containers_are_left_alone_until_a_complete_set_names_them_not()
    {
        DroneNode node = New();
        ObservedPod stranger = Running("stranger");
        node.Step(new DroneInput.Seen(1, [stranger]), Now);
        Assert.Empty(node.TakeReady().Orders);
        node.Step(new DroneInput.Wanted(new DesiredMessage.Complete(new Revision(5), [])), Now);
        Assert.Contains(node.TakeReady().Orders, o => o is Order.StopContainer { RuntimeId: "c" });
    }

    [Fact]
    public void Complete_set_older_than_what_was_reached_is_refused_loudly()
    {
        var state = new JournalState();
        state.Apply(new JournalEntry.Accepted(Pod("a")));
        state.Apply(new JournalEntry.Reached(new Revision(50)));
        var node = new DroneNode(Facts, state, null, Now);
        node.Step(new DroneInput.Seen(1, [Running("a")]), Now);
        node.Step(new DroneInput.Wanted(new DesiredMessage.Complete(new Revision(49), [])), Now);
        DroneReady ready = node.TakeReady();
        Assert.Contains(ready.Notices, n => n.StartsWith("refused", StringComparison.Ordinal));
        Assert.DoesNotContain(ready.Orders, o => o is Order.StopContainer);
    }

    [Fact]
    public void Absence_from_a_delta_removes_nothing()
    {
        DroneNode node = New();
        node.Step(new DroneInput.Wanted(new DesiredMessage.Complete(new Revision(5), [Pod("a")])), Now);
        node.Step(new DroneInput.Wanted(new DesiredMessage.Delta(new Revision(5), new Revision(6), [Pod("b")], [])), Now);
        Assert.Equal(["a", "b"], node.Pods.Select(p => p.Uid.Value));
        node.Step(new DroneInput.Wanted(new DesiredMessage.Delta(new Revision(4), new Revision(9), [], [new PodUid("a")])), Now);
        Assert.Contains(node.TakeReady().Notices, n => n.Contains("does not follow", StringComparison.Ordinal));
    }

    /// <summary>Told to run "u", a unique pod, and "v", under a session of four seconds.</summary>
    private static DroneNode WithUniquePodAndAnother()
    {
        DroneNode node = New();
        DesiredPod unique = Pod("u");
        unique = unique with { Pod = unique.Pod with { Metadata = unique.Pod.Metadata with { Annotations = StringMap.Of(("hive.io/unique", "true")) } } };
        node.Step(new DroneInput.SessionOpened(new LeaseId(7)), Now);
        DroneReady first = node.TakeReady();
        node.Step(new DroneInput.Renewed(first.Renew!.Value.Sequence, TimeSpan.FromSeconds(4)), Now);
        node.Step(new DroneInput.Wanted(new DesiredMessage.Complete(new Revision(5), [unique, Pod("v")])), Now);
        return node;
    }

    [Fact]
    public void Unique_pod_is_stopped_at_the_deadline_and_only_it()
    {
        DroneNode node = WithUniquePodAndAnother();
        node.Step(new DroneInput.Seen(1, [Running("u"), Running("v")]), Now);
        Assert.DoesNotContain(node.TakeReady().Orders, o => o is Order.StopContainer);
        DroneNow before = After(TimeSpan.FromSeconds(3.99));
        node.Step(new DroneInput.Tick(), before);
        Assert.DoesNotContain(node.TakeReady().Orders, o => o is Order.StopContainer);
        DroneNow after = After(TimeSpan.FromSeconds(3.996));
        node.Step(new DroneInput.Tick(), after);
        DroneReady fenced = node.TakeReady();
        var stop = Assert.IsType<Order.StopContainer>(Assert.Single(fenced.Orders, o => o is Order.StopContainer));
        Assert.Equal(("u", after.Host + DroneLimits.KillBudget), (stop.Pod.Value, stop.KillAt));
    }

    [Fact]
    public void Order_to_start_a_unique_pod_is_good_for_as_long_as_the_session_it_was_given_under_and_no_longer()
    {
        DroneNode node = WithUniquePodAndAnother();
        node.Step(new DroneInput.Seen(1, []), Now);

        Order.StartContainer[] starts = [.. OrdersUntilStarts(node, 2)];

        Assert.Equal(node.SessionDeadline, starts.Single(s => s.Pod.Value == "u").StartBefore);
        Assert.NotNull(node.SessionDeadline);
        Assert.Null(starts.Single(s => s.Pod.Value == "v").StartBefore);
    }

    [Fact]
    public void Status_is_sent_again_after_a_conflict_and_not_after_a_commit()
    {
        DroneNode node = New();
        node.Step(new DroneInput.SessionOpened(new LeaseId(7)), Now);
        node.Step(new DroneInput.Wanted(new DesiredMessage.Complete(new Revision(5), [Pod("a")])), Now);
        node.Step(new DroneInput.Seen(1, []), Now);
        StatusBatch first = node.TakeReady().Report!;
        Assert.Null(node.TakeReady().Report);
        node.Step(new DroneInput.Reported(first.Number, [new ReportOutcome(new PodUid("a"), ReportFate.Conflict)]), Now);
        StatusBatch second = node.TakeReady().Report!;
        node.Step(new DroneInput.Reported(second.Number, [new ReportOutcome(new PodUid("a"), ReportFate.Committed)]), Now);
        Assert.Null(node.TakeReady().Report);
    }

    [Fact]
    public void Pod_that_somebodys_finalizer_still_holds_is_not_taken_up_again()
    {
        DroneNode node = New();
        DesiredPod pod = Pod("a");
        pod = pod with { Pod = pod.Pod with { Metadata = pod.Pod.Metadata with { DeletionTimestamp = new Time(1), Finalizers = ["x/y"] } } };
        node.Step(new DroneInput.SessionOpened(new LeaseId(7)), Now);
        node.Step(new DroneInput.Wanted(new DesiredMessage.Complete(new Revision(5), [pod])), Now);
        node.Step(new DroneInput.Seen(1, []), Now);
        StatusBatch batch = node.TakeReady().Report!;
        Assert.True(batch.Pods[0].Removed);
        node.Step(new DroneInput.Reported(batch.Number, [new ReportOutcome(pod.Uid, ReportFate.Committed)]), Now);
        var clean = Assert.IsType<Order.CleanUp>(Assert.Single(node.TakeReady().Orders));
        node.Step(new DroneInput.Done(clean, OrderOutcome.Done, 2), Now);
        node.Step(new DroneInput.Seen(3, []), Now);
        Assert.Contains(node.TakeReady().PersistFirst, e => e is JournalEntry.Forgotten);
        node.Step(new DroneInput.Wanted(new DesiredMessage.Delta(new Revision(5), new Revision(6), [pod with { At = new Revision(6) }], [])), Now);
        Assert.Empty(node.Pods);
        Assert.Null(node.TakeReady().Report);
    }

    /// <summary>Carries all else out until so many containers are to be started.</summary>
    private static List<Order.StartContainer> OrdersUntilStarts(DroneNode node, int wanted)
    {
        var starts = new List<Order.StartContainer>();
        var sandboxes = new SortedDictionary<string, ObservedPod>(StringComparer.Ordinal);
        for (long asOf = 2; starts.Count < wanted; asOf++)
        {
            Assert.True(asOf < 20, "the starts do not come");
            foreach (Order order in node.TakeReady().Orders)
            {
                if (order is Order.StartContainer start)
                {
                    starts.Add(start);
                    continue;
                }
                if (order is Order.StartSandbox) sandboxes[order.Pod.Value] = new ObservedPod(order.Pod, "default", order.Pod.Value, 0, new ObservedSandbox("s", true, "10.1.1.1", 0), []);
                node.Step(new DroneInput.Done(order, order is Order.EnsureImage ? OrderOutcome.Done with { Value = "sha256:1" } : OrderOutcome.Done, asOf), Now);
            }
            node.Step(new DroneInput.Seen(asOf, [.. sandboxes.Values]), Now);
        }
        return starts;
    }

    private static DroneNode New() => new(Facts, new JournalState(), null, Now);
    private static DroneNow After(TimeSpan span) => new(Now.Host + span, Now.Wall);

    private static DesiredPod Pod(string uid)
    {
        Pod pod = TestPods.Of(uid, [new Container { Name = "main", Image = "x:1" }]);
        return new DesiredPod(new PodUid(uid), pod with { Metadata = pod.Metadata with { Uid = uid } }, new Revision(3));
    }

    private static ObservedPod Running(string uid) => new(new PodUid(uid), "default", uid, 0, new ObservedSandbox("s", true, "10.1.1.1", 0),
        ImmutableArray.Create(new ObservedContainer("main", "c", 0, SpecHash.Of(new Container { Name = "main", Image = "x:1" }), ContainerPhase.Running)));
}
