using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hive.Client.Connections;

namespace Hive.Client.Etcd;

/// <summary>A pair as the store holds it.</summary>
public sealed record EtcdPair(byte[] Key, byte[] Value, long CreateRevision, long ModRevision, long Version, long Lease);

/// <summary>An answer of the etcd face; <see cref="Error"/> is null when it succeeded.</summary>
/// <param name="Revision">The store's revision.</param>
public sealed record EtcdAnswer(long Revision, IReadOnlyList<EtcdPair> Pairs, long Count, string? Error)
{
    /// <summary>True when the request certainly changed nothing; false when it succeeded or nobody knows.</summary>
    public bool NotDone { get; init; }
}

/// <summary>A condition of a transaction: a key's modification revision (0: absent) or, where given, its value.</summary>
public sealed record EtcdCondition(byte[] Key, long ModRevision, byte[]? Value = null);

/// <summary>Answer of a transaction.</summary>
/// <param name="Held">Whether all conditions held.</param>
/// <param name="Answer">The pairs read, in the order of the keys; those absent are left out.</param>
public sealed record EtcdTransactionAnswer(bool Held, EtcdAnswer Answer);

/// <summary>A member of the cluster.</summary>
/// <param name="Name">Empty until it was started for the first time.</param>
/// <param name="IsLearner">It gets the log and has no vote (yet).</param>
public sealed record EtcdMember(ulong Id, string Name, IReadOnlyList<string> PeerUrls, IReadOnlyList<string> ClientUrls, bool IsLearner);

/// <summary>Answer about the membership; <see cref="Error"/> is null when it succeeded.</summary>
/// <param name="Members">The members after the change.</param>
/// <param name="Added">Id of the member that was added.</param>
public sealed record EtcdMembersAnswer(IReadOnlyList<EtcdMember> Members, ulong Added, string? Error);

/// <summary>One change seen by a watch.</summary>
public sealed record EtcdChange(bool Deleted, EtcdPair Pair);

/// <summary>
/// The etcd face of a Hive over its JSON gateway: enough for people and scripts. Programs that need every call use any etcd v3 client library.
/// </summary>
public sealed class EtcdClient(QueenPool pool) : IDisposable
{
    /// <summary>A watch that broke is opened again after so long.</summary>
    private static readonly TimeSpan ReopenPause = TimeSpan.FromMilliseconds(250);

    public static EtcdClient Connect(ClientProfile profile)
    {
        if (profile.Etcd.Count == 0) throw new ClientProfileException("the client profile names no etcd addresses (\"etcd\": [\"https://HOST:PORT\", ...])", null);
        return new EtcdClient(new QueenPool([.. profile.Etcd.Select(e => new Uri(e))], profile.LoadCredentials()));
    }

    /// <summary>Reads a key, or with <paramref name="prefix"/> all keys that begin with it; at an old revision when one is given.</summary>
    public async Task<EtcdAnswer> GetAsync(byte[] key, bool prefix, long revision, long limit, CancellationToken cancellation)
    {
        JsonObject body = Range(key, prefix);
        if (revision > 0) body["revision"] = Text(revision);
        if (limit > 0) body["limit"] = Text(limit);
        return Answer(await CallAsync("/v3/kv/range", body, true, cancellation), "kvs");
    }

    public async Task<EtcdAnswer> PutAsync(byte[] key, byte[] value, CancellationToken cancellation) =>
        Answer(await CallAsync("/v3/kv/put", new JsonObject { ["key"] = Convert.ToBase64String(key), ["value"] = Convert.ToBase64String(value) }, false, cancellation), "kvs");

    public async Task<EtcdAnswer> DeleteAsync(byte[] key, bool prefix, CancellationToken cancellation) =>
        Answer(await CallAsync("/v3/kv/deleterange", Range(key, prefix), false, cancellation), "prev_kvs");

