using System.Collections.Immutable;
using Hive.Control.Controllers;
using Hive.Store;

namespace Hive.Control.Tests;

/// <summary>
/// Laws that hold for every controller, over worlds that random users, drones and accidents have made. Fixpoint: what a plan made so is
/// left alone. Wake: whatever would have something to do was woken by the change that gave it to do. Purity: asked twice, the same answer.
/// </summary>
public sealed class ControllerLawsTests
{
    private const int Worlds = 2;
    private const int Steps = 40;

    /// <summary>Looks needed until a plan is empty: one, but for those that take a job in steps.</summary>
    private static int LooksNeeded(IController controller) => controller is DeploymentController ? 6 : controller is NamespaceController ? 3 : 1;

    public static TheoryData<string> Names => [.. Standard().Where(controller => controller is not IBatchController and not EventExpiryController).Select(controller => controller.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Plan_leaves_nothing_to_do_for_the_same_key_at_the_same_time(string name)
    {
        for (int seed = 0; seed < Worlds; seed++)
        {
            var controller = Standard().Single(one => one.Name == name);
            var cluster = Cluster.Leading();
            var actions = new WorldActions(cluster, seed);
            for (int step = 0; step < Steps; step++)
            {
                // The rest of the control plane makes the world a likely one, now and then.
                actions.Step();
                if (step % 7 == 0) cluster.Settle();
                foreach (var key in Universe(controller, cluster)) Settle(controller, cluster, key, LooksNeeded(controller), $"seed {seed}, step {step}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Change_wakes_every_key_that_has_something_to_do_after_it(string name)
    {
        for (int seed = 100; seed < 100 + Worlds; seed++)
        {
            var controller = Standard().Single(one => one.Name == name);
            var cluster = Cluster.Leading();
            var changes = new List<Change>();
            var recorder = new Recorder(changes);
            var watching = new Cluster(null, recorder);
            cluster.Store.Changed += revision => watching.Node.Model.Apply(revision).ForEach(changes.Add);
            var actions = new WorldActions(cluster, seed);
            var pending = new SortedSet<ObjectKey>();
            for (int step = 0; step < Steps; step++)
            {
                changes.Clear();
                string what = actions.Step();
                if (what == "time passes") pending.UnionWith(Universe(controller, cluster));
                if (step % 7 == 0) cluster.Settle();
                pending.UnionWith(Woken(controller, cluster, changes));
                foreach (var key in Universe(controller, cluster).Where(key => !pending.Contains(key)))
                {
                    var missed = controller.Reconcile(cluster.View, key, cluster.Now);
                    Assert.True(missed.IsEmpty, $"{what} (seed {seed}, step {step}): {key} was not woken, and wants {Describe(cluster, missed)}");
                }
                pending = Quiet(controller, cluster, pending, changes);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Same_view_key_and_time_give_the_same_plan(string name)
    {
        var controller = Standard().Single(one => one.Name == name);
        var twin = Standard().Single(one => one.Name == name);
        var cluster = Cluster.Leading();
        var actions = new WorldActions(cluster, 7);
        for (int step = 0; step < Steps; step++)
        {
            actions.Step();
            foreach (var key in Universe(controller, cluster))
                Assert.Equal(Bytes(controller.Reconcile(cluster.View, key, cluster.Now)), Bytes(twin.Reconcile(cluster.View, key, cluster.Now)));
            if (step % 5 == 0) cluster.Settle();
        }
    }

    [Fact]
    public void Whole_control_plane_comes_to_rest_and_then_no_key_of_any_controller_wants_anything()
    {
        for (int seed = 200; seed < 205; seed++)
        {
            var cluster = Cluster.Leading();
            var actions = new WorldActions(cluster, seed);
            for (int step = 0; step < 40; step++)
            {
                string what = actions.Step();
                cluster.Settle();
                foreach (var controller in Standard().Where(controller => controller is not IBatchController and not EventExpiryController))
                {
                    foreach (var key in Universe(controller, cluster))
                    {
                        var plan = controller.Reconcile(cluster.View, key, cluster.Now);
                        Assert.True(plan.IsEmpty, $"{what} (seed {seed}, step {step}): {controller.Name} still wants {Describe(cluster, plan)} for {key}");
                    }
                }
            }
        }
    }

    private static ImmutableArray<IController> Standard() => StandardControllers.Create(ControlLimits.Default).Controllers;

    /// <summary>Every key that the controller looks at when a scope starts.</summary>
    private static SortedSet<ObjectKey> Universe(IController controller, Cluster cluster)
    {
        var keys = new KeyList();
        controller.Begin(cluster.View, keys);
        foreach (var stored in cluster.Node.Model.Everything()) controller.Wake(new Change(stored.Key, null, stored, cluster.Node.Model.At), cluster.View, keys);
        return keys.Keys;
    }

    private static SortedSet<ObjectKey> Woken(IController controller, Cluster cluster, List<Change> changes)
    {
        var keys = new KeyList();
        foreach (var change in changes) controller.Wake(change, cluster.View, keys);
        return keys.Keys;
    }

    private static void Settle(IController controller, Cluster cluster, ObjectKey key, int looks, string where)
    {
        for (int look = 0; ; look++)
        {
            var plan = controller.Reconcile(cluster.View, key, cluster.Now);
            if (plan.IsEmpty) return;
            Assert.True(look < looks, $"{where}: {controller.Name} is not done with {key} after {look} looks: {Describe(cluster, plan)}");
            Commit(controller, cluster, key, plan);
        }
    }

    /// <summary>Runs what was woken until nothing is left to do; answers with the keys that remain woken: none.</summary>
    private static SortedSet<ObjectKey> Quiet(IController controller, Cluster cluster, SortedSet<ObjectKey> pending, List<Change> changes)
    {
        for (int round = 0; pending.Count > 0; round++)
        {
            Assert.True(round < 20, $"{controller.Name} wakes itself for ever");
            changes.Clear();
            foreach (var key in pending)
            {
                var plan = controller.Reconcile(cluster.View, key, cluster.Now);
                if (!plan.IsEmpty) Commit(controller, cluster, key, plan);
            }
            pending = Woken(controller, cluster, changes);
        }
        return [];
    }

    private static void Commit(IController controller, Cluster cluster, ObjectKey key, Plan plan)
    {
        var batch = new BatchBuilder(cluster.Limits);
        Assert.True(batch.TryAdd(new WorkItem(controller.Band, 0, key), plan));
        var applied = cluster.Apply(batch.Build(new DecisionHeader(cluster.Term, 1, cluster.Node.Model.At, cluster.Now, 1)));
        cluster.Feed();
        var outcome = Assert.Single(((ControlBatchResult)applied.Result!).Outcomes);
        Assert.True(outcome == DecisionOutcome.Committed, $"{outcome}: {Describe(cluster, plan)}");
    }

    private static string Describe(Cluster cluster, Plan plan) => string.Join("\n", plan.Writes.Select(write => write is Write.Replace replace
        ? $"{write.Key}\n  was {Text(cluster.View.Find(write.Key)?.Object)}\n  is  {Text(replace.Value)}" : $"{write.GetType().Name} {write.Key}"));

    private static string Text(Hive.Objects.HiveObject? value) => value is null ? "absent" : System.Text.Encoding.UTF8.GetString(ObjectCodec.Encode(value));

    private static string Bytes(Plan plan) => string.Join("\n", plan.Writes.Select(write => write switch
    {
        Write.Create create => $"create {write.Key} {Convert.ToHexString(ObjectCodec.Encode(create.Value))}",
        Write.Replace replace => $"replace {write.Key} {replace.Expected} {Convert.ToHexString(ObjectCodec.Encode(replace.Value))}",
        Write.Put put => $"put {write.Key} {Convert.ToHexString(ObjectCodec.Encode(put.Value))}",
        _ => write.ToString(),
    })) + string.Join(",", plan.Pins) + plan.LookAgainAt;

    private sealed class KeyList : IWakeList
    {
        public SortedSet<ObjectKey> Keys { get; } = [];
        public void Add(ObjectKey key) => Keys.Add(key);
    }

    /// <summary>Stands in for a controller where only the model is wanted.</summary>
    private sealed class Recorder(List<Change> changes) : IController
    {
        public string Name => $"recorder of {changes.Count}";
        public Band Band => Band.Housekeeping;
        public void Wake(in Change change, IView view, IWakeList wake)
        {
        }

        public Plan Reconcile(IView view, ObjectKey key, Stamp now) => Plan.Nothing;
    }
}
