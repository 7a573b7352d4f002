using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Hive.Objects.Tests;

/// <summary>Files under testdata, and short ways to write objects.</summary>
internal static class TestData
{
    internal static byte[] Hex(string name) => Convert.FromHexString(Text($"protobuf/{name}.hex").ReplaceLineEndings(""));

    internal static string Text(string path) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "testdata", path));

    internal static T Read<T>(string json) where T : TypedDocument, new()
    {
        var decoded = HiveJson.Read<T>(Encoding.UTF8.GetBytes(json), strict: true);
        Assert.True(decoded.Ok, decoded.Error);
        Assert.Empty(decoded.Problems);
        return decoded.Value!;
    }

    internal static string Write(object value) => Encoding.UTF8.GetString(HiveJson.Write(value));

    internal static void SameJson(string expected, string actual)
    {
        var (left, right) = (JsonNode.Parse(expected), JsonNode.Parse(actual));
        Assert.True(JsonNode.DeepEquals(left, right), $"expected {left!.ToJsonString()}\nactual   {right!.ToJsonString()}");
    }

    internal static Pod Pod(Func<PodSpec, PodSpec>? change = null)
    {
        var spec = new PodSpec { Containers = [new Container { Name = "main", Image = "web:1" }] };
        return new Pod { Metadata = new ObjectMeta { Name = "p", Namespace = "default" }, Spec = change is null ? spec : change(spec) };
    }

    internal static Deployment Deployment(string image = "web:1") => new()
    {
        Metadata = new ObjectMeta { Name = "web", Namespace = "default" },
        Spec = new DeploymentSpec
        {
            Selector = new LabelSelector { MatchLabels = StringMap.Of(("app", "web")) },
            Template = new PodTemplateSpec
            {
                Metadata = new ObjectMeta { Labels = StringMap.Of(("app", "web")) },
                Spec = new PodSpec { Containers = [new Container { Name = "main", Image = image }] },
            },
        },
    };
}
