using System.Text;
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

    [Theory]
    [InlineData("mode: 0644", """{"mode":420}""")]
    [InlineData("a: yes\nb: \"yes\"\nc: ~", """{"a":true,"b":"yes","c":null}""")]
    [InlineData("base: &b {x: 1}\nd:\n  <<: *b\n  y: 2", """{"base":{"x":1},"d":{"y":2,"x":1}}""")]
    [InlineData("v: 1.5\nt: 2024-01-02\ni: 12e2", """{"v":1.5,"t":"2024-01-02","i":1200}""")]
    [InlineData("- 1\n- [a, b]", """[1,["a","b"]]""")]
    public void Yaml_means_what_manifests_mean(string yaml, string json)
    {
        byte[] read = YamlReading.ToJson(Encoding.UTF8.GetBytes(yaml), new ApiLimits()).Value;
        Assert.Equal(json, Encoding.UTF8.GetString(read));
    }

    [Theory]
    [InlineData("""{"a":"1","b":"true","c":"null","d":"","e":" x","f":"a: b","g":"- x","h":"0644","i":"2024-01-02","j":"#","k":"multi\nline","l":"tail\n"}""")]
    [InlineData("""{"empty":{},"list":[],"nested":[{"a":[1,2.5,true,null]}]}""")]
    public void Yaml_written_reads_back_as_the_same_json(string json)
    {
        byte[] yaml = YamlWriting.FromJson(Encoding.UTF8.GetBytes(json));
        Assert.Equal(json, Encoding.UTF8.GetString(YamlReading.ToJson(yaml, new ApiLimits()).Value));
    }
}
