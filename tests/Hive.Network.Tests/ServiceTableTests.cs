using System.Net;
using Hive.Network.Services;
using Hive.Objects;
using Xunit;

namespace Hive.Network.Tests;

public sealed class ServiceTableTests
{
    [Fact]
    public void Only_ready_endpoints_of_the_named_port_become_backends()
    {
        ServiceTable table = ServiceTable.Build([Web()], [Slice("http", 8080, ("10.0.0.2", true), ("10.0.0.1", true), ("10.0.0.3", false)), Slice("admin", 9090, ("10.0.0.1", true))]);

        ServicePortRule rule = Assert.Single(table.Rules);
        Assert.Equal("default/web:http", rule.Name);
        Assert.Equal([new IPEndPoint(IPAddress.Parse("10.0.0.1"), 8080), new IPEndPoint(IPAddress.Parse("10.0.0.2"), 8080)], rule.Backends.ToArray());
        Assert.Equal(30080, rule.NodePort);
    }

    [Fact]
    public void Unready_endpoints_are_used_when_the_service_publishes_them()
    {
        Service web = Web();
        ServiceTable table = ServiceTable.Build([web with { Spec = web.Spec with { PublishNotReadyAddresses = true } }], [Slice("http", 8080, ("10.0.0.3", false))]);

        Assert.Single(Assert.Single(table.Rules).Backends);
    }

    [Fact]
    public void Headless_and_external_name_services_are_not_proxied()
    {
        Service web = Web();
        Service headless = web with { Spec = web.Spec with { ClusterIP = "None" } };
        Service external = web with { Spec = web.Spec with { Type = ServiceType.ExternalName, ClusterIP = "" } };

        Assert.Empty(ServiceTable.Build([headless, external], []).Rules);
    }

    [Fact]
    public void Slices_of_another_service_or_namespace_lend_no_backends()
    {
        EndpointSlice slice = Slice("http", 8080, ("10.0.0.1", true));
        EndpointSlice elsewhere = slice with { Metadata = slice.Metadata with { Namespace = "other" } };

        Assert.Empty(Assert.Single(ServiceTable.Build([Web()], [elsewhere]).Rules).Backends);
    }

    internal static Service Web() => new()
    {
        Metadata = new ObjectMeta { Name = "web", Namespace = "default" },
        Spec = new ServiceSpec { Type = ServiceType.NodePort, ClusterIP = "10.43.0.9", Ports = [new ServicePort { Name = "http", Protocol = "TCP", Port = 80, NodePort = 30080 }] },
    };

    internal static EndpointSlice Slice(string port, int number, params (string Address, bool Ready)[] endpoints) => new()
    {
        Metadata = new ObjectMeta { Name = "web-1", Namespace = "default", Labels = StringMap.Empty.With("kubernetes.io/service-name", "web") },
        AddressType = "IPv4",
        Ports = [new EndpointPort { Name = port, Protocol = "TCP", Port = number }],
        Endpoints = [.. endpoints.Select(e => new Endpoint { Addresses = [e.Address], Conditions = new EndpointConditions { Ready = e.Ready } })],
    };
}
