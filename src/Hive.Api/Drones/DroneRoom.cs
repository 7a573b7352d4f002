using Hive.Api.Authentication;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Objects;

namespace Hive.Api.Drones;

/// <summary>Hive's own door for drones: join, session, renew, status.</summary>
public sealed class DroneRoom(ApiFaceOptions options, Sessions sessions, StatusBatches statuses, BootstrapTokens bootstrap, ObjectStorage storage) : IEndpointRoom
{
    private const string Root = "/hive/v1/";

    public async ValueTask<bool> TryServeAsync(ApiRequest request)
    {
        if (!request.Path.StartsWith(Root, StringComparison.Ordinal)) return false;
        string[] parts = request.Path[Root.Length..].Split('/');
        Refusal? refusal = parts switch
        {
            _ when !request.IsMethod("POST") => Refusals.MethodNotAllowed,
            ["join"] => await JoinAsync(request),
            ["drones", var node, "session"] => await AnswerAsync<SessionRequest, SessionAnswer>(request, body => sessions.OpenAsync(node, body, request.Cancellation)),
            ["drones", var node, "renew"] => await AnswerAsync<RenewRequest, RenewAnswer>(request, body => sessions.RenewAsync(node, body, request.Cancellation)),
            ["drones", var node, "status"] => await AnswerAsync<StatusRequest, StatusAnswer>(request, body => statuses.ReportAsync(node, body, request.Cancellation)),
            _ => Refusals.NoSuchResource,
        };
        if (refusal is not null) await request.RefuseAsync(refusal);
        return true;
    }

    private static async ValueTask<Refusal?> AnswerAsync<TBody, TAnswer>(ApiRequest request, Func<TBody, ValueTask<Outcome<TAnswer>>> serve)
        where TBody : class
    {
        Outcome<byte[]> read = await request.ReadBodyAsync();
        if (!read.TryGet(out byte[]? bytes, out Refusal? refusal)) return refusal;
        if (!EndpointJson.Read<TBody>(bytes).TryGet(out TBody? body, out refusal)) return refusal;
        Outcome<TAnswer> outcome = await serve(body);
        if (!outcome.TryGet(out TAnswer? answer, out refusal)) return refusal;
        await request.AnswerLineAsync(200, answer);
        return null;
    }

    private ValueTask<Refusal?> JoinAsync(ApiRequest request) => AnswerAsync<JoinRequest, JoinAnswer>(request, body =>
    {
        if (!request.IsSecure) return new(Refusals.BadRequest("join is served over TLS only"));
        bool known = request.User.IsIn(Caller.Bootstrappers) || (body.Token is { Length: > 0 } token && bootstrap.Authenticate(token, storage.Local) is not null);
        if (!known) return new(Refusals.Unauthorized with { Message = "Unauthorized: a bootstrap token is needed to join" });
        if (string.IsNullOrEmpty(body.Node) || Names.Subdomain(body.Node) is not null) return new(Refusals.BadRequest("node must be a lower-case DNS name"));
        if (string.IsNullOrEmpty(body.Csr)) return new(Refusals.BadRequest("csr must be a certificate signing request in PEM"));
        string? certificate = options.Signer.SignNode(body.Csr, Caller.NodePrefix + body.Node, Caller.Nodes);
        if (certificate is null) return new(Refusals.BadRequest("the certificate signing request is malformed or its signature is wrong"));
        return new(new JoinAnswer(certificate, options.Signer.AuthorityPem, [.. options.QueenUrls()]));
    });
}
