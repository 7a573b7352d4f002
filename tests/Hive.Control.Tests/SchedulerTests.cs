using Hive.Control.Scheduling;
using Hive.Objects;

namespace Hive.Control.Tests;

public sealed class SchedulerTests
{
    private readonly Cluster _cluster = Cluster.Leading(new SchedulerController(ControlLimits.Default));

    private string NodeOf(string pod) => _cluster.Get<Pod>("default", pod).Spec.NodeName;

    private PodCondition Scheduled(string pod) => PodRules.Condition(_cluster.Get<Pod>("default", pod), "PodScheduled")!;

    [Fact]
    public void Pod_that_fits_nowhere_says_why_in_the_words_of_its_users_and_goes_as_soon_as_it_can()
    {
        _cluster.Put(Samples.Node("small", cpu: "1"));
        var tainted = Samples.Node("tainted");
        _cluster.Put(tainted with { Spec = new NodeSpec { Taints = [new Taint { Key = "gpu", Value = "yes", Effect = "NoSchedule" }] } });
        var other = Samples.Node("other");
        _cluster.Put(other with { Spec = new NodeSpec { Taints = [new Taint { Key = "gpu", Value = "yes", Effect = "NoSchedule" }] } });
        _cluster.Put(Samples.Pod("big", Samples.Spec(cpu: "2")));
        _cluster.Settle();

        var condition = Scheduled("big");
        Assert.Equal(("False", "Unschedulable"), (condition.Status, condition.Reason));
        Assert.Equal("0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {gpu: yes}.", condition.Message);
        var told = Assert.Single(_cluster.All<Event>());
        Assert.Equal(("FailedScheduling", "Warning", condition.Message), (told.Reason, told.Type, told.Message));

        _cluster.Put(Samples.Node("large"));
        _cluster.Settle();
        Assert.Equal("large", NodeOf("big"));
        Assert.Equal("True", Scheduled("big").Status);
    }

    [Fact]
    public void Room_that_a_finished_pod_leaves_is_used_at_once()
    {
        _cluster.Put(Samples.Node("n1", cpu: "1"));
        _cluster.Put(Samples.Pod("first", Samples.Spec(cpu: "1")));
        _cluster.Settle();
        _cluster.Put(Samples.Pod("second", Samples.Spec(cpu: "1")));
        _cluster.Settle();
        Assert.Equal("", NodeOf("second"));
        // Asked to go, but not gone: it still runs there.
        _cluster.Change<Pod>("default", "first", pod => pod with { Metadata = pod.Metadata with { DeletionTimestamp = new Time(1) } });
        _cluster.Settle();
        Assert.Equal("", NodeOf("second"));
        _cluster.Remove<Pod>("default", "first");
        _cluster.Settle();
        Assert.Equal("n1", NodeOf("second"));
    }

    [Fact]
    public void Binding_is_void_when_the_node_changed_after_it_was_decided()
    {
        _cluster.Put(Samples.Node("n1"));
        _cluster.Put(Samples.Pod("p"));
        var batch = Assert.Single(_cluster.Node.TakeReady().Propose);
        // The node is cordoned between decision and commit: no compare on the pod would notice.
        _cluster.Change<Hive.Objects.Node>("", "n1", node => node with { Spec = node.Spec with { Unschedulable = true } });
        var result = _cluster.Decide(batch);
        Assert.Equal([Hive.Store.DecisionOutcome.Conflict], result.Outcomes.AsEnumerable());
        _cluster.Settle();
        Assert.Equal("", NodeOf("p"));
        Assert.Contains("1 node(s) were unschedulable", Scheduled("p").Message);
    }

    [Fact]
    public void Status_noise_of_a_node_does_not_void_a_binding()
    {
        _cluster.Put(Samples.Node("n1"));
        _cluster.Put(Samples.Pod("p"));
        var batch = Assert.Single(_cluster.Node.TakeReady().Propose);
        var node = _cluster.Get<Hive.Objects.Node>("", "n1");
        _cluster.PutRaw("/registry/minions/n1", System.Text.Encoding.UTF8.GetString(HiveJson.Write(node with { Status = node.Status with { NodeInfo = new NodeSystemInfo { BootID = "heartbeat" } } })));
        Assert.Equal([Hive.Store.DecisionOutcome.Committed], _cluster.Decide(batch).Outcomes.AsEnumerable());
    }