    /// <summary>At one revision: where all conditions hold, writes the pairs and reads the keys; else nothing.</summary>
    public async Task<EtcdTransactionAnswer> TransactAsync(
        IEnumerable<EtcdCondition> conditions, IEnumerable<(byte[] Key, byte[] Value)> puts, IEnumerable<byte[]> reads, CancellationToken cancellation)
    {
        JsonNode[] writing = [.. puts.Select(p => new JsonObject { ["request_put"] = new JsonObject { ["key"] = Convert.ToBase64String(p.Key), ["value"] = Convert.ToBase64String(p.Value) } })];
        JsonNode[] reading = [.. reads.Select(key => new JsonObject { ["request_range"] = Range(key, false) })];
        var body = new JsonObject { ["compare"] = new JsonArray([.. conditions.Select(Comparison)]), ["success"] = new JsonArray([.. writing, .. reading]) };
        var call = await CallAsync("/v3/kv/txn", body, writing.Length == 0, cancellation);
        EtcdAnswer answer = Answer(call, "responses");
        if (answer.Error is not null) return new EtcdTransactionAnswer(false, answer);
        IReadOnlyList<EtcdPair> found = [.. (call.Body?["responses"] as JsonArray ?? []).SelectMany(r => r?["response_range"]?["kvs"] as JsonArray ?? []).Select(Pair)];
        return new EtcdTransactionAnswer((bool?)call.Body?["succeeded"] == true, answer with { Pairs = found, Count = found.Count });
    }

    /// <summary>Status of the member that answers.</summary>
    public async Task<(JsonObject? Body, string? Error)> StatusAsync(CancellationToken cancellation) => await CallForBodyAsync("/v3/maintenance/status", cancellation);

    /// <summary>The metrics of the member that answers which have no labels, by name; empty when none answers.</summary>
    public async Task<IReadOnlyDictionary<string, double>> MetricsAsync(CancellationToken cancellation)
    {
        var found = new SortedDictionary<string, double>(StringComparer.Ordinal);
        PoolResult result = await pool.SendAsync(q => new HttpRequestMessage(HttpMethod.Get, new Uri(q, "/metrics")), true, cancellation);
        if (result.Response is null) return found;
        using HttpResponseMessage response = result.Response;
        foreach (string line in (await response.Content.ReadAsStringAsync(cancellation)).Split('\n'))
        {
            if (line.StartsWith('#') || line.Split(' ') is not [var name, var value]) continue;
            if (double.TryParse(value, CultureInfo.InvariantCulture, out double number)) found[name] = number;
        }
        return found;
    }

    /// <summary>The members of the cluster, as a linearizable read.</summary>
    public async Task<EtcdMembersAnswer> MembersAsync(CancellationToken cancellation) =>
        Members(await CallAsync("/v3/cluster/member/list", new JsonObject { ["linearizable"] = true }, true, cancellation));

    /// <summary>Adds a member; <see cref="EtcdMembersAnswer.Added"/> is the id that it must be started with. It counts in no quorum until it has the log.</summary>
    /// <param name="learner">It is to stay a learner until it is promoted.</param>
    public async Task<EtcdMembersAnswer> AddMemberAsync(IEnumerable<string> peerUrls, bool learner, CancellationToken cancellation) =>
        Members(await CallAsync("/v3/cluster/member/add", new JsonObject { ["peerURLs"] = Texts(peerUrls), ["isLearner"] = learner }, false, cancellation));

    /// <summary>Removes a member for good: its id is never used again.</summary>
    public async Task<EtcdMembersAnswer> RemoveMemberAsync(ulong id, CancellationToken cancellation) =>
        Members(await CallAsync("/v3/cluster/member/remove", new JsonObject { ["ID"] = Text(id) }, false, cancellation));

    /// <summary>Has a learner made a voter, once it has the log.</summary>
    public async Task<EtcdMembersAnswer> PromoteMemberAsync(ulong id, CancellationToken cancellation) =>
        Members(await CallAsync("/v3/cluster/member/promote", new JsonObject { ["ID"] = Text(id) }, false, cancellation));

