using Hive.Control.Controllers;
using Hive.Objects;

namespace Hive.Control.Tests;

public sealed class OwnershipTests
{
    private readonly Cluster _cluster = Cluster.Leading();

    private static ConfigMap Map(string name, params OwnerReference[] owners) =>
        new() { Metadata = new ObjectMeta { Name = name, Namespace = "default", Uid = "uid-of-" + name, OwnerReferences = owners } };

    private static OwnerReference By(string name, bool blocks = false, string kind = "ConfigMap") =>
        new() { ApiVersion = "v1", Kind = kind, Name = name, Uid = "uid-of-" + name, BlockOwnerDeletion = blocks };

    private void AskToGo(string name, string finalizer) => _cluster.Change<ConfigMap>("default", name, map => map with
    {
        Metadata = map.Metadata with { DeletionTimestamp = _cluster.Now.Wall.ToTime(), Finalizers = [finalizer] },
    });

    private string[] Maps => [.. _cluster.All<ConfigMap>("default").Select(map => map.Name).Where(name => name != "kube-root-ca.crt")];

    [Fact]
    public void Dependents_follow_their_owner_in_the_background()
    {
        _cluster.Put(Map("owner"));
        _cluster.Put(Map("child", By("owner")));
        _cluster.Put(Map("grandchild", By("child")));
        _cluster.Put(Map("shared", By("owner"), By("other")));
        _cluster.Put(Map("other"));
        _cluster.Settle();
        _cluster.Remove<ConfigMap>("default", "owner");
        _cluster.Settle();
        Assert.Equal(["other", "shared"], Maps);
        Assert.Equal(["other"], _cluster.Get<ConfigMap>("default", "shared").Metadata.OwnerReferences.Select(owner => owner.Name));
    }

    [Fact]
    public void Foreground_deletion_keeps_the_owner_until_what_blocks_it_is_gone()
    {
        _cluster.Put(Map("owner"));
        _cluster.Put(Map("child", By("owner", blocks: true)));
        var order = new List<string>();
        _cluster.AtEveryRevision = view => order.Add(string.Join(",", view.All<ConfigMap>("default").Select(map => map.Key.Name).Where(name => name != "kube-root-ca.crt")));
        AskToGo("owner", GarbageCollector.ForegroundFinalizer);
        _cluster.Settle();
        Assert.Empty(Maps);
        Assert.DoesNotContain("child", order);
        Assert.Contains("owner", order);
    }

    [Fact]
    public void Orphaning_deletion_lets_the_dependents_live()
    {
        _cluster.Put(Map("owner"));
        _cluster.Put(Map("child", By("owner")));
        AskToGo("owner", GarbageCollector.OrphanFinalizer);
        _cluster.Settle();
        Assert.Equal(["child"], Maps);
        Assert.Empty(_cluster.Get<ConfigMap>("default", "child").Metadata.OwnerReferences);
    }

    [Fact]
    public void Nothing_is_collected_on_ignorance()
    {
        _cluster.Put(Map("child", By("gone", kind: "Unheard")));
        _cluster.Put(Map("lost", By("gone")));
        _cluster.Settle();
        Assert.Equal(["child"], Maps);
    }

    [Fact]
    public void Kind_without_a_type_is_collected_by_its_metadata_and_keeps_the_rest()
    {
        _cluster.Put(Map("owner"));
        _cluster.PutRaw("/registry/example.io/widgets/default/w", """{"apiVersion":"example.io/v1","kind":"Widget","metadata":{"name":"w","namespace":"default","uid":"w","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"uid-of-owner"},{"apiVersion":"v1","kind":"ConfigMap","name":"x","uid":"uid-of-x"}]},"spec":{"size":3}}""");
        _cluster.Settle();
        var widget = Assert.Single(_cluster.Node.Model.All("example.io/widgets")).Object;
        Assert.Single(widget!.Metadata.OwnerReferences);
        Assert.Contains("\"size\":3", System.Text.Encoding.UTF8.GetString(ObjectCodec.Encode(widget)));
        _cluster.Remove<ConfigMap>("default", "owner");
        _cluster.Settle();
        Assert.Empty(_cluster.Node.Model.All("example.io/widgets"));
    }

    [Fact]
    public void Unreadable_record_hurts_nobody()
    {
        _cluster.PutRaw("/registry/pods/default/broken", "{ this is no JSON");
        _cluster.PutRaw("/registry/configmaps/default/odd", "[1,2]");
        _cluster.Put(Samples.ReplicaSet("web", 2));
        _cluster.Settle();
        Assert.Equal(2, _cluster.All<Pod>().Count);
        Assert.Equal(2, _cluster.Node.Model.Unreadable.Count);
    }

    [Fact]
    public void Deleted_deployment_takes_replica_sets_and_pods_with_it()
    {
        var drones = new Drones(_cluster);
        drones.Join(Samples.Node("n1"));
        _cluster.Put(Samples.Deployment("web", 2));
        _cluster.Run(2, drones.Work);
        _cluster.Remove<Deployment>("default", "web");
        _cluster.Run(3, drones.Work);
        Assert.Empty(_cluster.All<ReplicaSet>());
        Assert.Empty(_cluster.All<Pod>());
    }

