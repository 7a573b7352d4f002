using System.Text;
using Xunit;

namespace Hive.Objects.Tests;

public class JsonTests
{
    [Fact]
    public void A_rich_pod_survives_reading_and_writing_unchanged()
    {
        var text = TestData.Text("manifests/pod.json");
        TestData.SameJson(text, TestData.Write(TestData.Read<Pod>(text)));
    }

    [Fact]
    public void Kind_and_version_come_first_then_metadata_spec_and_status()
    {
        var written = TestData.Write(TestData.Read<Pod>(TestData.Text("manifests/pod.json")));
        Assert.StartsWith("{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"rich\"", written, StringComparison.Ordinal);
        Assert.True(written.IndexOf("\"spec\":", StringComparison.Ordinal) < written.IndexOf("\"status\":{\"phase\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Empty_fields_are_left_out_but_required_ones_are_not()
    {
        var written = TestData.Write(new Pod { Spec = new PodSpec { Containers = [new Container { Name = "a" }] } });
        Assert.Equal("{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{},\"spec\":{\"containers\":[{\"name\":\"a\",\"resources\":{}}]},\"status\":{}}", written);
    }

    [Fact]
    public void Null_stands_for_absent_wherever_it_occurs()
    {
        var pod = TestData.Read<Pod>("{\"metadata\":{\"creationTimestamp\":null,\"labels\":null},\"spec\":{\"containers\":[{\"name\":\"a\",\"env\":null}],\"terminationGracePeriodSeconds\":null}}");
        Assert.Null(pod.Metadata.CreationTimestamp);
        Assert.Empty(pod.Metadata.Labels);
        Assert.Null(pod.Spec.TerminationGracePeriodSeconds);
    }

    [Theory]
    [InlineData("{\"spec\":{\"foo\":1,\"containers\":[{\"name\":\"a\",\"imag\":\"b\"}]}}", "unknown field \"spec.foo\"|unknown field \"spec.containers[0].imag\"")]
    [InlineData("{\"bogus\":{\"a\":[1,2]}}", "unknown field \"bogus\"")]
    [InlineData("{\"spec\":{\"nodeName\":\"a\",\"nodeName\":\"b\"}}", "duplicate field \"spec.nodeName\"")]
    [InlineData("{\"metadata\":{\"labels\":{\"a\":\"1\",\"a\":\"2\"}}}", "duplicate field \"metadata.labels.a\"")]
    [InlineData("{\"Spec\":{}}", "unknown field \"Spec\"")]
    public void A_strict_read_names_every_unknown_and_duplicate_field(string json, string problems)
    {
        var decoded = HiveJson.Read<Pod>(Encoding.UTF8.GetBytes(json), strict: true);
        Assert.True(decoded.Ok, decoded.Error);
        Assert.Equal(problems, string.Join("|", decoded.Problems));
    }

    [Theory]
    [InlineData("{\"spec\":{\"replicas\":\"3\"}}", "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32")]
    [InlineData("{\"spec\":{\"replicas\":1.5}}", "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32")]
    [InlineData("{\"spec\":{\"replicas\":99999999999}}", "json: cannot unmarshal number 99999999999 into Go struct field DeploymentSpec.spec.replicas of type int32")]
    [InlineData("{\"spec\":{\"paused\":\"yes\"}}", "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type bool")]
    [InlineData("{\"metadata\":{\"labels\":{\"a\":1}}}", "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string")]
    [InlineData("{\"spec\":{\"template\":{\"spec\":{\"containers\":{\"name\":\"x\"}}}}}", "json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container")]
    [InlineData("{\"spec\":[]}", "json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec")]
    [InlineData("[]", "json: cannot unmarshal array into Go value of type v1.Deployment")]
    public void A_wrong_type_is_reported_with_its_path_and_both_types(string json, string error)
    {
        Assert.Equal(error, HiveJson.Read<Deployment>(Encoding.UTF8.GetBytes(json)).Error);
    }

    [Theory]
    [InlineData("{\"data\":1}", "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string")]
    [InlineData("{\"kind\":\"Secret\",\"apiVersion\":\"v1\"}", "Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) to (v1.ConfigMap): unknown conversion")]
    [InlineData("{\"kind\":\"ConfigMap\",\"apiVersion\":\"apps/v1\"}", "the API version in the data (apps/v1) does not match the expected API version (v1)")]
    [InlineData("{\"metadata\":", "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input ({\"metadata\":)")]
    [InlineData("", "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)")]
    public void A_body_that_is_no_such_kind_is_refused_in_known_words(string body, string error)
    {
        Assert.Equal(error, KindCatalog.BuiltIn.Of<ConfigMap>().Read(Encoding.UTF8.GetBytes(body), BodyFormat.Json, false).Error);
    }

    [Theory]
    [InlineData("{\"a\":tru}")]
    [InlineData("{} {}")]
    [InlineData("{\"metadata\":{\"name\":\"a\",}}")]
    [InlineData("\"text\"")]
    [InlineData("{\"metadata\":{\"name\":\"\\ud800\"}}")]
    [InlineData("null")]
    public void Malformed_json_is_an_error_and_never_an_exception(string body)
    {
        Assert.False(KindCatalog.BuiltIn.Of<Pod>().Read(Encoding.UTF8.GetBytes(body), BodyFormat.Json, false).Ok);
    }

    [Fact]
    public void Nesting_beyond_the_limit_is_refused()
    {
        var body = string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200);
        Assert.False(KindCatalog.BuiltIn.Of<Pod>().Read(Encoding.UTF8.GetBytes(body), BodyFormat.Json, false).Ok);
    }

    [Fact]
    public void Bodies_cut_anywhere_are_refused()
    {
        var body = Encoding.UTF8.GetBytes(TestData.Text("manifests/pod.json").Trim());
        for (var length = 0; length < body.Length; length += 7) Assert.False(KindCatalog.BuiltIn.Of<Pod>().Read(body.AsMemory(0, length), BodyFormat.Json, true).Ok);
    }

    [Fact]
    public void Bad_values_of_scalars_are_explained()
    {
        static string? Error(string json) => HiveJson.Read<Pod>(Encoding.UTF8.GetBytes(json)).Error;
        Assert.Contains("cannot parse \"soon\"", Error("{\"metadata\":{\"creationTimestamp\":\"soon\"}}"), StringComparison.Ordinal);
        Assert.Contains("quantities must match", Error("{\"spec\":{\"containers\":[{\"resources\":{\"limits\":{\"cpu\":\"1 core\"}}}]}}"), StringComparison.Ordinal);
        Assert.Contains("illegal base64 data at input byte 0", HiveJson.Read<Secret>("{\"data\":{\"a\":\"!!\"}}"u8.ToArray()).Error, StringComparison.Ordinal);
    }
}