    /// <summary>Changes from a revision on (0: from now); resumes by itself at the next revision when a connection breaks.</summary>
    /// <exception cref="EtcdWatchException">The server ended the watch, for instance because the revision was compacted.</exception>
    public async IAsyncEnumerable<EtcdChange> WatchAsync(byte[] key, bool prefix, long from, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long next = from;
        while (!cancellation.IsCancellationRequested)
        {
            JsonObject create = Range(key, prefix);
            if (next > 0) create["start_revision"] = Text(next);
            byte[] body = Encoding.UTF8.GetBytes(new JsonObject { ["create_request"] = create }.ToJsonString());
            PoolResult opened = await pool.SendAsync(q => Post(q, "/v3/watch", body), true, cancellation);
            if (opened.Response is not null)
            {
                using HttpResponseMessage response = opened.Response;
                await foreach (JsonObject result in LinesAsync(response, cancellation))
                {
                    if ((bool?)result["canceled"] == true) throw new EtcdWatchException(Why(result));
                    long at = Number(result["header"]?["revision"]);
                    if (next == 0 && at > 0) next = at + 1;
                    foreach (JsonNode? change in result["events"] as JsonArray ?? [])
                    {
                        EtcdPair pair = Pair(change?["kv"]);
                        next = Math.Max(next, pair.ModRevision + 1);
                        yield return new EtcdChange((string?)change?["type"] == "DELETE", pair);
                    }
                }
            }
            await Task.Delay(ReopenPause, TimeProvider.System, cancellation);
        }
    }

    public void Dispose() => pool.Dispose();

    private async Task<(JsonObject? Body, string? Error)> CallForBodyAsync(string path, CancellationToken cancellation)
    {
        (JsonObject? body, string? error, _) = await CallAsync(path, [], true, cancellation);
        return (body, error);
    }

