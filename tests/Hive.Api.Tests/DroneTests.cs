using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Hive.Api.Tests.Hosting;
using Xunit;

namespace Hive.Api.Tests;

public sealed class DroneTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Pods = "/api/v1/namespaces/default/pods";

    private HttpClient Drone(string node) => api.Client(api.Authority.Issue($"system:node:{node}", "system:nodes"));

    private async Task<(HttpClient Drone, string Lease)> RegisterAsync(string node)
    {
        HttpClient drone = Drone(node);
        JsonNode made = await ApiFixture.SendAsync(drone, HttpMethod.Post, "/api/v1/nodes", $$$"""{"metadata":{"name":"{{{node}}}"}}""", HttpStatusCode.Created);
        JsonNode session = await SessionAsync(drone, node, (string)made["metadata"]!["uid"]!, "boot-1");
        return (drone, (string)session["lease"]!);
    }

    private static Task<JsonNode> SessionAsync(HttpClient drone, string node, string uid, string boot, HttpStatusCode expected = HttpStatusCode.OK) =>
        ApiFixture.SendAsync(drone, HttpMethod.Post, $"/hive/v1/drones/{node}/session", $$"""{"nodeUid":"{{uid}}","bootId":"{{boot}}"}""", expected);

    private static async Task<JsonNode> ReportAsync(HttpClient drone, string node, string lease, string pods) =>
        (await ApiFixture.SendAsync(drone, HttpMethod.Post, $"/hive/v1/drones/{node}/status", $$"""{"lease":"{{lease}}","pods":[{{pods}}]}"""))["outcomes"]![0]!;

    private async Task<string> PodAsync(string name, string node)
    {
        JsonNode pod = await api.PostAsync(Pods, $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"nodeName":"{{{node}}}","containers":[{"name":"c","image":"i"}]}}""");
        return (string)pod["metadata"]!["uid"]!;
    }

    [Fact]
    public async Task Joining_needs_a_token_and_gives_a_certificate_of_the_node()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string csr = new CertificateRequest("CN=whatever, O=system:masters", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        HttpClient nobody = api.Client();
        var body = new JsonObject { ["token"] = "wrong", ["node"] = "n1", ["csr"] = csr };
        await ApiFixture.SendAsync(nobody, HttpMethod.Post, "/hive/v1/join", body.ToJsonString(), HttpStatusCode.Unauthorized);
        body["token"] = ApiFixture.JoinToken;
        JsonNode joined = await ApiFixture.SendAsync(nobody, HttpMethod.Post, "/hive/v1/join", body.ToJsonString());
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem((string)joined["certificate"]!);
        Assert.Equal("system:node:n1", certificate.GetNameInfo(X509NameType.SimpleName, false));
        Assert.DoesNotContain("masters", certificate.Subject, StringComparison.Ordinal);
        Assert.Equal("https://127.0.0.1:6443", (string?)joined["queens"]![0]);
        body["csr"] = "nonsense";
        await ApiFixture.SendAsync(nobody, HttpMethod.Post, "/hive/v1/join", body.ToJsonString(), HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Second_machine_with_the_name_is_refused_until_the_first_is_gone()
    {
        HttpClient drone = Drone("twin");
        JsonNode made = await ApiFixture.SendAsync(drone, HttpMethod.Post, "/api/v1/nodes", """{"metadata":{"name":"twin"}}""", HttpStatusCode.Created);
        string uid = (string)made["metadata"]!["uid"]!;
        JsonNode first = await SessionAsync(drone, "twin", uid, "boot-1");
        Assert.Equal((string?)first["lease"], (string?)(await SessionAsync(drone, "twin", uid, "boot-1"))["lease"]);
        JsonNode refused = await SessionAsync(drone, "twin", uid, "boot-2", HttpStatusCode.Conflict);
        Assert.Contains("a drone with boot id boot-1 is alive under this name", (string?)refused["message"], StringComparison.Ordinal);
        await SessionAsync(drone, "twin", "other-uid", "boot-1", HttpStatusCode.Conflict);
        api.Queen.Advance(TimeSpan.FromSeconds(5));
        JsonNode second = await SessionAsync(drone, "twin", uid, "boot-2");
        Assert.NotEqual((string?)first["lease"], (string?)second["lease"]);
    }

    [Fact]
    public async Task Renewal_keeps_the_session_and_a_lost_one_is_told()
    {
        (HttpClient drone, string lease) = await RegisterAsync("renews");
        for (int i = 0; i < 3; i++)
        {
            api.Queen.Advance(TimeSpan.FromSeconds(2));
            JsonNode renewed = await ApiFixture.SendAsync(drone, HttpMethod.Post, "/hive/v1/drones/renews/renew", $$"""{"lease":"{{lease}}","sequence":{{i}}}""");
            Assert.Equal(i, (int)renewed["sequence"]!);
            Assert.Equal(4, (int)renewed["ttlSeconds"]!);
        }
        api.Queen.Advance(TimeSpan.FromSeconds(5));
        JsonNode lost = await ApiFixture.SendAsync(drone, HttpMethod.Post, "/hive/v1/drones/renews/renew", $$"""{"lease":"{{lease}}","sequence":9}""");
        Assert.Equal(0, (int)lost["ttlSeconds"]!);
    }

    [Fact]
    public async Task Report_is_committed_only_for_the_incarnation_that_is_bound_here_under_a_live_session()
    {
        (HttpClient drone, string lease) = await RegisterAsync("reports");
        string uid = await PodAsync("reported", "reports");
        string elsewhere = await PodAsync("elsewhere", "another");
        JsonNode done = await ReportAsync(drone, "reports", lease, $$$"""{"namespace":"default","name":"reported","uid":"{{{uid}}}","status":{"phase":"Running","podIP":"10.1.1.1"}}""");
        Assert.Equal("Committed", (string?)done["outcome"]);
        JsonNode pod = await api.GetAsync(Pods + "/reported");
        Assert.Equal("Running", (string?)pod["status"]!["phase"]);
        Assert.Equal((string?)done["resourceVersion"], (string?)pod["metadata"]!["resourceVersion"]);
        Assert.Equal("BestEffort", (string?)pod["status"]!["qosClass"]);
        Assert.Equal("Gone", (string?)(await ReportAsync(drone, "reports", lease, """{"namespace":"default","name":"reported","uid":"old","status":{"phase":"Failed"}}"""))["outcome"]);
        Assert.Equal("Conflict", (string?)(await ReportAsync(drone, "reports", lease, $$$"""{"namespace":"default","name":"elsewhere","uid":"{{{elsewhere}}}","status":{"phase":"Failed"}}"""))["outcome"]);
        api.Queen.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("Fenced", (string?)(await ReportAsync(drone, "reports", lease, $$$"""{"namespace":"default","name":"reported","uid":"{{{uid}}}","status":{"phase":"Failed"}}"""))["outcome"]);
        Assert.Equal("Running", (string?)(await api.GetAsync(Pods + "/reported"))["status"]!["phase"]);
    }

    [Fact]
    public async Task Removed_pod_that_is_being_deleted_takes_its_object_along()
    {
        (HttpClient drone, string lease) = await RegisterAsync("removes");
        string uid = await PodAsync("removed", "removes");
        string report = $$$"""{"namespace":"default","name":"removed","uid":"{{{uid}}}","status":{"phase":"Succeeded"},"removed":true}""";
        await ReportAsync(drone, "removes", lease, report);
        await api.GetAsync(Pods + "/removed");
        string other = await PodAsync("deleted", "removes");
        await api.DeleteAsync(Pods + "/deleted");
        JsonNode done = await ReportAsync(drone, "removes", lease, $$$"""{"namespace":"default","name":"deleted","uid":"{{{other}}}","status":{"phase":"Failed"},"removed":true}""");
        Assert.Equal("Committed", (string?)done["outcome"]);
        await api.GetAsync(Pods + "/deleted", HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("session", "{}")]
    [InlineData("session", "nonsense")]
    [InlineData("renew", """{"lease":"zz"}""")]
    [InlineData("status", """{"lease":"1f","pods":[{"name":"p"}]}""")]
    [InlineData("status", """{"lease":"1f","pods":7}""")]
    [InlineData("status", """{"lease":"1f","pods":[null]}""")]
    [InlineData("session", """{"nodeUid":"\ud800","bootId":"b"}""")]
    public async Task Broken_bodies_are_bad_requests(string door, string body)
    {
        await ApiFixture.SendAsync(Drone("broken"), HttpMethod.Post, $"/hive/v1/drones/broken/{door}", body, HttpStatusCode.BadRequest);
    }
}
