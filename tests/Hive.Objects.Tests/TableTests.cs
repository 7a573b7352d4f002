using Xunit;

namespace Hive.Objects.Tests;

public class TableTests
{
    private static readonly Time Now = new(1_800_000_000);

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(125, "2m5s")]
    [InlineData(599, "9m59s")]
    [InlineData(600, "10m")]
    [InlineData(3 * 3600 - 1, "179m")]
    [InlineData(3 * 3600 + 60, "3h1m")]
    [InlineData(8 * 3600, "8h")]
    [InlineData(47 * 3600, "47h")]
    [InlineData(49 * 3600, "2d1h")]
    [InlineData(9 * 86400, "9d")]
    [InlineData(3L * 365 * 86400 + 86400, "3y1d")]
    [InlineData(9L * 365 * 86400, "9y")]
    [InlineData(-1, "0s")]
    [InlineData(-5, "<invalid>")]
    public void Ages_get_coarser_with_time(long seconds, string text) => Assert.Equal(text, HumanTime.Short(seconds));

    [Fact]
    public void A_pod_shows_its_state() =>
        Assert.Equal("rich|1/2|Running|1 (2m5s ago)|3m|10.1.0.2|n1|<none>|0/1", Row(Rich(pod => pod)));

    [Theory]
    [InlineData("ContainerCreating", "ContainerCreating")]
    [InlineData("CrashLoopBackOff", "CrashLoopBackOff")]
    public void A_waiting_container_gives_the_pod_its_reason(string reason, string status)
    {
        var pod = Rich(p => p with { Status = p.Status with { ContainerStatuses = [p.Status.ContainerStatuses[0] with { Ready = false, State = new ContainerState { Waiting = new ContainerStateWaiting { Reason = reason } } }] } });
        Assert.Equal(status, Row(pod).Split('|')[2]);
    }

    [Fact]
    public void An_init_container_that_is_not_done_decides()
    {
        var waiting = new ContainerStatus { Name = "prepare", State = new ContainerState { Running = new ContainerStateRunning() } };
        Assert.Equal("Init:0/1", PodSummary.Of(Plain(new PodStatus { Phase = "Pending", InitContainerStatuses = [waiting] })).Status);
        var failed = waiting with { State = new ContainerState { Terminated = new ContainerStateTerminated { ExitCode = 2 } } };
        Assert.Equal("Init:ExitCode:2", PodSummary.Of(Plain(new PodStatus { Phase = "Pending", InitContainerStatuses = [failed] })).Status);
    }

    [Fact]
    public void A_pod_being_deleted_is_terminating() =>
        Assert.Equal("Terminating", PodSummary.Of(Plain(new PodStatus { Phase = "Running" }) with { Metadata = new ObjectMeta { DeletionTimestamp = Now } }).Status);

    [Fact]
    public void A_finished_pod_carries_a_condition_and_an_evicted_one_its_reason()
    {
        var done = Plain(new PodStatus { Phase = "Succeeded", ContainerStatuses = [new ContainerStatus { Name = "a", State = new ContainerState { Terminated = new ContainerStateTerminated { Reason = "Completed" } } }] });
        var table = Table(done);
        Assert.Equal("The pod has completed successfully.", table.Rows[0].Conditions[0].Message);
        Assert.Equal("Completed", Row(done).Split('|')[2]);
        Assert.Equal("Evicted", PodSummary.Of(Plain(new PodStatus { Phase = "Failed", Reason = "Evicted" })).Status);
    }

    [Fact]
    public void A_node_shows_readiness_roles_and_addresses()
    {
        var node = new Node
        {
            Metadata = Meta("n1") with { Namespace = "", Labels = StringMap.Of(("node-role.kubernetes.io/queen", ""), ("node-role.kubernetes.io/drone", "")) },
            Spec = new NodeSpec { Unschedulable = true },
            Status = new NodeStatus
            {
                Conditions = [new NodeCondition { Type = "Ready", Status = "True" }],
                Addresses = [new NodeAddress { Type = "InternalIP", Address = "10.0.0.1" }],
                NodeInfo = new NodeSystemInfo { KubeletVersion = "v1.33.0", OsImage = "Debian", KernelVersion = "6.1" },
            },
        };
        Assert.Equal("n1|Ready,SchedulingDisabled|drone,queen|3m|v1.33.0|10.0.0.1|<none>|Debian|6.1|<unknown>", Row(node));
    }

    [Fact]
    public void A_service_shows_its_ports_and_addresses()
    {
        var service = new Service { Metadata = Meta("web"), Spec = new ServiceSpec { Type = "NodePort", ClusterIP = "10.96.0.5", Selector = StringMap.Of(("b", "2"), ("a", "1")), Ports = [new ServicePort { Port = 80, Protocol = "TCP", NodePort = 30080 }] } };
        Assert.Equal("web|NodePort|10.96.0.5|<none>|80:30080/TCP|3m|a=1,b=2", Row(service));
    }

    [Fact]
    public void Workloads_show_their_numbers()
    {
        var deployment = TestData.Deployment() with { Status = new DeploymentStatus { ReadyReplicas = 1, UpdatedReplicas = 2, AvailableReplicas = 1 } };
        Assert.Equal("web|1/1|2|1|<unknown>|main|web:1|app=web", Row(deployment));
        var set = new ReplicaSet { Metadata = Meta("web-1"), Spec = new ReplicaSetSpec { Replicas = 3 }, Status = new ReplicaSetStatus { Replicas = 2, ReadyReplicas = 1 } };
        Assert.Equal("web-1|3|2|1|3m|||<none>", Row(set));
    }

    [Fact]
    public void Long_lists_of_endpoints_are_cut()
    {
        var endpoints = new Endpoints
        {
            Metadata = Meta("web"),
            Subsets = [new EndpointSubset { Addresses = [.. Enumerable.Range(1, 5).Select(i => new EndpointAddress { Ip = $"10.0.0.{i}" })], Ports = [new EndpointsPort { Port = 80 }] }],
        };
        Assert.Equal("web|10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...|3m", Row(endpoints));
    }

    [Fact]
    public void Rows_carry_metadata_the_object_or_nothing()
    {
        var map = new ConfigMap { Metadata = Meta("m"), Data = StringMap.Of(("a", "1")) };
        var kind = KindCatalog.BuiltIn.Of(map);
        string Object(IncludeObject include) => TestData.Write(TableBuilder.Build(kind, [map], new ListMeta(), Now, include));
        Assert.Contains("\"object\":{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{\"name\":\"m\"", Object(IncludeObject.Metadata), StringComparison.Ordinal);
        Assert.Contains("\"object\":{\"kind\":\"ConfigMap\"", Object(IncludeObject.Object), StringComparison.Ordinal);
        Assert.DoesNotContain("\"object\"", Object(IncludeObject.None), StringComparison.Ordinal);
        Assert.DoesNotContain("columnDefinitions", TestData.Write(TableBuilder.Build(kind, [map], new ListMeta(), Now, IncludeObject.None, withColumns: false)), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_kind_fills_exactly_its_columns()
    {
        foreach (var kind in KindCatalog.BuiltIn.All)
        {
            var empty = (HiveObject)Activator.CreateInstance(kind.Schema.Type)!;
            Assert.Equal(kind.Columns.Count, kind.Cells(empty, Now).Cells.Count);
        }
    }

    private static ObjectMeta Meta(string name) => new() { Name = name, Namespace = "default", CreationTimestamp = Now.AddSeconds(-180) };

    private static Pod Plain(PodStatus status) => TestData.Pod(spec => spec with { InitContainers = [new Container { Name = "prepare", Image = "i" }] }) with { Status = status };

    private static Pod Rich(Func<Pod, Pod> change)
    {
        var pod = TestData.Read<Pod>(TestData.Text("manifests/pod.json"));
        var last = pod.Status.ContainerStatuses[0].LastState.Terminated! with { FinishedAt = Now.AddSeconds(-125) };
        pod = pod with
        {
            Metadata = pod.Metadata with { CreationTimestamp = Now.AddSeconds(-180) },
            Status = pod.Status with { ContainerStatuses = [pod.Status.ContainerStatuses[0] with { LastState = new ContainerState { Terminated = last } }] },
        };
        return change(pod);
    }

    private static Table Table(HiveObject item) => TableBuilder.Build(KindCatalog.BuiltIn.Of(item), [item], new ListMeta(), Now, IncludeObject.Metadata);

    private static string Row(HiveObject item) => string.Join('|', Table(item).Rows[0].Cells.Select(cell => cell.ToString().Trim('"')));
}
