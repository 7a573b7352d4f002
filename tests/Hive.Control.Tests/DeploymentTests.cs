using System.Text;
using Hive.Control.Controllers;
using Hive.Objects;

namespace Hive.Control.Tests;

public sealed class DeploymentTests
{
    private readonly Cluster _cluster = Cluster.Leading();
    private readonly Drones _drones;

    public DeploymentTests()
    {
        _drones = new Drones(_cluster);
        _drones.Join(Samples.Node("n1"), Samples.Node("n2"), Samples.Node("n3"));
        _cluster.Settle();
    }

    [Fact]
    public void Deployment_of_three_gets_three_pods_on_three_nodes_and_becomes_available()
    {
        _cluster.Put(Samples.Deployment("web", 3));
        _cluster.Run(3, _drones.Work);

        var pods = _cluster.LivingPods;
        Assert.Equal(3, pods.Count);
        Assert.Equal(["n1", "n2", "n3"], pods.Select(pod => pod.Spec.NodeName).Order());
        var status = _cluster.Get<Deployment>("default", "web").Status;
        Assert.Equal((3, 3, 3, 3), (status.Replicas, status.ReadyReplicas, status.AvailableReplicas, status.UpdatedReplicas));
        Assert.Equal(1, status.ObservedGeneration);
        Assert.Equal(["Available=True", "Progressing=True"], status.Conditions.Select(condition => $"{condition.Type}={condition.Status}").Order());
        Assert.Contains(status.Conditions, condition => condition.Reason == "NewReplicaSetAvailable");
        var set = Assert.Single(_cluster.All<ReplicaSet>());
        Assert.StartsWith("web-", set.Name);
        Assert.Equal("1", set.Metadata.Annotations.Get("deployment.kubernetes.io/revision"));
        Assert.All(pods, pod => Assert.Matches($"^{set.Name}-[bcdfghjklmnpqrstvwxz2456789]{{5}}$", pod.Name));
        var told = _cluster.All<Event>().Select(said => said.Reason).ToHashSet();
        Assert.Superset(new HashSet<string> { "ScalingReplicaSet", "SuccessfulCreate", "Scheduled" }, told);
    }

    [Theory]
    [InlineData(10, "25%", "25%", 3)]
    [InlineData(10, "0", "1", 1)]
    [InlineData(10, "1", "0", 1)]
    [InlineData(4, "100%", "0", 2)]
    [InlineData(3, "25%", "25%", 1)]
    [InlineData(1, "25%", "25%", 1)]
    [InlineData(7, "50%", "50%", 2)]
    public void Rolling_update_keeps_its_bounds_at_every_revision(int replicas, string surge, string unavailable, int pace)
    {
        static IntOrString Parse(string text) => int.TryParse(text, out int number) ? number : text;
        _cluster.Put(Samples.Deployment("web", replicas, Parse(surge), Parse(unavailable)));
        _cluster.Run(2, _drones.Work);
        var bounds = new Rollout(_cluster.Get<Deployment>("default", "web"), []);
        int most = 0, least = int.MaxValue;
        _cluster.AtEveryRevision = view =>
        {
            var living = view.All<Pod>().Where(pod => PodRules.CountsTowardsReplicas(pod.Value)).ToList();
            most = Math.Max(most, living.Count);
            least = Math.Min(least, living.Count(pod => PodRules.IsReady(pod.Value)));
            Assert.True(living.Count <= replicas + bounds.MaxSurge, $"{living.Count} pods at {view.At}");
            Assert.True(living.Count(pod => PodRules.IsReady(pod.Value)) >= replicas - bounds.MaxUnavailable, $"too few available at {view.At}");
        };
        _drones.Pace = pace;

        _cluster.ChangeSpec<Deployment>("default", "web", web => web with { Spec = web.Spec with { Template = Samples.Template("web:2") } });
        _cluster.Run(40, _drones.Work);

        Assert.All(_cluster.LivingPods, pod => Assert.Equal("web:2", pod.Spec.Containers[0].Image));
        Assert.Equal(replicas, _cluster.LivingPods.Count);
        Assert.True(DeploymentStatusRules.IsComplete(_cluster.Get<Deployment>("default", "web"), _cluster.Get<Deployment>("default", "web").Status));
        // The bounds are used, not only kept: an update that does not move would pass too.
        Assert.True(most > replicas || least < replicas);
    }