    [Fact]
    public void Node_selector_affinity_and_taints_are_kept()
    {
        var ssd = Samples.Node("ssd");
        _cluster.Put(ssd with { Metadata = ssd.Metadata with { Labels = ssd.Metadata.Labels.With("disk", "ssd").With("cores", "8") } });
        _cluster.Put(Samples.Node("plain"));
        var guarded = Samples.Node("guarded");
        _cluster.Put(guarded with { Spec = new NodeSpec { Taints = [new Taint { Key = "k", Value = "v", Effect = "NoSchedule" }] }, Metadata = guarded.Metadata with { Labels = guarded.Metadata.Labels.With("only", "me") } });
        _cluster.Put(Samples.Pod("a", Samples.Spec() with { NodeSelector = StringMap.Of(("disk", "ssd")) }));
        _cluster.Put(Samples.Pod("b", Samples.Spec() with { Affinity = Required(new NodeSelectorRequirement { Key = "cores", Operator = "Gt", Values = ["4"] }) }));
        _cluster.Put(Samples.Pod("c", Samples.Spec() with { Affinity = Required(new NodeSelectorRequirement { Key = "disk", Operator = "DoesNotExist" }) }));
        _cluster.Put(Samples.Pod("d", Samples.Spec() with
        {
            NodeSelector = StringMap.Of(("only", "me")),
            Tolerations = [new Toleration { Key = "k", Operator = "Equal", Value = "v", Effect = "NoSchedule" }],
        }));
        _cluster.Put(Samples.Pod("e", Samples.Spec() with { NodeSelector = StringMap.Of(("only", "me")) }));
        _cluster.Settle();
        Assert.Equal(("ssd", "ssd", "plain", "guarded", ""), (NodeOf("a"), NodeOf("b"), NodeOf("c"), NodeOf("d"), NodeOf("e")));
    }

    [Fact]
    public void Host_port_is_given_once_a_node()
    {
        _cluster.Put(Samples.Node("n1"));
        _cluster.Put(Samples.Node("n2"));
        var port = new ContainerPort { Port = 80, HostPort = 8080, Protocol = "TCP" };
        foreach (string name in (string[])["a", "b", "c"]) _cluster.Put(Samples.Pod(name, Samples.Spec(ports: port)));
        _cluster.Settle();
        Assert.Equal(["", "n1", "n2"], new[] { NodeOf("a"), NodeOf("b"), NodeOf("c") }.Order(StringComparer.Ordinal));
        Assert.Contains(_cluster.All<Pod>(), pod => PodRules.Condition(pod, "PodScheduled")!.Message.Contains("2 node(s) didn't have free ports for the requested pod ports", StringComparison.Ordinal));
    }

    [Fact]
    public void Topology_spread_and_anti_affinity_are_kept()
    {
        foreach (string name in (string[])["a1", "a2", "b1"]) _cluster.Put(Samples.Node(name, zone: name[..1]));
        var selector = new LabelSelector { MatchLabels = Samples.Web };
        var spread = Samples.Spec() with { TopologySpreadConstraints = [new TopologySpreadConstraint { MaxSkew = 1, TopologyKey = "topology.kubernetes.io/zone", WhenUnsatisfiable = "DoNotSchedule", LabelSelector = selector }] };
        for (int i = 0; i < 6; i++) _cluster.Put(Samples.Pod($"s{i}", spread));
        _cluster.Settle();
        Assert.Equal(3, _cluster.All<Pod>().Count(pod => pod.Spec.NodeName == "b1"));

        var alone = new LabelSelector { MatchLabels = StringMap.Of(("app", "alone")) };
        var apart = Samples.Spec() with { Affinity = new Affinity { PodAntiAffinity = new PodAntiAffinity { RequiredDuringSchedulingIgnoredDuringExecution = [new PodAffinityTerm { TopologyKey = "kubernetes.io/hostname", LabelSelector = alone }] } } };
        for (int i = 0; i < 4; i++) _cluster.Put(Samples.Pod($"x{i}", apart, StringMap.Of(("app", "alone"))));
        _cluster.Settle();
        var nodes = _cluster.All<Pod>().Where(pod => pod.Name[0] == 'x').Select(pod => pod.Spec.NodeName).Order(StringComparer.Ordinal);
        Assert.Equal(["", "a1", "a2", "b1"], nodes);
    }

    [Fact]
    public void Pods_of_one_owner_are_spread_over_nodes_and_zones()
    {
        foreach (string name in (string[])["a1", "a2", "b1", "b2"]) _cluster.Put(Samples.Node(name, zone: name[..1]));
        var owner = new OwnerReference { ApiVersion = "apps/v1", Kind = "ReplicaSet", Name = "r", Uid = "r", Controller = true };
        for (int i = 0; i < 8; i++)
        {
            var pod = Samples.Pod($"p{i}");
            _cluster.Put(pod with { Metadata = pod.Metadata with { OwnerReferences = [owner] } });
        }
        _cluster.Settle();
        Assert.All(_cluster.All<Pod>().CountBy(pod => pod.Spec.NodeName), count => Assert.Equal(2, count.Value));
    }