    internal async Task<(JsonObject? Body, string? Error, bool NotDone)> CallAsync(string path, JsonObject body, bool repeatable, CancellationToken cancellation)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
        PoolResult result = await pool.SendAsync(q => Post(q, path, bytes), repeatable, cancellation);
        if (result.Response is null)
        {
            string fate = result.Fate == Fate.Unknown ? "the request may or may not have taken effect" : "nothing was changed";
            return (null, $"no answer, {fate} ({result.Problem})", result.Fate == Fate.NotDone);
        }
        using HttpResponseMessage response = result.Response;
        string text = await response.Content.ReadAsStringAsync(cancellation);
        JsonObject? answer = TryParse(text);
        if (response.IsSuccessStatusCode && answer is not null) return (answer, null, false);
        return (answer, (string?)answer?["message"] ?? (string?)answer?["error"] ?? $"{(int)response.StatusCode} {text.Trim()}", false);
    }

    /// <summary>The answers of a streaming read, asked of one queen. The caller must know by itself when all have come: a connection that breaks only ends them.</summary>
    /// <exception cref="EtcdStreamException">Nobody answered, or it was refused.</exception>
    internal async IAsyncEnumerable<JsonObject> StreamAsync(string path, JsonObject body, [EnumeratorCancellation] CancellationToken cancellation)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
        PoolResult opened = await pool.SendAsync(q => Post(q, path, bytes), true, cancellation);
        if (opened.Response is null) throw new EtcdStreamException($"no answer ({opened.Problem})");
        using HttpResponseMessage response = opened.Response;
        if (!response.IsSuccessStatusCode)
        {
            string text = await response.Content.ReadAsStringAsync(cancellation);
            throw TryParse(text)?["error"] is JsonObject refusal ? Refused(refusal) : new EtcdStreamException($"{(int)response.StatusCode} {text.Trim()}");
        }
        await foreach (JsonObject line in MessagesAsync(response, cancellation))
        {
            if (line["error"] is JsonObject error) throw Refused(error);
            if (line["result"] is JsonObject result) yield return result;
        }
    }

    private static EtcdStreamException Refused(JsonObject error) => new((string?)error["message"] ?? error.ToJsonString(), (int)Number(error["grpc_code"]));

    private static async IAsyncEnumerable<JsonObject> LinesAsync(HttpResponseMessage response, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (JsonObject line in MessagesAsync(response, cancellation))
        {
            if (line["result"] is JsonObject result) yield return result;
        }
    }

    private static async IAsyncEnumerable<JsonObject> MessagesAsync(HttpResponseMessage response, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation), Encoding.UTF8);
        while (true)
        {
            string? line;
            try
            {
                line = await reader.ReadLineAsync(cancellation);
            }
            catch (Exception failure) when (failure is IOException or HttpRequestException)
            {
                yield break;
            }
            if (line is null) yield break;
            if (TryParse(line) is { } message) yield return message;
        }
    }

    private static HttpRequestMessage Post(Uri queen, string path, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(queen, path)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        return request;
    }

    internal static JsonObject Range(byte[] key, bool prefix)
    {
        byte[] start = key.Length == 0 ? [0] : key;
        var range = new JsonObject { ["key"] = Convert.ToBase64String(start) };
        if (prefix) range["range_end"] = Convert.ToBase64String(PrefixEnd(key));
        return range;
    }

    private static JsonObject Comparison(EtcdCondition condition)
    {
        var comparison = new JsonObject { ["key"] = Convert.ToBase64String(condition.Key), ["result"] = "EQUAL", ["target"] = condition.Value is null ? "MOD" : "VALUE" };
        if (condition.Value is { } value) comparison["value"] = Convert.ToBase64String(value);
        else comparison["mod_revision"] = Text(condition.ModRevision);
        return comparison;
    }

    /// <summary>The first key past all that begin with the prefix; a single 0 byte ("no end") when there is none.</summary>
    private static byte[] PrefixEnd(byte[] prefix)
    {
        int last = prefix.Length - 1;
        while (last >= 0 && prefix[last] == 0xff) last--;
        if (last < 0) return [0];
        byte[] end = prefix[..(last + 1)];
        end[last]++;
        return end;
    }

    private static EtcdAnswer Answer((JsonObject? Body, string? Error, bool NotDone) call, string pairs)
    {
        if (call.Error is not null || call.Body is null) return new EtcdAnswer(0, [], 0, call.Error ?? "empty answer") { NotDone = call.NotDone };
        IReadOnlyList<EtcdPair> found = [.. (call.Body[pairs] as JsonArray ?? []).Select(Pair)];
        return new EtcdAnswer(Number(call.Body["header"]?["revision"]), found, Number(call.Body["count"] ?? call.Body["deleted"]), null);
    }

    internal static EtcdPair Pair(JsonNode? node) => new(
        Convert.FromBase64String((string?)node?["key"] ?? ""), Convert.FromBase64String((string?)node?["value"] ?? ""),
        Number(node?["create_revision"]), Number(node?["mod_revision"]), Number(node?["version"]), Number(node?["lease"]));

    private static string Why(JsonObject result)
    {
        long compacted = Number(result["compact_revision"]);
        if (compacted > 0) return $"required revision has been compacted; the oldest kept is {compacted}";
        return (string?)result["cancel_reason"] is { Length: > 0 } reason ? reason : "the server ended the watch";
    }

    internal static long Number(JsonNode? node) => long.TryParse(node?.ToString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out long value) ? value : 0;

    internal static ulong Identity(JsonNode? node) => ulong.TryParse(node?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : 0;

    internal static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    internal static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static EtcdMembersAnswer Members((JsonObject? Body, string? Error, bool NotDone) call)
    {
        if (call.Error is not null || call.Body is null) return new EtcdMembersAnswer([], 0, call.Error ?? "empty answer");
        return new EtcdMembersAnswer(
            [.. (call.Body["members"] as JsonArray ?? []).Select(Member)], call.Body["member"] is { } added ? Member(added).Id : 0, null);
    }

    private static EtcdMember Member(JsonNode? node) => new(
        ulong.TryParse(node?["ID"]?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong id) ? id : 0,
        (string?)node?["name"] ?? "", [.. (node?["peerURLs"] as JsonArray ?? []).Select(u => $"{u}")],
        [.. (node?["clientURLs"] as JsonArray ?? []).Select(u => $"{u}")], (bool?)node?["isLearner"] == true);

    private static JsonObject? TryParse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A watch that the server ended; the message says why.</summary>
public sealed class EtcdWatchException(string message) : Exception(message);
