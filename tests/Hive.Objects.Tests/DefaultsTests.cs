using Xunit;

namespace Hive.Objects.Tests;

public class DefaultsTests
{
    [Fact]
    public void A_pod_gets_what_it_left_out()
    {
        var given = TestData.Pod(spec => spec with
        {
            Containers = [new Container { Name = "a", Image = "web", Ports = [new ContainerPort { Port = 80 }], ReadinessProbe = new Probe { HttpGet = new HTTPGetAction { Port = 80 } } }],
            Volumes = [new Volume { Name = "v" }],
        });
        var pod = (Pod)KindCatalog.BuiltIn.Of<Pod>().PrepareForCreate(given);
        var (spec, container) = (pod.Spec, pod.Spec.Containers[0]);
        Assert.Equal(("Always", "ClusterFirst", 30L, "default-scheduler"), (spec.RestartPolicy, spec.DnsPolicy, spec.TerminationGracePeriodSeconds!.Value, spec.SchedulerName));
        Assert.Equal(("Always", "TCP", "/dev/termination-log", "File"), (container.ImagePullPolicy, container.Ports[0].Protocol, container.TerminationMessagePath, container.TerminationMessagePolicy));
        Assert.Equal((1, 10, 1, 3), (container.ReadinessProbe!.TimeoutSeconds, container.ReadinessProbe.PeriodSeconds, container.ReadinessProbe.SuccessThreshold, container.ReadinessProbe.FailureThreshold));
        Assert.Equal(("/", "HTTP"), (container.ReadinessProbe.HttpGet!.Path, container.ReadinessProbe.HttpGet.Scheme));
        Assert.NotNull(spec.Volumes[0].EmptyDir);
        Assert.Equal(("Pending", "BestEffort", 1L), (pod.Status.Phase, pod.Status.QosClass, pod.Metadata.Generation));
        Assert.Equal("", given.Spec.RestartPolicy);
    }

    [Theory]
    [InlineData("nginx", "Always")]
    [InlineData("nginx:latest", "Always")]
    [InlineData("nginx:1.25", "IfNotPresent")]
    [InlineData("localhost:5000/nginx", "Always")]
    [InlineData("localhost:5000/nginx:1", "IfNotPresent")]
    [InlineData("nginx@sha256:0000", "IfNotPresent")]
    public void The_tag_decides_when_an_image_is_pulled(string image, string policy)
    {
        var pod = (Pod)KindCatalog.BuiltIn.Of<Pod>().WithDefaults(TestData.Pod(spec => spec with { Containers = [new Container { Name = "a", Image = image }] }));
        Assert.Equal(policy, pod.Spec.Containers[0].ImagePullPolicy);
    }

    [Fact]
    public void A_deployment_rolls_by_a_quarter_and_keeps_ten_revisions()
    {
        var spec = ((Deployment)KindCatalog.BuiltIn.Of<Deployment>().PrepareForCreate(TestData.Deployment())).Spec;
        Assert.Equal((1, 10, 600), (spec.Replicas!.Value, spec.RevisionHistoryLimit!.Value, spec.ProgressDeadlineSeconds!.Value));
        Assert.Equal(("RollingUpdate", "25%", "25%"), (spec.Strategy.Type, spec.Strategy.RollingUpdate!.MaxSurge!.Value.Text, spec.Strategy.RollingUpdate.MaxUnavailable!.Value.Text));
    }

    [Fact]
    public void A_service_gets_type_protocol_and_target_port()
    {
        var service = (Service)KindCatalog.BuiltIn.Of<Service>().PrepareForCreate(new Service { Spec = new ServiceSpec { Ports = [new ServicePort { Port = 80 }] } });
        Assert.Equal(("ClusterIP", "None", "Cluster"), (service.Spec.Type, service.Spec.SessionAffinity, service.Spec.InternalTrafficPolicy));
        Assert.Equal(("TCP", new IntOrString(80)), (service.Spec.Ports[0].Protocol, service.Spec.Ports[0].TargetPort));
    }