    [Fact]
    public void Important_pods_are_placed_first()
    {
        _cluster.Put(Samples.Pod("common", Samples.Spec(cpu: "1")));
        _cluster.Put(Samples.Pod("important", Samples.Spec(cpu: "1") with { Priority = 1000 }));
        _cluster.Put(Samples.Node("n1", cpu: "1"));
        _cluster.Settle();
        Assert.Equal(("n1", ""), (NodeOf("important"), NodeOf("common")));
    }

    [Fact]
    public void Gated_pod_waits_for_its_gates()
    {
        _cluster.Put(Samples.Node("n1"));
        _cluster.Put(Samples.Pod("p", Samples.Spec() with { SchedulingGates = [new PodSchedulingGate { Name = "mine" }] }));
        _cluster.Settle();
        Assert.Equal(("", "SchedulingGated"), (NodeOf("p"), Scheduled("p").Reason));
        _cluster.Change<Pod>("default", "p", pod => pod with { Spec = pod.Spec with { SchedulingGates = [] } });
        _cluster.Settle();
        Assert.Equal("n1", NodeOf("p"));
    }

    /// <summary>Pods and nodes come and go at random; batches conflict. Nothing is ever over-committed, and nothing that fits is left waiting.</summary>
    [Fact]
    public void Nodes_are_never_over_committed_and_no_parked_pod_has_a_feasible_node()
    {
        for (int seed = 0; seed < 8; seed++)
        {
            var random = new Random(seed);
            var cluster = Cluster.Leading(new SchedulerController(ControlLimits.Default));
            cluster.AtEveryRevision = view => NeverOverCommitted(view, seed);
            for (int step = 0; step < 80; step++)
            {
                Disturb(cluster, random, step);
                if (random.Next(4) == 0) InterruptedTurn(cluster, random);
                if (random.Next(3) > 0) continue;
                cluster.Settle();
                NothingThatFitsWaits(cluster, seed);
            }
        }
    }

    /// <summary>Same objects by different histories: rows lie in other slots, decisions are the same.</summary>
    [Fact]
    public void Placement_does_not_depend_on_the_history_of_rows()
    {
        var names = Enumerable.Range(0, 12).Select(i => $"n{i:00}").ToArray();
        string[] Place(int seed)
        {
            var cluster = Cluster.Leading(new SchedulerController(ControlLimits.Default));
            var random = new Random(seed);
            var uids = names.ToDictionary(name => name, name => "uid-of-" + name);
            foreach (string name in names.OrderBy(_ => random.Next()))
            {
                var passing = Samples.Node("passing" + random.Next(3));
                cluster.Put(passing);
                var node = Samples.Node(name);
                cluster.Put(node with { Metadata = node.Metadata with { Uid = uids[name] } });
                cluster.Remove<Hive.Objects.Node>("", passing.Name);
            }
            for (int i = 0; i < 40; i++)
            {
                var pod = Samples.Pod($"p{i:00}", Samples.Spec(cpu: "100m"));
                cluster.Put(pod with { Metadata = pod.Metadata with { Uid = $"pod-{i}" } });
            }
            cluster.Settle();
            return [.. cluster.All<Pod>().Select(pod => pod.Spec.NodeName)];
        }
        Assert.Equal(Place(1), Place(2));
        Assert.Equal(12, Place(3).Distinct().Count());
    }

    /// <summary>The quick choice and the one that looks at every row are the same, whatever happened to the rows in between.</summary>
    [Fact]
    public void Scan_that_follows_changes_chooses_as_one_that_looks_at_all_rows()
    {
        var random = new Random(3);
        var columns = new NodeColumns();
        var owner = new OwnerReference { Kind = "ReplicaSet", Name = "r", Uid = "r", Controller = true };
        var shapes = Enumerable.Range(0, 4).Select(i => Samples.Pod("s", Samples.Spec(cpu: $"{i * 300}m")) is var pod && i % 2 == 0
            ? PodShape.Of(pod with { Metadata = pod.Metadata with { OwnerReferences = [owner] } }) : PodShape.Of(pod)).ToArray();
        var scans = shapes.Select(shape => new ShapeScan(columns, shape)).ToArray();
        for (int step = 0; step < 4_000; step++)
        {
            string name = "n" + random.Next(30);
            switch (random.Next(5))
            {
                case 0:
                    var node = Samples.Node(name, cpu: $"{random.Next(1, 5)}", zone: random.Next(4) == 0 ? null : "z" + random.Next(3));
                    columns.Upsert(new Stored<Hive.Objects.Node>(new ObjectKey(Resources.Nodes, "", name), new Revision(1), new Revision(1), node), new Revision(random.Next(step + 20)));
                    break;
                case 1 when random.Next(6) == 0:
                    columns.Remove(name);
                    break;
                case 2:
                    columns.Unplace(new ObjectKey(Resources.Pods, "default", "p" + random.Next(60)));
                    break;
                default:
                    columns.Place(new PlacedPod(new ObjectKey(Resources.Pods, "default", "p" + random.Next(60)), name, shapes[random.Next(4)], false));
                    break;
            }
            int which = random.Next(4);
            string uid = $"uid-{random.Next()}";
            Assert.Equal(Placement.Best(columns, uid, shapes[which], null, new Revision(step)), scans[which].Best(uid, new Revision(step)));
        }
    }

