using System.Text.Json.Nodes;
using Xunit;

namespace Hive.Objects.Tests;

public class ServerSideApplyTests
{
    private static readonly Time Now = new(1_800_000_000);
    private static readonly KindDefinition Maps = KindCatalog.BuiltIn.Of<ConfigMap>();
    private static readonly KindDefinition Deployments = KindCatalog.BuiltIn.Of<Deployment>();

    [Fact]
    public void The_first_apply_creates_and_owns_all_that_it_sets()
    {
        var map = Apply(Maps, null, Map("""{"a":"1"}"""), "alice");
        var entry = Assert.Single(map.Metadata.ManagedFields);
        Assert.Equal(("alice", "Apply", "v1", "FieldsV1"), (entry.Manager, entry.Operation, entry.ApiVersion, entry.FieldsType));
        Assert.Equal("""{"f:data":{"f:a":{}}}""", entry.FieldsV1!.Value.ToString());
    }

    [Fact]
    public void What_is_left_out_is_removed_unless_another_owns_it()
    {
        var map = Apply(Maps, null, Map("""{"a":"1","b":"2","c":"3"}"""), "alice");
        map = Apply(Maps, map, Map("""{"b":"2"}"""), "bob");
        map = Apply(Maps, map, Map("""{"c":"3"}"""), "alice");
        Assert.Equal(StringMap.Of(("b", "2"), ("c", "3")), ((ConfigMap)map).Data);
    }

