using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Hive.Client.Kubernetes;
using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Clients;

/// <summary>What a call about an object came to.</summary>
/// <param name="Fate">Of a write: failed only when nothing can have changed.</param>
/// <param name="Object">What was answered; null: it was refused as a conflict, or there is no such object.</param>
public sealed record ObjectReply(Outcome Fate, ObjectState? Object, string Error);

/// <summary>What a list came to.</summary>
public sealed record ListReply(Outcome Fate, long Revision, ImmutableArray<ObjectState> Objects, string Error);

/// <summary>ConfigMaps of one namespace, over the Kubernetes face of one queen or of several with fail-over.</summary>
public sealed class ObjectClient(Func<KubernetesClient> api)
{
    public const string Namespace = "objects";

    private const string Collection = $"/api/v1/namespaces/{Namespace}/configmaps";
    private const string Selector = "labelSelector=workload%3Dobjects";

    /// <summary>Makes the namespace. Succeeds where it is there already.</summary>
    /// <exception cref="InvalidOperationException">It is refused.</exception>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        var space = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = Namespace } };
        ApiAnswer answer = await api().CreateAsync("/api/v1/namespaces", space, cancellation);
        if (!answer.Ok && answer.Code != ApiCall.Conflict) throw new InvalidOperationException($"the namespace {Namespace} could not be made: {answer.Message}");
    }

    public Task<ObjectReply> GetAsync(string name, CancellationToken cancellation) => CallAsync(token => api().GetAsync(Path(name), token), writes: false, cancellation);

    public Task<ObjectReply> CreateAsync(string name, long value, CancellationToken cancellation) =>
        CallAsync(token => api().CreateAsync(Collection, Body(name, null, [value]), token), writes: true, cancellation);

    /// <summary>Replaces the object where it still is what it was, with one value more.</summary>
    public Task<ObjectReply> ReplaceAsync(ObjectState expected, long value, CancellationToken cancellation) =>
        CallAsync(token => api().ReplaceAsync(Path(expected.Name), Body(expected.Name, expected.Version, expected.Values.Add(value)), token), writes: true, cancellation);

    /// <summary>Deletes the object where it still is what it was; a reply without an object says that it was not.</summary>
    public Task<ObjectReply> DeleteAsync(ObjectState expected, CancellationToken cancellation)
    {
        var options = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "DeleteOptions",
            ["preconditions"] = new JsonObject { ["uid"] = expected.Uid, ["resourceVersion"] = MemberClient.Text(expected.Version) },
        };
        return CallAsync(token => api().DeleteAsync(Path(expected.Name), options, token), writes: true, cancellation, expected);
    }

    public async Task<ListReply> ListAsync(CancellationToken cancellation)
    {
        ApiAnswer answer = await ApiCall.AskAsync(token => api().GetAsync($"{Collection}?{Selector}", token), cancellation);
        if (!answer.Ok || answer.Body is null) return new ListReply(Outcome.Failed, 0, [], answer.Message);
        ImmutableArray<ObjectState> objects = [.. ((JsonArray?)answer.Body["items"] ?? []).Select(item => State((JsonObject)item!))];
        return new ListReply(Outcome.Ok, long.Parse(answer.ResourceVersion, CultureInfo.InvariantCulture), objects, "");
    }

    /// <summary>Events after a resourceVersion, with bookmarks, until the server or the connection ends it.</summary>
    public async IAsyncEnumerable<ObjectEvent> WatchAsync(long after, int seconds, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"{Collection}?{Selector}&watch=1&allowWatchBookmarks=true&resourceVersion={after}&timeoutSeconds={seconds}");
        await using IAsyncEnumerator<WatchLine> lines = api().WatchAsync(path, cancellation).GetAsyncEnumerator(cancellation);
        while (await MoveAsync(lines))
        {
            WatchLine line = lines.Current;
            yield return new ObjectEvent(line.Type, line.Type == ObjectEvent.Error ? new ObjectState((string?)line.Object["reason"] ?? "", "", 0, []) : State(line.Object));
        }
    }

    /// <summary>To give up a watch is its end, no error.</summary>
    private static async Task<bool> MoveAsync(IAsyncEnumerator<WatchLine> lines)
    {
        try
        {
            return await lines.MoveNextAsync();
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task<ObjectReply> CallAsync(Func<CancellationToken, Task<ApiAnswer>> call, bool writes, CancellationToken cancellation, ObjectState? deleted = null)
    {
        ApiAnswer answer = await ApiCall.AskAsync(call, cancellation);
        if (answer is { Ok: true, Body: { } body }) return new ObjectReply(Outcome.Ok, deleted ?? State(body), "");
        return answer.Code is ApiCall.Conflict or ApiCall.NotFound ? new ObjectReply(Outcome.Ok, null, answer.Message) : new ObjectReply(ApiCall.FateOf(answer, writes), null, answer.Message);
    }

    private static string Path(string name) => $"{Collection}/{name}";

    private static JsonObject Body(string name, long? version, IEnumerable<long> values)
    {
        var metadata = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["workload"] = "objects" } };
        if (version is { } expected) metadata["resourceVersion"] = MemberClient.Text(expected);
        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = metadata, ["data"] = new JsonObject { ["values"] = MemberClient.Text(values) } };
    }

    private static ObjectState State(JsonObject value)
    {
        JsonNode? metadata = value["metadata"];
        string version = (string?)metadata?["resourceVersion"] ?? "0";
        return new ObjectState((string?)metadata?["name"] ?? "", (string?)metadata?["uid"] ?? "", long.Parse(version, CultureInfo.InvariantCulture), MemberClient.List((string?)value["data"]?["values"]));
    }
}