    private static void Disturb(Cluster cluster, Random random, int step)
    {
        switch (random.Next(7))
        {
            case 0:
                cluster.Put(Samples.Node("n" + random.Next(4), cpu: $"{random.Next(1, 4)}", pods: $"{random.Next(2, 6)}"));
                break;
            case 1 when cluster.All<Hive.Objects.Node>() is { Count: > 0 } nodes && !cluster.All<Pod>().Any(pod => pod.Spec.NodeName == nodes[0].Name):
                cluster.Remove<Hive.Objects.Node>("", nodes[0].Name);
                break;
            case 2 when cluster.All<Pod>() is { Count: > 0 } pods:
                cluster.Remove<Pod>("default", pods[random.Next(pods.Count)].Name);
                break;
            case 3 when cluster.All<Hive.Objects.Node>() is { Count: > 0 } nodes:
                var cordoned = nodes[random.Next(nodes.Count)];
                cluster.Put(cordoned with { Spec = cordoned.Spec with { Unschedulable = !cordoned.Spec.Unschedulable } });
                break;
            default:
                cluster.Put(Samples.Pod($"p{step}", Samples.Spec(cpu: $"{random.Next(1, 8) * 250}m")));
                break;
        }
    }

    /// <summary>Between decision and commit something else happens, so that some bindings of the batch conflict.</summary>
    private static void InterruptedTurn(Cluster cluster, Random random)
    {
        foreach (var batch in cluster.Node.TakeReady().Propose)
        {
            Disturb(cluster, random, 1000 + random.Next(1000));
            cluster.Decide(batch);
        }
    }

    /// <summary>A node may be made smaller under its pods, but no revision may bind a pod to a node that has no room for it.</summary>
    private static void NeverOverCommitted(IView view, int seed)
    {
        foreach (var pod in view.All<Pod>())
        {
            if (pod.ModifiedAt != view.At || pod.CreatedAt == view.At || pod.Value.Spec.NodeName.Length == 0) continue;
            var node = view.Find<Hive.Objects.Node>("", pod.Value.Spec.NodeName);
            Assert.True(node is not null, $"seed {seed}: {pod.Key} was bound to a node that is gone at {view.At}");
            var bound = view.PodsOn(node.Key.Name).Where(other => PodRules.HoldsResources(other.Value)).ToList();
            Assert.False(node.Value.Spec.Unschedulable, $"seed {seed}: {pod.Key} was bound to a cordoned node at {view.At}");
            Assert.True(bound.Sum(other => PodShape.Of(other.Value).MilliCpu) <= node.Value.Status.Allocatable["cpu"].MilliValue, $"seed {seed}: too much on {node.Key.Name} at {view.At}");
            Assert.True(bound.Count <= node.Value.Status.Allocatable["pods"].Value, $"seed {seed}: too many on {node.Key.Name} at {view.At}");
        }
    }

    private static void NothingThatFitsWaits(Cluster cluster, int seed)
    {
        var columns = new NodeColumns();
        foreach (var node in cluster.View.All<Hive.Objects.Node>()) columns.Upsert(node, Revision.Zero);
        foreach (var pod in cluster.View.All<Pod>())
        {
            if (PodRules.HoldsResources(pod.Value)) columns.Place(new PlacedPod(pod.Key, pod.Value.Spec.NodeName, PodShape.Of(pod.Value), false));
        }
        foreach (var pod in cluster.View.All<Pod>().Where(pod => pod.Value.Spec.NodeName.Length == 0))
        {
            int slot = Placement.Best(columns, pod.Uid, PodShape.Of(pod.Value), null, cluster.Node.Model.At);
            Assert.True(slot < 0, $"seed {seed}: {pod.Key} waits although it fits on {(slot < 0 ? "" : columns.At(slot)!.Name)}");
        }
    }

    private static Affinity Required(NodeSelectorRequirement requirement) => new()
    {
        NodeAffinity = new NodeAffinity
        {
            RequiredDuringSchedulingIgnoredDuringExecution = new NodeSelector { NodeSelectorTerms = [new NodeSelectorTerm { MatchExpressions = [requirement] }] },
        },
    };
}
