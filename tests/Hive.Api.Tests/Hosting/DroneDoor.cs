using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Hive.Api.Tests.Hosting;

/// <summary>A drone's own port: shows a node's certificate, and lets only queens in.</summary>
public static class DroneDoor
{
    public static async Task<WebApplication> StartAsync(TestAuthority authority, string node, RequestDelegate serve)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var certificate = authority.Issue($"system:node:{node}", "system:nodes");
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (shown, _, _) => shown.Subject.Contains("hive:queens", StringComparison.Ordinal);
        })));
        WebApplication application = builder.Build();
        application.Run(serve);
        await application.StartAsync();
        return application;
    }

    /// <summary>A Node whose drone answers at the door.</summary>
    public static string NodeBody(string node, WebApplication door) => new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = node },
        ["status"] = new JsonObject
        {
            ["addresses"] = new JsonArray(new JsonObject { ["type"] = "InternalIP", ["address"] = "127.0.0.1" }),
            ["daemonEndpoints"] = new JsonObject { ["kubeletEndpoint"] = new JsonObject { ["Port"] = new Uri(door.Urls.First()).Port } },
        },
    }.ToJsonString();
}
