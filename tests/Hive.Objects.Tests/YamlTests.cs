using System.Text.Json.Nodes;
using Hive.Objects.Yaml;
using Xunit;

namespace Hive.Objects.Tests;

public class YamlTests
{
    private static readonly YamlBounds Bounds = new(Nodes: 100, Depth: 10);

    [Theory]
    [InlineData("mode: 0644", """{"mode":420}""")]
    [InlineData("a: yes\nb: \"yes\"\nc: ~", """{"a":true,"b":"yes","c":null}""")]
    [InlineData("base: &b {x: 1}\nd:\n  <<: *b\n  y: 2", """{"base":{"x":1},"d":{"y":2,"x":1}}""")]
    [InlineData("v: 1.5\nt: 2024-01-02\ni: 12e2", """{"v":1.5,"t":"2024-01-02","i":1200}""")]
    [InlineData("- 1\n- [a, b]", """[1,["a","b"]]""")]
    public void Yaml_means_what_manifests_mean(string yaml, string json)
    {
        Assert.Equal(json, Assert.Single(YamlReader.Read(yaml, Bounds).Documents)!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"a":"1","b":"true","c":"null","d":"","e":" x","f":"a: b","g":"- x","h":"0644","i":"2024-01-02","j":"#","k":"multi\nline","l":"tail\n"}""")]
    [InlineData("""{"empty":{},"list":[],"nested":[{"a":[1,2.5,true,null]}]}""")]
    public void Yaml_written_reads_back_as_the_same_json(string json)
    {
        string yaml = YamlWriter.Write(JsonNode.Parse(json));
        Assert.Equal(json, Assert.Single(YamlReader.Read(yaml, Bounds).Documents)!.ToJsonString());
    }

    [Fact]
    public void All_documents_are_read_in_order_and_empty_ones_keep_their_place()
    {
        YamlDocuments read = YamlReader.Read("a: 1\n---\n# nothing\n---\nb: 0644\n", Bounds);
        Assert.Null(read.Error);
        Assert.Equal(["{\"a\":1}", null, "{\"b\":420}"], read.Documents.Select(d => d?.ToJsonString()));
    }

    [Theory]
    [InlineData("a: 1\na: 2\n", 2, "already set")]
    [InlineData("a: [1\nb: 2\n", 1, "unexpected text")]
    [InlineData("a: *nobody\n", 1, "unknown anchor")]
    [InlineData("[[[[[[[[[[[[1]]]]]]]]]]]]", 1, "nested too deeply")]
    [InlineData("a: &a [1,2,3,4,5,6,7,8,9]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n", 3, "excessive aliasing")]
    public void What_is_broken_is_refused_with_its_place(string yaml, long line, string because)
    {
        YamlDocuments read = YamlReader.Read(yaml, Bounds);
        Assert.Empty(read.Documents);
        Assert.Equal(line, read.Error!.Line);
        Assert.Contains(because, read.Error.Message, StringComparison.Ordinal);
    }
}
