using Hive.Control.Controllers;
using Hive.Objects;

namespace Hive.Control.Tests;

public sealed class EndpointsTests
{
    private readonly Cluster _cluster = Cluster.Leading(
        new EndpointsController(), new EndpointSliceController(), new KubernetesServiceController("10.43.0.1"), new NamespaceController(), new GarbageCollector());

    private Pod Running(string name, string address, bool ready = true, int port = 8000) => _cluster.Put(Samples.Started(
        Samples.Pod(name, Samples.Spec(ports: new ContainerPort { Name = "http", Port = port, Protocol = "TCP" }), node: "n1"), _cluster.Now.Wall.ToTime(), address, ready));

    private List<EndpointSlice> Slices => _cluster.All<EndpointSlice>().Where(slice => slice.Metadata.Labels.Get("kubernetes.io/service-name") == "web").ToList();

    [Fact]
    public void Ready_pods_are_addresses_and_others_are_not_ready_ones()
    {
        _cluster.Put(Samples.Service("web"));
        Running("a", "10.42.0.1");
        Running("b", "10.42.0.2", ready: false);
        _cluster.Put(Samples.Pod("unstarted"));
        _cluster.Settle();

        var subset = Assert.Single(_cluster.Get<Hive.Objects.Endpoints>("default", "web").Subsets);
        Assert.Equal(["10.42.0.1"], subset.Addresses.Select(address => address.Ip));
        Assert.Equal(["10.42.0.2"], subset.NotReadyAddresses.Select(address => address.Ip));
        Assert.Equal(("http", 8080, "TCP"), (subset.Ports[0].Name, subset.Ports[0].Port, subset.Ports[0].Protocol));
        var slice = Assert.Single(Slices);
        Assert.Equal("IPv4", slice.AddressType);
        Assert.Equal([true, false], slice.Endpoints.OrderBy(endpoint => endpoint.Addresses[0], StringComparer.Ordinal).Select(endpoint => endpoint.Conditions.Ready!.Value));
    }

    [Fact]
    public void Terminating_pod_leaves_the_ready_ones_first()
    {
        _cluster.Put(Samples.Service("web"));
        Running("a", "10.42.0.1");
        _cluster.Settle();
        _cluster.Change<Pod>("default", "a", pod => pod with { Metadata = pod.Metadata with { DeletionTimestamp = new Time(1) } });
        _cluster.Settle();
        var conditions = Assert.Single(Assert.Single(Slices).Endpoints).Conditions;
        Assert.Equal((false, true, true), (conditions.Ready, conditions.Serving, conditions.Terminating));
        Assert.Empty(_cluster.Get<Hive.Objects.Endpoints>("default", "web").Subsets);
    }

    [Fact]
    public void Named_port_is_looked_up_in_each_pod()
    {
        _cluster.Put(Samples.Service("web", new ServicePort { Name = "http", Port = 80, TargetPort = "http", Protocol = "TCP" }));
        Running("a", "10.42.0.1", port: 8000);
        Running("b", "10.42.0.2", port: 9000);
        _cluster.Settle();
        Assert.Equal([8000, 9000], Slices.Select(slice => slice.Ports[0].Port!.Value).Order());
        Assert.Equal([8000, 9000], _cluster.Get<Hive.Objects.Endpoints>("default", "web").Subsets.Select(subset => subset.Ports[0].Port).Order());
    }

    [Fact]
    public void Slice_holds_a_hundred_and_one_pods_change_rewrites_one_slice()
    {
        _cluster.Put(Samples.Service("web"));
        for (int i = 0; i < 250; i++) Running($"p{i:000}", $"10.42.{i / 200}.{i % 200 + 1}");
        _cluster.Settle();
        Assert.Equal([50, 100, 100], Slices.Select(slice => slice.Endpoints.Count).Order());

        var before = _cluster.View.All<EndpointSlice>().ToDictionary(slice => slice.Key, slice => slice.ModifiedAt);
        _cluster.Change<Pod>("default", "p100", pod => Samples.Started(pod, new Time(5), pod.Status.PodIP, ready: false));
        _cluster.Settle();
        Assert.Single(_cluster.View.All<EndpointSlice>(), slice => before[slice.Key] != slice.ModifiedAt);
    }

    [Fact]
    public void Service_without_pods_has_an_empty_slice_and_one_without_a_selector_has_none()
    {
        _cluster.Put(Samples.Service("web"));
        var bare = Samples.Service("bare");
        _cluster.Put(bare with { Spec = bare.Spec with { Selector = StringMap.Empty } });
        _cluster.Settle();
        Assert.Empty(Assert.Single(Slices).Endpoints);
        Assert.Null(_cluster.Find<Hive.Objects.Endpoints>("default", "bare"));
    }

    [Fact]
    public void Endpoints_go_with_their_service()
    {
        _cluster.Put(Samples.Service("web"));
        Running("a", "10.42.0.1");
        _cluster.Settle();
        _cluster.Remove<Service>("default", "web");
        _cluster.Settle();
        Assert.Null(_cluster.Find<Hive.Objects.Endpoints>("default", "web"));
        Assert.Empty(Slices);
    }

    [Fact]
    public void Kubernetes_service_points_at_the_queens_that_live()
    {
        _cluster.PutRaw(HiveKeys.Queen(new MemberId(1)), """{"address":"10.0.0.1","port":6443}""");
        _cluster.PutRaw(HiveKeys.Queen(new MemberId(2)), """{"address":"10.0.0.2","port":6443}""");
        _cluster.PutRaw(HiveKeys.Queen(new MemberId(3)), """{"address":"10.0.0.1","port":7443}""");
        _cluster.Settle();
        Assert.Equal("10.43.0.1", _cluster.Get<Service>("default", "kubernetes").Spec.ClusterIP);
        Assert.Equal(["10.0.0.1,10.0.0.2:6443", "10.0.0.1:7443"], Queens());
        Assert.Equal(2, _cluster.All<EndpointSlice>("default").Count);

        _cluster.DeleteRaw(HiveKeys.Queen(new MemberId(1)));
        _cluster.DeleteRaw(HiveKeys.Queen(new MemberId(3)));
        _cluster.Settle();
        Assert.Equal(["10.0.0.2:6443"], Queens());
        Assert.Single(_cluster.All<EndpointSlice>("default"));
        _cluster.Remove<Service>("default", "kubernetes");
        _cluster.Settle();
        Assert.NotNull(_cluster.Find<Service>("default", "kubernetes"));

        string[] Queens() => [.. _cluster.Get<Hive.Objects.Endpoints>("default", "kubernetes").Subsets
            .Select(subset => $"{string.Join(",", subset.Addresses.Select(address => address.Ip))}:{subset.Ports[0].Port}")];
    }
}
