using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Hive.Api.Tests.Hosting;
using Hive.Queen;
using Hive.Store;
using Xunit;

namespace Hive.Api.Tests;

public sealed class VerbTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private const string Deployments = "/apis/apps/v1/namespaces/default/deployments";

    private const string Deployment = """
        {"metadata":{"name":"NAME"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"x"}},"template":{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
        """;

    [Fact]
    public async Task Resource_version_is_the_revision_of_the_store()
    {
        JsonNode made = await api.PostAsync(ConfigMaps, """{"metadata":{"name":"revision"},"data":{"a":"1"}}""");
        KeyValue kv = api.Queen.Store.Snapshot().Get(Encoding.UTF8.GetBytes("/registry/configmaps/default/revision"))!;
        Assert.Equal(kv.ModRevision.ToString(), (string?)made["metadata"]!["resourceVersion"]);
        Assert.DoesNotContain("resourceVersion", Encoding.UTF8.GetString(kv.Value.Span), StringComparison.Ordinal);
        Assert.Equal(kv.ModRevision.ToString(), (string?)(await api.GetAsync(ConfigMaps + "/revision"))["metadata"]!["resourceVersion"]);
    }

    [Fact]
    public async Task Update_that_changes_nothing_moves_no_revision()
    {
        JsonNode made = await api.PostAsync(ConfigMaps, """{"metadata":{"name":"same"},"data":{"a":"1"}}""");
        JsonNode again = await api.PutAsync(ConfigMaps + "/same", """{"metadata":{"name":"same"},"data":{"a":"1"}}""");
        Assert.Equal((string?)made["metadata"]!["resourceVersion"], (string?)again["metadata"]!["resourceVersion"]);
    }

    [Fact]
    public async Task Dry_run_stores_nothing()
    {
        await api.PostAsync(ConfigMaps + "?dryRun=All", """{"metadata":{"name":"dry"}}""");
        await api.GetAsync(ConfigMaps + "/dry", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Generated_names_are_the_prefix_and_five_letters()
    {
        JsonNode made = await api.PostAsync(ConfigMaps, """{"metadata":{"generateName":"gen-"}}""");
        Assert.Matches("^gen-[a-z0-9]{5}$", (string?)made["metadata"]!["name"]);
    }

    [Fact]
    public async Task Yaml_is_read_and_written()
    {
        await api.PostAsync(ConfigMaps, "metadata:\n  name: yaml\ndata:\n  a: |\n    two\n    lines\n  mode: \"0644\"\n", HttpStatusCode.Created, "application/yaml");
        JsonNode text = await api.GetAsync(ConfigMaps + "/yaml", accept: "application/yaml");
        Assert.Contains("  a: |\n    two\n    lines\n", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("mode: \"0644\"", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_are_of_one_revision_and_say_how_many_remain()
    {
        await api.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"pages"}}""");
        for (int i = 0; i < 5; i++) await api.PostAsync("/api/v1/namespaces/pages/configmaps", $$$"""{"metadata":{"name":"c{{{i}}}"}}""");
        JsonNode first = await api.GetAsync("/api/v1/namespaces/pages/configmaps?limit=2");
        Assert.Equal(3, (long)first["metadata"]!["remainingItemCount"]!);
        await api.DeleteAsync("/api/v1/namespaces/pages/configmaps/c3");
        JsonNode second = await api.GetAsync($"/api/v1/namespaces/pages/configmaps?limit=3&continue={(string)first["metadata"]!["continue"]!}");
        Assert.Equal((string?)first["metadata"]!["resourceVersion"], (string?)second["metadata"]!["resourceVersion"]);
        Assert.Equal(["c2", "c3", "c4"], second["items"]!.AsArray().Select(item => (string)item!["metadata"]!["name"]!));
        Assert.Null(second["metadata"]!["continue"]);
        Assert.Null(second["items"]![0]!["kind"]);
    }

    [Fact]
    public async Task Continue_of_a_compacted_revision_is_expired_and_carries_a_fresh_token()
    {
        await api.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"expire"}}""");
        for (int i = 0; i < 3; i++) await api.PostAsync("/api/v1/namespaces/expire/configmaps", $$$"""{"metadata":{"name":"c{{{i}}}"}}""");
        JsonNode first = await api.GetAsync("/api/v1/namespaces/expire/configmaps?limit=1");
        await api.PutAsync("/api/v1/namespaces/expire/configmaps/c0", """{"metadata":{"name":"c0"},"data":{"a":"1"}}""");
        await api.Queen.ProposeAsync(new CompactCommand(api.Queen.Store.Revision), CancellationToken.None);
        JsonNode status = await api.GetAsync($"/api/v1/namespaces/expire/configmaps?continue={(string)first["metadata"]!["continue"]!}", HttpStatusCode.Gone);
        Assert.Equal("Expired", (string?)status["reason"]);
        JsonNode rest = await api.GetAsync($"/api/v1/namespaces/expire/configmaps?continue={(string)status["metadata"]!["continue"]!}");
        Assert.Equal(["c1", "c2"], rest["items"]!.AsArray().Select(item => (string)item!["metadata"]!["name"]!));
    }

    [Fact]
    public async Task Table_has_columns_and_rows()
    {
        await api.PostAsync(ConfigMaps, """{"metadata":{"name":"table"},"data":{"a":"1","b":"2"}}""");
        JsonNode table = await api.GetAsync(ConfigMaps + "/table", accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
        Assert.Equal("Table", (string?)table["kind"]);
        Assert.Equal(2, (int)table["rows"]![0]!["cells"]![1]!);
        Assert.Equal("PartialObjectMetadata", (string?)table["rows"]![0]!["object"]!["kind"]);
    }

    [Fact]
    public async Task Generation_moves_with_the_spec_alone()
    {
        await api.PostAsync(Deployments, Deployment.Replace("NAME", "generation", StringComparison.Ordinal));
        JsonNode scaled = await api.PutAsync(Deployments + "/generation", Deployment.Replace("NAME", "generation", StringComparison.Ordinal).Replace("\"replicas\":2", "\"replicas\":3", StringComparison.Ordinal));
        Assert.Equal(2, (long)scaled["metadata"]!["generation"]!);
        scaled["status"] = JsonNode.Parse("""{"replicas":3,"observedGeneration":2}""");
        JsonNode reported = await api.PutAsync(Deployments + "/generation/status", scaled.ToJsonString());
        Assert.Equal(2, (long)reported["metadata"]!["generation"]!);
        Assert.Equal(3, (int)reported["status"]!["replicas"]!);
        JsonNode replaced = await api.PutAsync(Deployments + "/generation", Deployment.Replace("NAME", "generation", StringComparison.Ordinal));
        Assert.Equal(3, (int)replaced["status"]!["replicas"]!);
    }

    [Fact]
    public async Task Scale_stands_for_the_object()
    {
        await api.PostAsync(Deployments, Deployment.Replace("NAME", "scaled", StringComparison.Ordinal));
        JsonNode scale = await api.GetAsync(Deployments + "/scaled/scale");
        Assert.Equal("app=x", (string?)scale["status"]!["selector"]);
        scale["spec"]!["replicas"] = 5;
        await api.PutAsync(Deployments + "/scaled/scale", scale.ToJsonString());
        Assert.Equal(5, (int)(await api.GetAsync(Deployments + "/scaled"))["spec"]!["replicas"]!);
        await api.PutAsync(Deployments + "/scaled/scale", scale.ToJsonString(), HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Finalizers_hold_a_deleted_object_until_the_last_one_goes()
    {
        await api.PostAsync(ConfigMaps, """{"metadata":{"name":"held","finalizers":["example.com/hold"]}}""");
        JsonNode dying = await api.DeleteAsync(ConfigMaps + "/held");
        Assert.NotNull(dying["metadata"]!["deletionTimestamp"]);
        await api.PutAsync(ConfigMaps + "/held", """{"metadata":{"name":"held"}}""");
        await api.GetAsync(ConfigMaps + "/held", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Namespace_waits_for_its_finalizer_and_takes_nothing_new()
    {
        await api.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"dying"}}""");
        JsonNode dying = await api.DeleteAsync("/api/v1/namespaces/dying");
        Assert.Equal("Terminating", (string?)dying["status"]!["phase"]);
        JsonNode refused = await api.PostAsync("/api/v1/namespaces/dying/configmaps", """{"metadata":{"name":"c"}}""", HttpStatusCode.Forbidden);
        Assert.Equal("NamespaceTerminating", (string?)refused["details"]!["causes"]![0]!["reason"]);
        dying["spec"]!["finalizers"] = new JsonArray();
        await api.PutAsync("/api/v1/namespaces/dying/finalize", dying.ToJsonString());
        await api.GetAsync("/api/v1/namespaces/dying", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Bound_pod_gets_its_grace_and_a_second_delete_may_only_shorten_it()
    {
        const string pods = "/api/v1/namespaces/default/pods";
        await api.PostAsync(pods, """{"metadata":{"name":"graceful"},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}]}}""");
        JsonNode dying = await api.DeleteAsync(pods + "/graceful");
        Assert.Equal(30, (long)dying["metadata"]!["deletionGracePeriodSeconds"]!);
        JsonNode longer = await api.DeleteAsync(pods + "/graceful", """{"gracePeriodSeconds":90}""");
        Assert.Equal(30, (long)longer["metadata"]!["deletionGracePeriodSeconds"]!);
        await api.DeleteAsync(pods + "/graceful", """{"gracePeriodSeconds":0}""");
        await api.GetAsync(pods + "/graceful", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Binding_is_once()
    {
        const string pods = "/api/v1/namespaces/default/pods";
        await api.PostAsync(pods, """{"metadata":{"name":"bound"},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        const string binding = """{"metadata":{"name":"bound"},"target":{"kind":"Node","name":"n1"}}""";
        await api.PostAsync(pods + "/bound/binding", binding);
        JsonNode pod = await api.GetAsync(pods + "/bound");
        Assert.Equal("n1", (string?)pod["spec"]!["nodeName"]);
        Assert.Equal("PodScheduled", (string?)pod["status"]!["conditions"]![0]!["type"]);
        Assert.NotEqual(Revision.Zero, api.Queen.Store.Snapshot().Hidden(Encoding.UTF8.GetBytes("node/n1")));
        JsonNode again = await api.PostAsync(pods + "/bound/binding", binding, HttpStatusCode.Conflict);
        Assert.Equal("Operation cannot be fulfilled on pods/binding \"bound\": pod bound is already assigned to node \"n1\"", (string?)again["message"]);
    }

    [Fact]
    public async Task Collection_is_deleted_by_selector()
    {
        await api.PostAsync(ConfigMaps, """{"metadata":{"name":"d1","labels":{"gone":"yes"}}}""");
        await api.PostAsync(ConfigMaps, """{"metadata":{"name":"d2"}}""");
        await api.DeleteAsync(ConfigMaps + "?labelSelector=gone%3Dyes");
        await api.GetAsync(ConfigMaps + "/d1", HttpStatusCode.NotFound);
        await api.GetAsync(ConfigMaps + "/d2");
    }

    [Fact]
    public async Task Write_whose_answer_was_lost_is_proposed_again_and_happens_once()
    {
        api.Queen.LoseAnswers = 3;
        JsonNode made = await api.PostAsync(ConfigMaps, """{"metadata":{"name":"lost"}}""");
        KeyValue kv = api.Queen.Store.Snapshot().Get(Encoding.UTF8.GetBytes("/registry/configmaps/default/lost"))!;
        Assert.Equal(1, kv.Version);
        Assert.Equal(kv.ModRevision.ToString(), (string?)made["metadata"]!["resourceVersion"]);
    }

    [Fact]
    public async Task Without_a_leader_writes_and_reads_are_unavailable_and_local_reads_go_on()
    {
        await api.PostAsync(ConfigMaps, """{"metadata":{"name":"leaderless"}}""");
        api.Queen.Fault = QueenCode.NoLeader;
        try
        {
            JsonNode status = await api.GetAsync(ConfigMaps + "/leaderless", HttpStatusCode.ServiceUnavailable);
            Assert.Equal("ServiceUnavailable", (string?)status["reason"]);
            await api.GetAsync(ConfigMaps + "/leaderless?resourceVersion=0");
        }
        finally
        {
            api.Queen.Fault = null;
        }
    }

    [Fact]
    public async Task Future_version_is_waited_for_and_then_refused()
    {
        JsonNode status = await api.GetAsync(ConfigMaps + "?resourceVersion=99999999", HttpStatusCode.GatewayTimeout);
        Assert.Equal("ResourceVersionTooLarge", (string?)status["details"]!["causes"]![0]!["reason"]);
    }
}
