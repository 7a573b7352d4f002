using Hive.Control.Controllers;
using Hive.Objects;

namespace Hive.Control.Tests;

public sealed class NodeTests
{
    private readonly Cluster _cluster = Cluster.Leading();
    private readonly Drones _drones;

    public NodeTests() => _drones = new Drones(_cluster);

    private string Ready(string node) => NodeTaints.ReadyStatus(_cluster.Get<Hive.Objects.Node>("", node));

    private string[] Taints(string node) => [.. _cluster.Get<Hive.Objects.Node>("", node).Spec.Taints.Select(taint => $"{taint.Key}:{taint.Effect}")];

    [Fact]
    public void Pods_of_a_lost_node_run_elsewhere_within_seconds_and_the_old_ones_are_removed()
    {
        _drones.Join(Samples.Node("n1"), Samples.Node("n2"), Samples.Node("n3"));
        _cluster.Put(Samples.Deployment("web", 3));
        _cluster.Run(3, _drones.Work);

        _drones.Lose("n2");
        _cluster.Settle();
        Assert.Equal("Unknown", Ready("n2"));
        Assert.Equal(["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"], Taints("n2"));
        _cluster.Run(4, _drones.Work);

        Assert.Equal(3, _cluster.LivingPods.Count(PodRules.IsReady));
        Assert.DoesNotContain(_cluster.LivingPods, pod => pod.Spec.NodeName == "n2");
        Assert.Contains(_cluster.All<Event>(), said => said is { Reason: "NodeNotReady", InvolvedObject.Name: "n2" });
        // Grace (30 s) and the kill budget have passed: nobody else can remove what was there.
        _cluster.Run(36, _drones.Work);
        Assert.Equal(3, _cluster.All<Pod>().Count);
    }

    [Fact]
    public void Node_whose_session_returns_is_ready_again_and_keeps_foreign_taints()
    {
        var node = Samples.Node("n1");
        _drones.Join(node with { Spec = new NodeSpec { Taints = [new Taint { Key = "mine", Effect = "NoSchedule" }] } }, Samples.Node("n2"));
        _cluster.Settle();
        _drones.Lose("n1");
        _cluster.Settle();
        Assert.Equal(3, Taints("n1").Length);
        var stored = _cluster.Get<Hive.Objects.Node>("", "n1");
        _cluster.PutRaw(HiveKeys.Session("n1"), $$"""{"nodeUid":"{{stored.Metadata.Uid}}","bootId":"b2","lease":"2"}""");
        _cluster.Settle();
        Assert.Equal("True", Ready("n1"));
        Assert.Equal(["mine:NoSchedule"], Taints("n1"));
    }

    [Fact]
    public void Node_that_has_just_registered_is_given_time_to_open_its_session()
    {
        var node = Samples.Node("n1");
        _cluster.Put(node with { Metadata = node.Metadata with { CreationTimestamp = _cluster.Now.Wall.ToTime() } });
        _cluster.Run(5);
        Assert.Equal("True", Ready("n1"));
        _cluster.Run(10);
        Assert.Equal("Unknown", Ready("n1"));
    }

    [Fact]
    public void Session_of_another_node_object_of_the_same_name_does_not_count()
    {
        _drones.Join(Samples.Node("n1"));
        _cluster.PutRaw(HiveKeys.Session("n1"), """{"nodeUid":"another","bootId":"b","lease":"2"}""");
        _cluster.Settle();
        Assert.Equal("Unknown", Ready("n1"));
    }

    [Fact]
    public void Lonely_node_that_is_lost_keeps_its_pods_for_there_is_nowhere_to_go()
    {
        _drones.Join(Samples.Node("n1"));
        _cluster.Put(Samples.Deployment("web", 2));
        _cluster.Run(3, _drones.Work);
        _drones.Lose("n1");
        _cluster.Run(20);
        Assert.Equal(["node.kubernetes.io/unreachable:NoSchedule"], Taints("n1"));
        Assert.Equal(2, _cluster.LivingPods.Count);
    }