    [Fact]
    public void System_namespaces_are_there_from_birth_with_what_pods_expect()
    {
        _cluster.PutRaw(HiveKeys.ClusterCa, "PEM");
        _cluster.Settle();
        Assert.Equal(["default", "kube-node-lease", "kube-public", "kube-system"], _cluster.All<Namespace>().Select(space => space.Name));
        Assert.NotNull(_cluster.Find<ServiceAccount>("kube-system", "default"));
        Assert.Equal("PEM", _cluster.Get<ConfigMap>("default", "kube-root-ca.crt").Data.Get("ca.crt"));
    }

    [Fact]
    public void Namespace_that_was_asked_to_go_is_emptied_first()
    {
        var drones = new Drones(_cluster);
        drones.Join(Samples.Node("n1"));
        _cluster.Put(new Namespace { Metadata = new ObjectMeta { Name = "team" }, Spec = new NamespaceSpec { Finalizers = ["kubernetes"] }, Status = new NamespaceStatus { Phase = "Active" } });
        var web = Samples.Deployment("web", 2);
        _cluster.Put(web with { Metadata = web.Metadata with { Namespace = "team" } });
        _cluster.Put(new ConfigMap { Metadata = new ObjectMeta { Name = "held", Namespace = "team", Finalizers = ["mine.io/hold"] } });
        _cluster.Run(2, drones.Work);
        _cluster.Change<Namespace>("", "team", space => space with { Metadata = space.Metadata with { DeletionTimestamp = _cluster.Now.Wall.ToTime() } });
        _cluster.Run(3, drones.Work);

        var leaving = _cluster.Get<Namespace>("", "team");
        Assert.Equal("Terminating", leaving.Status.Phase);
        Assert.Contains(leaving.Status.Conditions, condition => condition.Type == "NamespaceFinalizersRemaining");
        Assert.Empty(_cluster.All<Pod>("team"));
        _cluster.Remove<ConfigMap>("team", "held");
        _cluster.Run(2, drones.Work);
        Assert.Null(_cluster.Find<Namespace>("", "team"));
    }

    [Fact]
    public void Replica_set_takes_in_orphans_and_lets_go_of_what_no_longer_matches()
    {
        _cluster.Put(Samples.Pod("orphan"));
        var set = _cluster.Put(Samples.ReplicaSet("web", 2));
        _cluster.Settle();
        Assert.True(Ownership.IsControlledBy(_cluster.Get<Pod>("default", "orphan"), set.Metadata.Uid));
        Assert.Equal(2, _cluster.All<Pod>().Count);
        _cluster.Change<Pod>("default", "orphan", pod => pod with { Metadata = pod.Metadata with { Labels = StringMap.Of(("app", "freed")) } });
        _cluster.Settle();
        Assert.Null(Ownership.ControllerOf(_cluster.Get<Pod>("default", "orphan")));
        Assert.Equal(3, _cluster.All<Pod>().Count);
    }

    [Fact]
    public void Pods_that_cost_least_go_first()
    {
        var spec = Samples.Spec();
        Stored<Pod> Make(string name, string node, string phase, bool ready, int restarts = 0, string? cost = null, long created = 5) => new(
            new ObjectKey(Resources.Pods, "default", name), new Revision(created), new Revision(9), new Pod
            {
                Metadata = new ObjectMeta { Name = name, Annotations = cost is null ? StringMap.Empty : StringMap.Of(("controller.kubernetes.io/pod-deletion-cost", cost)) },
                Spec = spec with { NodeName = node },
                Status = new PodStatus
                {
                    Phase = phase,
                    Conditions = [new PodCondition { Type = "Ready", Status = ready ? "True" : "False", LastTransitionTime = new Time(100) }],
                    ContainerStatuses = [new ContainerStatus { RestartCount = restarts }],
                },
            });
        Stored<Pod>[] pods =
        [
            Make("old", "n1", "Running", true, created: 1), Make("young", "n2", "Running", true, created: 8), Make("restless", "n3", "Running", true, restarts: 4),
            Make("cheap", "n4", "Running", true, cost: "-5"), Make("sick", "n5", "Running", false), Make("starting", "n6", "Pending", false), Make("waiting", "", "Pending", false),
        ];
        Assert.Equal(["waiting", "starting", "sick", "cheap", "restless", "young", "old"], DeletionOrder.Sort(pods).Select(pod => pod.Key.Name));
    }

    [Fact]
    public void Old_events_expire_and_the_same_thing_said_again_is_counted()
    {
        _cluster.Put(Samples.ReplicaSet("web", 1));
        _cluster.Settle();
        Assert.NotEmpty(_cluster.All<Event>());
        _cluster.Advance(TimeSpan.FromMinutes(62));
        _cluster.Settle();
        Assert.Empty(_cluster.All<Event>());
    }
}