    [Fact]
    public void An_update_that_leaves_out_what_was_allocated_keeps_it()
    {
        var kind = KindCatalog.BuiltIn.Of<Service>();
        var current = new Service { Spec = new ServiceSpec { Type = "NodePort", ClusterIP = "10.96.0.9", ClusterIPs = ["10.96.0.9"], Ports = [new ServicePort { Port = 80, Protocol = "TCP", TargetPort = 80, NodePort = 30001 }] } };
        var updated = (Service)kind.PrepareForUpdate(new Service { Spec = new ServiceSpec { Type = "NodePort", Ports = [new ServicePort { Port = 80 }] } }, current);
        Assert.Equal(("10.96.0.9", 30001), (updated.Spec.ClusterIP, updated.Spec.Ports[0].NodePort));
    }

    [Fact]
    public void Generation_moves_with_the_spec_only_and_status_comes_from_its_own_door()
    {
        var kind = KindCatalog.BuiltIn.Of<Deployment>();
        var current = (Deployment)kind.PrepareForCreate(TestData.Deployment());
        var labelled = (Deployment)kind.PrepareForUpdate(current with { Metadata = current.Metadata with { Labels = StringMap.Of(("x", "y")) }, Status = new DeploymentStatus { Replicas = 7 } }, current);
        Assert.Equal((1L, 0), (labelled.Metadata.Generation, labelled.Status.Replicas));
        var scaled = (Deployment)kind.PrepareForUpdate(current with { Spec = current.Spec with { Replicas = 5 } }, current);
        Assert.Equal(2, scaled.Metadata.Generation);
        var reported = (Deployment)kind.PrepareForStatusUpdate(scaled with { Status = new DeploymentStatus { Replicas = 5 } }, current);
        Assert.Equal((1, 5, 1L), (reported.Spec.Replicas!.Value, reported.Status.Replicas, reported.Metadata.Generation));
    }

    [Fact]
    public void Text_of_a_secret_is_folded_into_its_data()
    {
        var secret = (Secret)KindCatalog.BuiltIn.Of<Secret>().PrepareForCreate(new Secret { StringData = StringMap.Of(("a", "b")) });
        Assert.Equal(("b", 0, "Opaque"), (secret.Data["a"].ToString(), secret.StringData.Count, secret.Type));
    }

    [Fact]
    public void A_namespace_is_born_active_with_its_finalizer_and_label()
    {
        var born = (Namespace)KindCatalog.BuiltIn.Of<Namespace>().PrepareForCreate(new Namespace { Metadata = new ObjectMeta { Name = "n" } });
        Assert.Equal(("Active", "kubernetes", "n"), (born.Status.Phase, Assert.Single(born.Spec.Finalizers), born.Metadata.Labels["kubernetes.io/metadata.name"]));
    }

    [Theory]
    [InlineData(null, null, "BestEffort")]
    [InlineData("100m", null, "Burstable")]
    [InlineData("100m", "100m", "Burstable")]
    public void Quality_of_service_follows_requests_and_limits(string? request, string? limit, string qos)
    {
        var resources = new ResourceRequirements();
        if (request is not null) resources = resources with { Requests = resources.Requests.With("cpu", Quantity.Parse(request)) };
        if (limit is not null) resources = resources with { Limits = resources.Limits.With("cpu", Quantity.Parse(limit)) };
        Assert.Equal(qos, PodQos.Of(new PodSpec { Containers = [new Container { Resources = resources }] }));
        var full = OrdinalMap<Quantity>.Empty.With("cpu", Quantity.Parse("1")).With("memory", Quantity.Parse("1Gi"));
        Assert.Equal("Guaranteed", PodQos.Of(new PodSpec { Containers = [new Container { Resources = new ResourceRequirements { Limits = full, Requests = full } }] }));
    }
}
