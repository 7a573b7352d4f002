using System.Net;
using System.Text.Json.Nodes;
using Hive.Api.Tests.Hosting;
using Xunit;

namespace Hive.Api.Tests;

public sealed class AccessTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Pods = "/api/v1/namespaces/default/pods";

    [Fact]
    public async Task Anonymous_sees_health_and_version_only()
    {
        HttpClient nobody = api.Client();
        foreach (string open in (string[])["/healthz", "/livez", "/readyz", "/version"]) await ApiFixture.SendAsync(nobody, HttpMethod.Get, open);
        JsonNode status = await ApiFixture.SendAsync(nobody, HttpMethod.Get, Pods, null, HttpStatusCode.Forbidden);
        Assert.Equal("pods is forbidden: User \"system:anonymous\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"", (string?)status["message"]);
        JsonNode path = await ApiFixture.SendAsync(nobody, HttpMethod.Get, "/metrics", null, HttpStatusCode.Forbidden);
        Assert.Equal("forbidden: User \"system:anonymous\" cannot get path \"/metrics\"", (string?)path["message"]);
    }

    [Fact]
    public async Task Plain_http_takes_no_credentials_but_tells_health()
    {
        HttpClient plain = api.Client(scheme: "http");
        JsonNode health = await ApiFixture.SendAsync(plain, HttpMethod.Get, "/healthz");
        Assert.Equal("READY", (string?)health["status"]);
        Assert.Equal("QUEEN", (string?)health["mode"]);
        await ApiFixture.SendAsync(plain, HttpMethod.Get, Pods, null, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Certificate_of_another_authority_is_unauthorized_in_words()
    {
        JsonNode status = await ApiFixture.SendAsync(api.Client(new TestAuthority().Issue("admin", "system:masters")), HttpMethod.Get, Pods, null, HttpStatusCode.Unauthorized);
        Assert.Equal("Unauthorized", (string?)status["reason"]);
    }

    [Fact]
    public async Task Certificate_whose_time_is_over_is_unauthorized()
    {
        HttpClient late = api.Client(api.Authority.Issue("admin", DateTimeOffset.UtcNow.AddMinutes(-1), "system:masters"));
        await ApiFixture.SendAsync(late, HttpMethod.Get, Pods, null, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Unknown_token_is_unauthorized()
    {
        await ApiFixture.SendAsync(api.Client(token: "nonsense"), HttpMethod.Get, "/healthz", null, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task User_without_rights_may_ask_what_is_served_and_who_they_are()
    {
        HttpClient alice = api.Client(api.Authority.Issue("alice", "staff"));
        await ApiFixture.SendAsync(alice, HttpMethod.Get, "/apis");
        JsonNode forbidden = await ApiFixture.SendAsync(alice, HttpMethod.Get, Pods + "/p1", null, HttpStatusCode.Forbidden);
        Assert.Equal("pods \"p1\" is forbidden: User \"alice\" cannot get resource \"pods\" in API group \"\" in the namespace \"default\"", (string?)forbidden["message"]);
        JsonNode may = await ApiFixture.SendAsync(alice, HttpMethod.Post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            """{"spec":{"resourceAttributes":{"verb":"get","resource":"pods","namespace":"default"}}}""", HttpStatusCode.Created);
        Assert.False((bool)may["status"]!["allowed"]!);
        JsonNode who = await ApiFixture.SendAsync(alice, HttpMethod.Post, "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}", HttpStatusCode.Created);
        Assert.Equal("alice", (string?)who["status"]!["userInfo"]!["username"]);
    }

    [Fact]
    public async Task Service_account_token_names_its_account_until_the_account_is_gone()
    {
        const string accounts = "/api/v1/namespaces/default/serviceaccounts";
        await api.PostAsync(accounts, """{"metadata":{"name":"robot"}}""");
        JsonNode issued = await api.PostAsync(accounts + "/robot/token", "{}");
        HttpClient robot = api.Client(token: (string)issued["status"]!["token"]!);
        JsonNode who = await ApiFixture.SendAsync(robot, HttpMethod.Post, "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}", HttpStatusCode.Created);
        Assert.Equal("system:serviceaccount:default:robot", (string?)who["status"]!["userInfo"]!["username"]);
        await api.DeleteAsync(accounts + "/robot");
        await ApiFixture.SendAsync(robot, HttpMethod.Get, "/version", null, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Drone_sees_its_own_pods_and_what_they_refer_to()
    {
        HttpClient drone = api.Client(api.Authority.Issue("system:node:n7", "system:nodes"));
        await api.PostAsync("/api/v1/namespaces/default/secrets", """{"metadata":{"name":"mine"},"data":{"k":"dg=="}}""");
        await api.PostAsync("/api/v1/namespaces/default/secrets", """{"metadata":{"name":"other"},"data":{"k":"dg=="}}""");
        await api.PostAsync(Pods, """{"metadata":{"name":"on7"},"spec":{"nodeName":"n7","containers":[{"name":"c","image":"i"}],"volumes":[{"name":"v","secret":{"secretName":"mine"}}]}}""");
        await api.PostAsync(Pods, """{"metadata":{"name":"on8"},"spec":{"nodeName":"n8","containers":[{"name":"c","image":"i"}]}}""");
        await ApiFixture.SendAsync(drone, HttpMethod.Get, "/api/v1/pods?fieldSelector=spec.nodeName%3Dn7");
        await ApiFixture.SendAsync(drone, HttpMethod.Get, "/api/v1/pods?fieldSelector=spec.nodeName%3Dn8", null, HttpStatusCode.Forbidden);
        await ApiFixture.SendAsync(drone, HttpMethod.Get, "/api/v1/pods", null, HttpStatusCode.Forbidden);
        await ApiFixture.SendAsync(drone, HttpMethod.Get, Pods + "/on7");
        await ApiFixture.SendAsync(drone, HttpMethod.Get, Pods + "/on8", null, HttpStatusCode.Forbidden);
        await ApiFixture.SendAsync(drone, HttpMethod.Get, "/api/v1/namespaces/default/secrets/mine");
        await ApiFixture.SendAsync(drone, HttpMethod.Get, "/api/v1/namespaces/default/secrets/other", null, HttpStatusCode.Forbidden);
        await ApiFixture.SendAsync(drone, HttpMethod.Post, "/api/v1/nodes", """{"metadata":{"name":"n7"}}""", HttpStatusCode.Created);
        await ApiFixture.SendAsync(drone, HttpMethod.Post, "/api/v1/nodes", """{"metadata":{"name":"n9"}}""", HttpStatusCode.Forbidden);
        await ApiFixture.SendAsync(drone, HttpMethod.Delete, "/api/v1/nodes/n7", null, HttpStatusCode.Forbidden);
        await ApiFixture.SendAsync(drone, HttpMethod.Put, "/api/v1/nodes/n8", """{"metadata":{"name":"n8"}}""", HttpStatusCode.Forbidden);
        await ApiFixture.SendAsync(drone, HttpMethod.Post, "/hive/v1/drones/n8/renew", "{}", HttpStatusCode.Forbidden);
    }
}
