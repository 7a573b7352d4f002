using Hive.Api.Http;
using Xunit;

namespace Hive.Api.Tests;

public sealed class NegotiationTests
{
    [Theory]
    [InlineData("", WireFormat.Json, ObjectShape.Full)]
    [InlineData("application/json, */*", WireFormat.Json, ObjectShape.Full)]
    [InlineData("application/vnd.kubernetes.protobuf,application/json", WireFormat.Protobuf, ObjectShape.Full)]
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", WireFormat.Json, ObjectShape.Table)]
    [InlineData("application/json;as=Table;v=v9;g=meta.k8s.io,application/json", WireFormat.Json, ObjectShape.Full)]
    [InlineData("application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", WireFormat.Protobuf, ObjectShape.PartialMetadata)]
    [InlineData("application/yaml;q=0.5,application/json", WireFormat.Json, ObjectShape.Full)]
    public void First_alternative_that_can_be_served_is_chosen(string accept, WireFormat format, ObjectShape shape)
    {
        MediaChoice choice = MediaTypes.Choose(accept, watch: false).Value;
        Assert.Equal((format, shape), (choice.Format, choice.Shape));
    }

    [Theory]
    [InlineData("/api/v1/namespaces/ns/pods/p/log", "", "v1", "ns", "pods", "p", "log")]
    [InlineData("/api/v1/namespaces/ns", "", "v1", "", "namespaces", "ns", "")]
    [InlineData("/api/v1/namespaces/ns/finalize", "", "v1", "", "namespaces", "ns", "finalize")]
    [InlineData("/apis/apps/v1/deployments", "apps", "v1", "", "deployments", "", "")]
    [InlineData("/api/v1/nodes/n1/status", "", "v1", "", "nodes", "n1", "status")]
    [InlineData("/api/v1/watch/namespaces/ns/pods/p", "", "v1", "ns", "pods", "p", "")]
    public void Path_names_its_resource(string path, string group, string version, string space, string resource, string name, string subresource)
    {
        RequestTarget target = RequestTarget.Parse(path)!;
        Assert.Equal((group, version, space, resource, name, subresource), (target.Group, target.Version, target.Namespace, target.Resource, target.Name, target.Subresource));
        Assert.Equal(path.Contains("/watch/", StringComparison.Ordinal), target.Watch);
    }
}
