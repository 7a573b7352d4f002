using System.Text;
using Hive.Drone.Runtimes;
using Hive.Drone.Runtimes.Docker;
using Hive.Drone.Tests.Support;
using Hive.Drone.Variables;
using Hive.Drone.Volumes;
using Hive.Objects;
using Xunit;

namespace Hive.Drone.Tests.Variables;

public sealed class VariableTests
{
    private static readonly PodFacts Facts = new("10.1.1.1", "10.0.0.1", "n1", 4000, 8L << 30);

    [Theory]
    [InlineData("$(A)/$(B)", "x/$(B)")]
    [InlineData("$$(A)", "$(A)")]
    [InlineData("$(A", "$(A")]
    [InlineData("$", "$")]
    public void Known_names_are_replaced_and_unknown_ones_stay(string text, string expected) =>
        Assert.Equal(expected, Expansion.Expand(text, new SortedDictionary<string, string>(StringComparer.Ordinal) { ["A"] = "x" }));

    [Theory]
    [InlineData("limits.cpu", "", "4")]
    [InlineData("limits.cpu", "1m", "4000")]
    [InlineData("limits.memory", "1Mi", "8192")]
    [InlineData("requests.cpu", "", "1")]
    public void Resource_that_is_not_limited_is_what_the_node_has(string resource, string divisor, string expected)
    {
        var container = new Container { Name = "a", Resources = new ResourceRequirements { Requests = OrdinalMap.FromPairs([new KeyValuePair<string, Quantity>("cpu", Quantity.Parse("100m"))]) } };
        var selector = new ResourceFieldSelector { Resource = resource, Divisor = divisor.Length == 0 ? default : Quantity.Parse(divisor) };
        Assert.True(DownwardRules.TryResource(TestPods.Of("p", [container]), container, selector, Facts, out string? value));
        Assert.Equal(expected, value);
    }

    [Fact]
    public void Path_that_leads_out_of_a_volume_is_refused()
    {
        VariableSources sources = VariableSources.Empty(Facts);
        sources.ConfigMaps["m"] = new ConfigMap { Data = StringMap.Of(("k", "v")) };
        Volume Of(string path) => new() { Name = "v", ConfigMap = new ConfigMapVolumeSource { Name = "m", Items = [new KeyToPath { Key = "k", Path = path }] } };
        Pod pod = TestPods.Web("p");
        Assert.Equal("deep/file", Assert.Single(FileSet.Build(pod, Of("deep/file"), sources, new SortedDictionary<string, string>()).Files).Path);
        foreach (string bad in new[] { "../x", "/x", "a/../../x", "a//b" }) Assert.NotEqual("", FileSet.Build(pod, Of(bad), sources, new SortedDictionary<string, string>()).Problem);
    }

    [Theory]
    [InlineData("nginx", true, "nginx", "latest", "docker.io")]
    [InlineData("hive.io/sample-web:1", true, "hive.io/sample-web", "1", "hive.io")]
    [InlineData("localhost:5000/a/b:c", true, "localhost:5000/a/b", "c", "localhost:5000")]
    [InlineData("a@sha256:00", true, "a", "sha256:00", "docker.io")]
    [InlineData("Upper/Case", false, "", "", "")]
    [InlineData("a b", false, "", "", "")]
    [InlineData("", false, "", "", "")]
    [InlineData("a:", false, "", "", "")]
    public void Image_names_are_split_as_engines_do(string text, bool good, string repository, string tag, string registry)
    {
        Assert.Equal(good, ImageReference.TryParse(text, out ImageReference reference));
        if (good) Assert.Equal((repository, tag, registry), (reference.Repository, reference.TagOrDigest, reference.Registry));
    }

    [Fact]
    public void Embedded_cell_is_built_from_the_source_beside_it()
    {
        using Stream source = typeof(BuiltInImages).Assembly.GetManifestResourceStream("Hive.Drone.Cell.cell.c")!;
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(source));
        Assert.True(BuiltInImages.Cell().AsSpan().IndexOf(Encoding.ASCII.GetBytes("hive-cell-source:" + hash)) >= 0, "run src/Hive.Drone/Cell/build.sh");
    }
}
