using Xunit;

namespace Hive.Objects.Tests;

/// <summary>The files under testdata/protobuf are bodies as kubectl 1.32 and 1.33 send them.</summary>
public class ProtobufTests
{
    [Fact]
    public void A_config_map_from_kubectl_is_read()
    {
        var map = Read<ConfigMap>("configmap");
        Assert.Equal("cm1", map.Name);
        Assert.Equal(StringMap.Of(("a", "b"), ("c", "ü")), map.Data);
    }

    [Fact]
    public void A_namespace_and_a_service_account_from_kubectl_are_read()
    {
        Assert.Equal("ns1", Read<Namespace>("namespace").Name);
        Assert.Equal("sa1", Read<ServiceAccount>("serviceaccount").Name);
    }

    [Fact]
    public void A_secret_from_kubectl_is_read() => Assert.Equal("q", Read<Secret>("secret").Data["p"].ToString());

    [Fact]
    public void A_deployment_from_kubectl_is_read()
    {
        var deployment = Read<Deployment>("deployment");
        Assert.Equal(3, deployment.Spec.Replicas);
        Assert.Equal("web", deployment.Spec.Selector!.MatchLabels["app"]);
        var container = Assert.Single(deployment.Spec.Template.Spec.Containers);
        Assert.Equal(("nginx", "nginx:1.25", 80), (container.Name, container.Image, container.Ports[0].Port));
    }

    [Fact]
    public void A_service_from_kubectl_is_read()
    {
        var service = Read<Service>("service");
        var port = Assert.Single(service.Spec.Ports);
        Assert.Equal(("NodePort", 80, new IntOrString(8080), 30001), (service.Spec.Type, port.Port, port.TargetPort, port.NodePort));
    }

    [Fact]
    public void Requests_for_tokens_and_access_from_kubectl_are_read()
    {
        Assert.Equal(600, ReadDocument<TokenRequest>("tokenrequest").Spec.ExpirationSeconds);
        Assert.Equal(("list", "pods"), (ReadDocument<SelfSubjectAccessReview>("selfsubjectaccessreview").Spec.ResourceAttributes!.Verb, ReadDocument<SelfSubjectAccessReview>("selfsubjectaccessreview").Spec.ResourceAttributes!.Resource));
        Assert.Equal("SelfSubjectReview", ReadDocument<SelfSubjectReview>("selfsubjectreview").Kind);
    }

    [Theory]
    [InlineData("configmap")]
    [InlineData("deployment")]
    [InlineData("service")]
    public void What_was_read_is_written_so_that_it_reads_back_the_same(string name)
    {
        Assert.True(HiveProtobuf.TryOpen(TestData.Hex(name), out var envelope, out _));
        Assert.True(KindCatalog.BuiltIn.TryFindKind(envelope.ApiVersion, envelope.Kind, out var kind));
        var first = kind.Read(TestData.Hex(name), BodyFormat.Protobuf, false).Value!;
        var second = kind.Read(HiveProtobuf.Write(first), BodyFormat.Protobuf, false).Value!;
        Assert.Equal(TestData.Write(first), TestData.Write(second));
    }

    [Fact]
    public void A_rich_pod_survives_protobuf_unchanged()
    {
        var text = TestData.Text("manifests/pod.json");
        var pod = TestData.Read<Pod>(text);
        var back = KindCatalog.BuiltIn.Of<Pod>().Read(HiveProtobuf.Write(pod), BodyFormat.Protobuf, false);
        Assert.True(back.Ok, back.Error);
        TestData.SameJson(text, TestData.Write(back.Value));
    }

    [Fact]
    public void Inline_groups_lie_in_a_message_of_their_own()
    {
        // Volume{name: "v", volumeSource{hostPath{path: "/x"}}}: field 2 holds field 1, as every client encodes it.
        var pod = new Pod { Spec = new PodSpec { Volumes = [new Volume { Name = "v", HostPath = new HostPathVolumeSource { Path = "/x" } }] } };
        var bytes = Convert.ToHexString(HiveProtobuf.Write(pod));
        Assert.Contains("0A0176" + "1206" + "0A04" + "0A022F78", bytes, StringComparison.Ordinal);
    }

    [Fact]
    public void Cut_and_flipped_bodies_are_refused_or_read_but_never_throw()
    {
        var body = TestData.Hex("deployment");
        var kind = KindCatalog.BuiltIn.Of<Deployment>();
        for (var length = 0; length < body.Length; length++) _ = kind.Read(body.AsMemory(0, length), BodyFormat.Protobuf, false).Ok;
        for (var bit = 0; bit < body.Length * 8; bit++)
        {
            var flipped = (byte[])body.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            _ = kind.Read(flipped, BodyFormat.Protobuf, false).Ok;
        }
        Assert.False(kind.Read(body.AsMemory(0, body.Length / 2), BodyFormat.Protobuf, false).Ok);
    }

    private static T Read<T>(string name) where T : HiveObject, new()
    {
        var decoded = KindCatalog.BuiltIn.Of<T>().Read(TestData.Hex(name), BodyFormat.Protobuf, false);
        Assert.True(decoded.Ok, decoded.Error);
        return (T)decoded.Value;
    }

    private static T ReadDocument<T>(string name) where T : TypedDocument, new()
    {
        var decoded = BodyReader.Read<T>(TestData.Hex(name), BodyFormat.Protobuf, false);
        Assert.True(decoded.Ok, decoded.Error);
        return decoded.Value;
    }
}