    [Fact]
    public void Rolling_update_goes_step_by_step()
    {
        _cluster.Put(Samples.Deployment("web", 3, 1, 0));
        _cluster.Run(2, _drones.Work);
        _drones.Pace = 1;
        var story = new StringBuilder();
        string last = "";
        _cluster.AtEveryRevision = view =>
        {
            var sets = view.All<ReplicaSet>().OrderBy(set => set.CreatedAt).Select(set => $"{set.Value.Spec.Replicas}/{set.Value.Status.AvailableReplicas}");
            string line = string.Join(" ", sets);
            if (line != last) story.AppendLine(line);
            last = line;
        };

        _cluster.ChangeSpec<Deployment>("default", "web", web => web with { Spec = web.Spec with { Template = Samples.Template("web:2") } });
        _cluster.Run(12, _drones.Work);

        Assert.Equal(
            """
            3/3
            3/3 1/0
            3/3 1/1
            2/3 1/1
            2/2 1/1
            2/2 2/1
            2/2 2/2
            1/2 2/2
            1/1 2/2
            1/1 3/2
            1/1 3/3
            0/1 3/3
            0/0 3/3

            """.ReplaceLineEndings("\n"), story.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Rollback_finds_the_old_replica_set_and_gives_it_the_next_revision()
    {
        _cluster.Put(Samples.Deployment("web", 2));
        _cluster.Run(3, _drones.Work);
        string first = Assert.Single(_cluster.All<ReplicaSet>()).Name;
        _cluster.ChangeSpec<Deployment>("default", "web", web => web with { Spec = web.Spec with { Template = Samples.Template("web:2") } });
        _cluster.Run(8, _drones.Work);
        Assert.Equal("2", _cluster.Get<Deployment>("default", "web").Metadata.Annotations.Get("deployment.kubernetes.io/revision"));

        _cluster.ChangeSpec<Deployment>("default", "web", web => web with { Spec = web.Spec with { Template = Samples.Template("web:1") } });
        _cluster.Run(8, _drones.Work);

        Assert.Equal(2, _cluster.All<ReplicaSet>().Count);
        var back = _cluster.Get<ReplicaSet>("default", first);
        Assert.Equal(2, back.Spec.Replicas);
        Assert.Equal("3", back.Metadata.Annotations.Get("deployment.kubernetes.io/revision"));
        Assert.Equal("1", back.Metadata.Annotations.Get("deployment.kubernetes.io/revision-history"));
        Assert.Equal("3", _cluster.Get<Deployment>("default", "web").Metadata.Annotations.Get("deployment.kubernetes.io/revision"));
    }

    [Fact]
    public void Scaling_is_followed_up_and_down()
    {
        _cluster.Put(Samples.Deployment("web", 2));
        _cluster.Run(2, _drones.Work);
        _cluster.ChangeSpec<Deployment>("default", "web", web => web with { Spec = web.Spec with { Replicas = 6 } });
        _cluster.Run(2, _drones.Work);
        Assert.Equal(6, _cluster.LivingPods.Count);
        _cluster.ChangeSpec<Deployment>("default", "web", web => web with { Spec = web.Spec with { Replicas = 0 } });
        _cluster.Run(3, _drones.Work);
        Assert.Empty(_cluster.All<Pod>());
        Assert.Equal(0, _cluster.Get<Deployment>("default", "web").Status.Replicas);
    }

    [Fact]
    public void Scaling_in_the_middle_of_an_update_keeps_the_proportions()
    {
        _cluster.Put(Samples.Deployment("web", 10, 2, 0));
        _cluster.Run(2, _drones.Work);
        _drones.Pace = 0;
        _cluster.ChangeSpec<Deployment>("default", "web", web => web with { Spec = web.Spec with { Template = Samples.Template("web:2") } });
        _cluster.Run(2, _drones.Work);
        Assert.Equal([10, 2], _cluster.All<ReplicaSet>().Select(set => set.Spec.Replicas!.Value).OrderDescending());

        _cluster.ChangeSpec<Deployment>("default", "web", web => web with { Spec = web.Spec with { Replicas = 30 } });
        _cluster.Settle();

        var sizes = _cluster.All<ReplicaSet>().Select(set => set.Spec.Replicas!.Value).OrderDescending().ToArray();
        Assert.Equal(32, sizes.Sum());
        Assert.InRange(sizes[1], 5, 6);
    }

    [Fact]
    public void Paused_deployment_does_not_roll_out_but_scales()
    {
        _cluster.Put(Samples.Deployment("web", 2));
        _cluster.Run(2, _drones.Work);
        _cluster.ChangeSpec<Deployment>("default", "web", web => web with { Spec = web.Spec with { Paused = true, Replicas = 3, Template = Samples.Template("web:2") } });
        _cluster.Run(2, _drones.Work);

        Assert.Single(_cluster.All<ReplicaSet>());
        Assert.Equal(3, _cluster.LivingPods.Count);
        Assert.Contains(_cluster.Get<Deployment>("default", "web").Status.Conditions, condition => condition.Reason == "DeploymentPaused");

        _cluster.ChangeSpec<Deployment>("default", "web", web => web with { Spec = web.Spec with { Paused = false } });
        _cluster.Run(10, _drones.Work);
        Assert.All(_cluster.LivingPods, pod => Assert.Equal("web:2", pod.Spec.Containers[0].Image));
    }

    [Fact]
    public void Recreate_never_runs_two_templates_at_once()
    {
        var web = Samples.Deployment("web", 3);
        _cluster.Put(web with { Spec = web.Spec with { Strategy = new DeploymentStrategy { Type = "Recreate" } } });
        _cluster.Run(2, _drones.Work);
        _cluster.AtEveryRevision = view =>
            Assert.True(view.All<Pod>().Select(pod => pod.Value.Spec.Containers[0].Image).Distinct().Count() <= 1, $"two templates at {view.At}");
        _cluster.ChangeSpec<Deployment>("default", "web", old => old with { Spec = old.Spec with { Template = Samples.Template("web:2") } });
        _cluster.Run(6, _drones.Work);
        Assert.Equal(3, _cluster.LivingPods.Count(pod => pod.Spec.Containers[0].Image == "web:2"));
    }

    [Fact]
    public void Update_that_does_not_come_up_is_reported_after_its_deadline()
    {
        var web = Samples.Deployment("web", 2);
        _cluster.Put(web with { Spec = web.Spec with { ProgressDeadlineSeconds = 20 } });
        _cluster.Run(25);
        var condition = Assert.Single(_cluster.Get<Deployment>("default", "web").Status.Conditions, condition => condition.Type == "Progressing");
        Assert.Equal(("False", "ProgressDeadlineExceeded"), (condition.Status, condition.Reason));
    }

    [Fact]
    public void History_keeps_as_many_replica_sets_as_asked_for()
    {
        var web = Samples.Deployment("web", 1);
        _cluster.Put(web with { Spec = web.Spec with { RevisionHistoryLimit = 1 } });
        for (int version = 2; version <= 4; version++)
        {
            _cluster.Run(6, _drones.Work);
            int number = version;
            _cluster.ChangeSpec<Deployment>("default", "web", old => old with { Spec = old.Spec with { Template = Samples.Template($"web:{number}") } });
        }
        _cluster.Run(8, _drones.Work);
        Assert.Equal(["web:3", "web:4"], _cluster.All<ReplicaSet>().Select(set => set.Spec.Template.Spec.Containers[0].Image).Order());
    }

    [Fact]
    public void Minimum_ready_time_delays_availability()
    {
        var web = Samples.Deployment("web", 1);
        _cluster.Put(web with { Spec = web.Spec with { MinReadySeconds = 5 } });
        _cluster.Run(3, _drones.Work);
        Assert.Equal((1, 0), (_cluster.Get<Deployment>("default", "web").Status.ReadyReplicas, _cluster.Get<Deployment>("default", "web").Status.AvailableReplicas));
        _cluster.Run(6);
        Assert.Equal(1, _cluster.Get<Deployment>("default", "web").Status.AvailableReplicas);
    }
}