    [Fact]
    public void Zone_that_is_mostly_lost_is_not_drained()
    {
        for (int i = 0; i < 8; i++) _drones.Join(Samples.Node($"n{i}", zone: i < 6 ? "a" : "b"));
        _cluster.Settle();
        for (int i = 0; i < 5; i++) _drones.Lose($"n{i}");
        _cluster.Settle();
        int drained = Enumerable.Range(0, 8).Count(i => Taints($"n{i}").Contains("node.kubernetes.io/unreachable:NoExecute"));
        // The first losses looked like those of single nodes; once the zone is at fault no further node is drained.
        Assert.InRange(drained, 0, 3);
        _cluster.Run(60);
        Assert.Equal(drained, Enumerable.Range(0, 8).Count(i => Taints($"n{i}").Contains("node.kubernetes.io/unreachable:NoExecute")));
    }

    [Fact]
    public void Toleration_with_seconds_delays_and_one_without_keeps()
    {
        _drones.Join(Samples.Node("n1"), Samples.Node("n2"));
        var patient = new Toleration { Key = NodeTaints.Unreachable, Operator = "Exists", Effect = "NoExecute", TolerationSeconds = 20 };
        _cluster.Put(Samples.Pod("patient", Samples.Spec() with { Tolerations = [patient] }, node: "n1"));
        _cluster.Put(Samples.Pod("steady", Samples.Spec() with { Tolerations = [patient with { TolerationSeconds = null }] }, node: "n1"));
        _cluster.Put(Samples.Pod("hasty", node: "n1"));
        _cluster.Run(2);
        _drones.Lose("n1");
        _cluster.Run(10);
        Assert.NotNull(_cluster.Get<Pod>("default", "hasty").Metadata.DeletionTimestamp);
        Assert.Null(_cluster.Get<Pod>("default", "patient").Metadata.DeletionTimestamp);
        _cluster.Run(15);
        Assert.NotNull(_cluster.Get<Pod>("default", "patient").Metadata.DeletionTimestamp);
        Assert.Null(_cluster.Get<Pod>("default", "steady").Metadata.DeletionTimestamp);
    }

    [Fact]
    public void Node_that_is_not_ready_for_a_moment_keeps_its_pods_and_loses_them_when_it_stays_so()
    {
        _drones.Join(Samples.Node("n1"), Samples.Node("n2"));
        _cluster.Put(Samples.Pod("p", node: "n1"));
        _cluster.Run(2);
        _cluster.Change<Hive.Objects.Node>("", "n1", node => node with { Status = Samples.Node("n1", ready: false).Status });
        _cluster.Run(10);
        Assert.Equal(["node.kubernetes.io/not-ready:NoSchedule", "node.kubernetes.io/not-ready:NoExecute"], Taints("n1"));
        Assert.Null(_cluster.Get<Pod>("default", "p").Metadata.DeletionTimestamp);
        _cluster.Run(10);
        Assert.NotNull(_cluster.Get<Pod>("default", "p").Metadata.DeletionTimestamp);
    }

    [Fact]
    public void Pods_of_a_deleted_node_are_removed()
    {
        _drones.Join(Samples.Node("n1"));
        _cluster.Put(Samples.Pod("p", node: "n1"));
        _cluster.Run(25);
        _drones.Lose("n1");
        _cluster.Remove<Hive.Objects.Node>("", "n1");
        _cluster.Settle();
        Assert.Null(_cluster.Find<Pod>("default", "p"));
    }

    [Fact]
    public void Each_node_gets_the_lowest_free_subnet()
    {
        _drones.Join(Samples.Node("n1"), Samples.Node("n2"), Samples.Node("n3"));
        _cluster.Settle();
        Assert.Equal(["10.42.0.0/24", "10.42.1.0/24", "10.42.2.0/24"], _cluster.All<Hive.Objects.Node>().Select(node => node.Spec.PodCIDR));
        _cluster.Remove<Hive.Objects.Node>("", "n2");
        _cluster.Put(Samples.Node("n4"));
        _cluster.Settle();
        Assert.Equal("10.42.1.0/24", _cluster.Get<Hive.Objects.Node>("", "n4").Spec.PodCIDR);
    }

    [Fact]
    public void Cordon_is_a_taint_too()
    {
        _drones.Join(Samples.Node("n1"));
        _cluster.Change<Hive.Objects.Node>("", "n1", node => node with { Spec = node.Spec with { Unschedulable = true } });
        _cluster.Settle();
        Assert.Equal(["node.kubernetes.io/unschedulable:NoSchedule"], Taints("n1"));
        _cluster.Change<Hive.Objects.Node>("", "n1", node => node with { Spec = node.Spec with { Unschedulable = false } });
        _cluster.Settle();
        Assert.Empty(Taints("n1"));
    }
}
