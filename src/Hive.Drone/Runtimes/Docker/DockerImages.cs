using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Hive.Drone.Pods;
using Hive.Objects;

namespace Hive.Drone.Runtimes.Docker;

/// <summary>Images in the engine: found, pulled, or made from what Hive brings along.</summary>
internal sealed class DockerImages(EngineConnection engine)
{
    private readonly SemaphoreSlim _making = new(1, 1);

    public async Task<OrderOutcome> EnsureAsync(string reference, string policy, RegistryCredential? credential, CancellationToken cancellation)
    {
        if (!ImageReference.TryParse(reference, out ImageReference parsed))
        {
            return OrderOutcome.Retry(ImageReasons.InvalidName, $"couldn't parse image name \"{reference}\": invalid reference format");
        }
        string? id = await FindAsync(reference, cancellation);
        if (BuiltInImages.AppletOf(reference) is { } applet)
        {
            id ??= await MakeAsync(reference, applet, cancellation);
            return new OrderOutcome(OrderResult.Done, Value: id, Message: $"Container image \"{reference}\" is part of Hive");
        }
        if (id is not null && policy != PullPolicy.Always)
        {
            return new OrderOutcome(OrderResult.Done, Value: id, Message: $"Container image \"{reference}\" already present on machine");
        }
        if (policy == PullPolicy.Never) return OrderOutcome.Retry(ImageReasons.NeverPull, $"Container image \"{reference}\" is not present with pull policy of Never");
        if (await PullAsync(parsed, credential, cancellation) is { } problem) return OrderOutcome.Retry(ImageReasons.Pull, problem);
        id = await FindAsync(reference, cancellation);
        return id is null
            ? OrderOutcome.Retry(ImageReasons.Pull, $"the engine pulled {reference} and yet has no such image")
            : new OrderOutcome(OrderResult.Done, Value: id, Message: $"Successfully pulled image \"{reference}\"");
    }

    private async Task<string?> FindAsync(string reference, CancellationToken cancellation)
    {
        EngineAnswer answer = await engine.SendAsync(HttpMethod.Get, $"/images/{Uri.EscapeDataString(reference)}/json", null, cancellation);
        if (answer.Ok) return (string?)answer.Json?["Id"];
        if (answer.Code == HttpStatusCode.NotFound) return null;
        throw new RuntimeUnavailableException($"the engine cannot say whether it has {reference}: {answer.Message}");
    }

    /// <summary>Imports a root file system that holds the cell alone.</summary>
    private async Task<string> MakeAsync(string reference, string applet, CancellationToken cancellation)
    {
        await _making.WaitAsync(cancellation);
        try
        {
            if (await FindAsync(reference, cancellation) is { } made) return made;
            int colon = reference.LastIndexOf(':');
            string change = $"ENTRYPOINT [\"{BuiltInImages.CellPath}\",\"{applet}\"]";
            string path = $"/images/create?fromSrc=-&repo={Uri.EscapeDataString(reference[..colon])}&tag={reference[(colon + 1)..]}&changes={Uri.EscapeDataString(change)}";
            using var content = new ByteArrayContent(BuiltInImages.RootTar());
            content.Headers.ContentType = new("application/x-tar");
            EngineAnswer answer = await engine.SendAsync(HttpMethod.Post, path, null, cancellation, content);
            return answer.Ok && await FindAsync(reference, cancellation) is { } id
                ? id
                : throw new RuntimeUnavailableException($"the engine would not import {reference}: {answer.Message}");
        }
        finally
        {
            _making.Release();
        }
    }

    /// <summary>Null when it was pulled, or the engine's words.</summary>
    private async Task<string?> PullAsync(ImageReference reference, RegistryCredential? credential, CancellationToken cancellation)
    {
        string path = $"/images/create?fromImage={Uri.EscapeDataString(reference.Repository)}&tag={Uri.EscapeDataString(reference.TagOrDigest)}";
        using HttpResponseMessage response = await engine.OpenAsync(HttpMethod.Post, path, null, cancellation, registryAuth: Header(credential));
        try
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation), Encoding.UTF8);
            string? problem = null;
            while (await reader.ReadLineAsync(cancellation) is { } line)
            {
                if (EngineConnection.TryParse(line) is not JsonObject progress) continue;
                // Errors come in the stream, with status 200, once it has begun.
                if (progress["error"] is { } error) problem = (string?)error;
                else if (progress["message"] is { } message && !response.IsSuccessStatusCode) problem = (string?)message;
            }
            return problem ?? (response.IsSuccessStatusCode ? null : $"the engine answered {(int)response.StatusCode}");
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            return $"the engine broke the pull off: {failure.Message}";
        }
    }

    private static string? Header(RegistryCredential? credential)
    {
        if (credential is null) return null;
        var body = new JsonObject { ["username"] = credential.User, ["password"] = credential.Password, ["serveraddress"] = credential.Server };
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(body.ToJsonString())).Replace('+', '-').Replace('/', '_');
    }
}

/// <summary>An image's name, split.</summary>
/// <param name="TagOrDigest"><c>latest</c> when none is given.</param>
public readonly record struct ImageReference(string Repository, string TagOrDigest)
{
    public const int LongestName = 512;

    /// <summary>The registry's host; <c>docker.io</c> when the name carries none.</summary>
    public string Registry
    {
        get
        {
            int slash = Repository.IndexOf('/', StringComparison.Ordinal);
            string first = slash < 0 ? "" : Repository[..slash];
            return first.Contains('.', StringComparison.Ordinal) || first.Contains(':', StringComparison.Ordinal) || first == "localhost" ? first : "docker.io";
        }
    }

    public static bool TryParse(string text, out ImageReference reference)
    {
        reference = default;
        if (text.Length is 0 or > LongestName) return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-' or '/' or ':' or '@')) return false;
        }
        int at = text.IndexOf('@', StringComparison.Ordinal);
        string name = at < 0 ? text : text[..at];
        int slash = name.LastIndexOf('/');
        int colon = name.IndexOf(':', slash + 1);
        string repository = colon < 0 ? name : name[..colon];
        string path = repository[(repository.IndexOf('/', StringComparison.Ordinal) + 1)..];
        if (repository.Length == 0 || repository.StartsWith('/') || repository.EndsWith('/') || repository.Contains("//", StringComparison.Ordinal)
            || path.Any(char.IsAsciiLetterUpper)) return false;
        string rest = at >= 0 ? text[(at + 1)..] : colon < 0 ? "latest" : name[(colon + 1)..];
        reference = new ImageReference(repository, rest);
        return rest.Length > 0;
    }
}