    [Fact]
    public void What_another_owns_is_a_conflict_until_it_is_forced()
    {
        var map = Apply(Maps, null, Map("""{"a":"1","b":"1"}"""), "alice");
        var refused = ServerSideApply.Apply(Maps, map, Map("""{"a":"2"}"""), "bob", false, "", Now);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"alice\" using v1: .data.a", refused.ConflictStatus().Message);
        var two = ServerSideApply.Apply(Maps, map, Map("""{"a":"2","b":"2"}"""), "bob", false, "", Now);
        Assert.Equal("Apply failed with 2 conflicts: conflicts with \"alice\" using v1:\n- .data.a\n- .data.b", two.ConflictStatus().Message);
        var forced = Apply(Maps, map, Map("""{"a":"2"}"""), "bob", force: true);
        Assert.Equal("2", ((ConfigMap)forced).Data["a"]);
        Assert.Equal(["""bob {"f:data":{"f:a":{}}}""", """alice {"f:data":{"f:b":{}}}"""], forced.Metadata.ManagedFields.Select(e => $"{e.Manager} {e.FieldsV1}"));
    }

    [Fact]
    public void Two_managers_may_share_a_field_while_they_agree()
    {
        var map = Apply(Maps, Apply(Maps, null, Map("""{"a":"1"}"""), "alice"), Map("""{"a":"1"}"""), "bob");
        Assert.Equal(2, map.Metadata.ManagedFields.Count);
        Assert.False(ServerSideApply.Apply(Maps, map, Map("""{"a":"1"}"""), "bob", false, "", Now).Changed);
    }

    [Fact]
    public void Elements_of_keyed_lists_have_owners_of_their_own()
    {
        static JsonObject Document(string containers) => (JsonObject)JsonNode.Parse("""{"metadata":{"name":"web"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"spec":{"containers":[]}}}}""".Replace("[]", containers, StringComparison.Ordinal))!;
        var one = Apply(Deployments, null, Document("""[{"name":"main","image":"m:1","ports":[{"containerPort":80}]}]"""), "alice");
        var two = Apply(Deployments, one, Document("""[{"name":"side","image":"s:1"}]"""), "bob");
        Assert.Equal(["main", "side"], ((Deployment)two).Spec.Template.Spec.Containers.Select(c => c.Name));
        Assert.Contains("""k:{\"containerPort\":80,\"protocol\":\"TCP\"}""", one.Metadata.ManagedFields[0].FieldsV1!.Value.ToString(), StringComparison.Ordinal);
        var gone = Apply(Deployments, two, Document("[]"), "bob");
        Assert.Equal(["main"], ((Deployment)gone).Spec.Template.Spec.Containers.Select(c => c.Name));
        var refused = ServerSideApply.Apply(Deployments, two, Document("""[{"name":"main","image":"m:2"}]"""), "bob", false, "", Now);
        Assert.Equal(".spec.template.spec.containers[name=\"main\"].image", Assert.Single(refused.Conflicts).Field);
    }

    [Fact]
    public void An_update_moves_ownership_to_whoever_changed_the_field()
    {
        var map = (ConfigMap)Apply(Maps, null, Map("""{"a":"1","b":"1"}"""), "alice");
        var changed = map with { Data = StringMap.Of(("a", "2"), ("c", "3")) };
        var entries = ManagedFields.AfterUpdate(Maps, map, changed, "kubectl-edit", "", Now);
        Assert.Equal(["""kubectl-edit Update {"f:data":{"f:a":{},"f:c":{}}}"""], entries.Select(e => $"{e.Manager} {e.Operation} {e.FieldsV1}"));
    }

    [Fact]
    public void Deep_changes_move_single_fields_and_what_is_gone_belongs_to_nobody()
    {
        var first = TestData.Deployment("web:1");
        first = first with { Metadata = first.Metadata with { Labels = StringMap.Of(("keep", "1"), ("drop", "1")) } };
        first = first with { Metadata = first.Metadata with { ManagedFields = ManagedFields.AfterUpdate(Deployments, null, first, "alice", "", Now) } };
        var second = TestData.Deployment("web:2");
        second = second with { Metadata = first.Metadata with { Labels = StringMap.Of(("keep", "1")) } };
        var entries = ManagedFields.AfterUpdate(Deployments, first, second, "bob", "", Now);
        Assert.Equal("""{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"main\"}":{"f:image":{}}}}}}}""", entries.Single(e => e.Manager == "bob").FieldsV1.ToString());
        var left = entries.Single(e => e.Manager == "alice").FieldsV1.ToString()!;
        Assert.Contains("f:keep", left, StringComparison.Ordinal);
        Assert.DoesNotContain("f:drop", left, StringComparison.Ordinal);
        Assert.DoesNotContain("f:image", left, StringComparison.Ordinal);
        Assert.Same(first.Metadata.ManagedFields, ManagedFields.AfterUpdate(Deployments, first, first with { }, "carol", "", Now));
    }

    [Fact]
    public void A_status_is_tracked_apart_from_the_rest()
    {
        var deployment = TestData.Deployment();
        var created = deployment with { Metadata = deployment.Metadata with { ManagedFields = ManagedFields.AfterUpdate(Deployments, null, deployment, "kubectl", "", Now) } };
        var reported = created with { Status = new DeploymentStatus { Replicas = 2 } };
        var entries = ManagedFields.AfterUpdate(Deployments, created, reported, "hive", "status", Now);
        Assert.Equal(["kubectl", "hive status {\"f:status\":{\"f:replicas\":{}}}"], [entries[0].Manager, $"{entries[1].Manager} {entries[1].Subresource} {entries[1].FieldsV1}"]);
    }

    private static JsonObject Map(string data) => (JsonObject)JsonNode.Parse($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"},"data":{{{data}}}}""")!;

    private static HiveObject Apply(KindDefinition kind, HiveObject? live, JsonObject applied, string manager, bool force = false)
    {
        var outcome = ServerSideApply.Apply(kind, live, applied, manager, force, "", Now);
        Assert.True(outcome.Ok, outcome.Ok ? "" : outcome.ConflictStatus().Message);
        var read = kind.Read(HiveJson.WriteNode(outcome.Value), BodyFormat.Json, true);
        Assert.True(read.Ok, read.Error);
        return read.Value;
    }
}
