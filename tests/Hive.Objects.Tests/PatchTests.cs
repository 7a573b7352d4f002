using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Hive.Objects.Tests;

public class PatchTests
{
    [Theory]
    [InlineData("{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}")]
    [InlineData("{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}")]
    [InlineData("{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}")]
    [InlineData("{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}")]
    [InlineData("{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}")]
    [InlineData("{\"a\":[1,2]}", "{\"a\":[1,null]}", "{\"a\":[1,null]}")]
    [InlineData("{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}")]
    public void Merge_patch_follows_the_examples_of_its_rfc(string document, string patch, string expected) => Expect(MergePatch.Apply(Node(document), Bytes(patch)), expected);

    [Theory]
    [InlineData("{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\",\"value\":2}]", "{\"a\":1,\"b\":2}")]
    [InlineData("{\"a\":[1,3]}", "[{\"op\":\"add\",\"path\":\"/a/1\",\"value\":2},{\"op\":\"add\",\"path\":\"/a/-\",\"value\":4}]", "{\"a\":[1,2,3,4]}")]
    [InlineData("{\"a\":1,\"b\":2}", "[{\"op\":\"remove\",\"path\":\"/a\"}]", "{\"b\":2}")]
    [InlineData("{\"a\":[1,2,3]}", "[{\"op\":\"replace\",\"path\":\"/a/1\",\"value\":9}]", "{\"a\":[1,9,3]}")]
    [InlineData("{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/c\"}]", "{\"a\":{},\"c\":1}")]
    [InlineData("{\"a\":{\"b\":1}}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/c\"}]", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}")]
    [InlineData("{\"a/b\":1,\"c~d\":2}", "[{\"op\":\"test\",\"path\":\"/a~1b\",\"value\":1},{\"op\":\"replace\",\"path\":\"/c~0d\",\"value\":3}]", "{\"a/b\":1,\"c~d\":3}")]
    public void Json_patch_applies_every_operation(string document, string patch, string expected) => Expect(JsonPatch.Apply(Node(document), Bytes(patch)), expected);

    [Theory]
    [InlineData("{}", "{}", PatchFailure.Malformed)]
    [InlineData("{}", "[{\"op\":\"jump\",\"path\":\"/a\"}]", PatchFailure.Malformed)]
    [InlineData("{}", "[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]", PatchFailure.Malformed)]
    [InlineData("{}", "[{\"op\":\"add\",\"path\":\"/a\"}]", PatchFailure.Malformed)]
    [InlineData("{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":2}]", PatchFailure.DoesNotApply)]
    [InlineData("{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/b\"}]", PatchFailure.DoesNotApply)]
    [InlineData("{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b/c\",\"value\":1}]", PatchFailure.DoesNotApply)]
    [InlineData("{\"a\":[]}", "[{\"op\":\"add\",\"path\":\"/a/01\",\"value\":1}]", PatchFailure.DoesNotApply)]
    [InlineData("{\"a\":[1]}", "[{\"op\":\"replace\",\"path\":\"/a/1\",\"value\":1}]", PatchFailure.DoesNotApply)]
    [InlineData("{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"\"}]", PatchFailure.DoesNotApply)]
    [InlineData("{\"a\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]", PatchFailure.DoesNotApply)]
    [InlineData("{}", "[", PatchFailure.Malformed)]
    public void Json_patch_tells_a_bad_patch_from_one_that_does_not_apply(string document, string patch, PatchFailure failure)
    {
        var given = Node(document);
        Assert.Equal(failure, JsonPatch.Apply(given, Bytes(patch)).Failure);
        TestData.SameJson(document, given.ToJsonString());
    }

    [Fact]
    public void Containers_merge_by_name_and_keep_what_the_patch_leaves_out() => Strategic<Deployment>(
        """{"spec":{"template":{"spec":{"containers":[{"name":"a","image":"a:1","env":[{"name":"X","value":"1"}]},{"name":"b","image":"b:1"}]}}}}""",
        """{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"a"},{"name":"b"}],"containers":[{"name":"a","image":"a:2"}]}}}}""",
        """{"spec":{"template":{"spec":{"containers":[{"name":"a","image":"a:2","env":[{"name":"X","value":"1"}]},{"name":"b","image":"b:1"}]}}}}""");

    [Fact]
    public void An_element_is_deleted_by_its_key() => Strategic<Pod>(
        """{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}""",
        """{"spec":{"containers":[{"$patch":"delete","name":"a"}]}}""",
        """{"spec":{"containers":[{"name":"b"}]}}""");

    [Fact]
    public void A_list_is_replaced_on_demand() => Strategic<Pod>(
        """{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}""",
        """{"spec":{"containers":[{"$patch":"replace"},{"name":"c"}]}}""",
        """{"spec":{"containers":[{"name":"c"}]}}""");

    [Fact]
    public void An_object_is_replaced_on_demand() => Strategic<Service>(
        """{"spec":{"selector":{"a":"1","b":"2"}}}""",
        """{"spec":{"selector":{"$patch":"replace","c":"3"}}}""",
        """{"spec":{"selector":{"c":"3"}}}""");

    [Fact]
    public void Retained_keys_clear_the_rest_of_a_union() => Strategic<Deployment>(
        """{"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}}}""",
        """{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}""",
        """{"spec":{"strategy":{"type":"Recreate"}}}""");

    [Fact]
    public void Primitive_lists_gain_and_lose_single_values() => Strategic<Pod>(
        """{"metadata":{"finalizers":["a","b"]}}""",
        """{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],"finalizers":["c","b"]}}""",
        """{"metadata":{"finalizers":["b","c"]}}""");

    [Fact]
    public void The_order_of_elements_is_the_clients_with_the_servers_own_in_their_places() => Strategic<Pod>(
        """{"spec":{"containers":[{"name":"server1"},{"name":"a"},{"name":"b"},{"name":"server2"}]}}""",
        """{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"},{"name":"new"}],"containers":[{"name":"new","image":"n"}]}}""",
        """{"spec":{"containers":[{"name":"server1"},{"name":"b"},{"name":"a"},{"name":"new","image":"n"},{"name":"server2"}]}}""");

    [Fact]
    public void Ports_of_a_service_merge_by_number() => Strategic<Service>(
        """{"spec":{"ports":[{"name":"http","port":80,"nodePort":30080}]}}""",
        """{"spec":{"ports":[{"port":80,"targetPort":8080},{"name":"tls","port":443}]}}""",
        """{"spec":{"ports":[{"name":"http","port":80,"nodePort":30080,"targetPort":8080},{"name":"tls","port":443}]}}""");

    [Fact]
    public void Lists_without_a_merge_strategy_are_replaced() => Strategic<Pod>(
        """{"spec":{"containers":[{"name":"a","args":["1","2"]}],"tolerations":[{"key":"x"}]}}""",
        """{"spec":{"containers":[{"name":"a","args":["3"]}],"tolerations":null}}""",
        """{"spec":{"containers":[{"name":"a","args":["3"]}]}}""");

    [Fact]
    public void Unknown_fields_merge_as_plain_json_and_nulls_do_not_enter_new_objects() => Strategic<ConfigMap>(
        """{"data":{"a":"1"}}""",
        """{"data":{"a":null,"b":"2"},"metadata":{"labels":{"x":"y","z":null}}}""",
        """{"data":{"b":"2"},"metadata":{"labels":{"x":"y"}}}""");

    [Theory]
    [InlineData("""{"spec":{"containers":[{"image":"x"}]}}""", "does not contain declared merge key: name")]
    [InlineData("""{"spec":{"$patch":"explode"}}""", "unknown patch type found: explode")]
    [InlineData("""{"spec":{"$retainKeys":["a"],"nodeName":"b"}}""", "$retainKeys")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("""{"a":1,"a":2}""", "error decoding patch")]
    public void Bad_directives_are_refused(string patch, string error)
    {
        var outcome = StrategicMergePatch.Apply(Node("{\"spec\":{\"containers\":[]}}"), Bytes(patch), TypeSchema.Of(typeof(Pod)));
        Assert.Equal(PatchFailure.Malformed, outcome.Failure);
        Assert.Contains(error, outcome.Error, StringComparison.Ordinal);
    }

    private static void Strategic<T>(string document, string patch, string expected) => Expect(StrategicMergePatch.Apply(Node(document), Bytes(patch), TypeSchema.Of(typeof(T))), expected);

    private static void Expect(PatchOutcome outcome, string expected)
    {
        Assert.True(outcome.Ok, outcome.Error);
        TestData.SameJson(expected, outcome.Value.ToJsonString());
    }

    private static JsonObject Node(string json) => (JsonObject)JsonNode.Parse(json)!;

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
