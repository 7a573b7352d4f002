using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Hive.Client.Etcd;

/// <summary>A revision and when it was made; no time where none is kept.</summary>
public sealed record RevisionTime(long Revision, DateTimeOffset? Time);

/// <summary>Answer to which revision was current when.</summary>
/// <param name="Oldest">The oldest revision that can still be read.</param>
public sealed record RevisionAnswer(RevisionTime At, RevisionTime Oldest, string? Error);

/// <summary>One step in the life of a key; after a deletion only key and modification revision of the pair are set.</summary>
public sealed record KeyStep(bool Deleted, EtcdPair Pair, DateTimeOffset? Time);

/// <summary>The life of a key, newest first.</summary>
/// <param name="More">The limit, or the size of one answer, cut it: ask again before the last revision.</param>
public sealed record HistoryAnswer(IReadOnlyList<KeyStep> Steps, bool More, long OldestRevision, string? Error);

/// <summary>A key that is not the same at two revisions; null where it is absent.</summary>
public sealed record KeyChange(EtcdPair? Before, EtcdPair? After)
{
    public byte[] Key => (Before ?? After)!.Key;
}

/// <summary>Answer of a restore.</summary>
/// <param name="LeftAlone">Keys that differ and were left as they are, because the lease they lived by has ended.</param>
public sealed record RestoreAnswer(long Revision, long Put, long Deleted, long LeftAlone, string? Error)
{
    /// <summary>True when the request certainly changed nothing; false when it succeeded or nobody knows.</summary>
    public bool NotDone { get; init; }
}

/// <summary>How much history is kept, and what it and live data take.</summary>
/// <param name="PercentOfLive">History takes at most this much of what live data takes, or <paramref name="FreeBytes"/>, whichever is more.</param>
/// <param name="Revisions">No more than so many revisions before the current one are kept; 0: however many.</param>
public sealed record RetentionAnswer(TimeSpan Age, long PercentOfLive, long FreeBytes, long Revisions, long LiveBytes, long HistoryBytes, string? Error);

/// <summary>Hive's time travel, beside etcd's own calls.</summary>
public sealed class TravelClient(EtcdClient etcd)
{
    /// <summary>The revision that was current at a time; without one, the newest.</summary>
    public async Task<RevisionAnswer> RevisionAtAsync(DateTimeOffset? time, CancellationToken cancellation)
    {
        var body = new JsonObject();
        if (time is { } asked) body["time"] = EtcdClient.Text(Nanoseconds(asked));
        (JsonObject? answer, string? error, _) = await etcd.CallAsync("/v3/hive/revision", body, true, cancellation);
        return new RevisionAnswer(Moment(answer, "revision", "time"), Moment(answer, "oldest_revision", "oldest_time"), error);
    }

    /// <summary>Kept versions of a key, newest first.</summary>
    /// <param name="limit">At most so many; 0: as many as one answer holds.</param>
    /// <param name="before">Only those made before this revision; 0: from the newest on.</param>
    public async Task<HistoryAnswer> HistoryAsync(byte[] key, long limit, long before, CancellationToken cancellation)
    {
        var body = new JsonObject { ["key"] = Convert.ToBase64String(key) };
        if (limit > 0) body["limit"] = EtcdClient.Text(limit);
        if (before > 0) body["before"] = EtcdClient.Text(before);
        (JsonObject? answer, string? error, _) = await etcd.CallAsync("/v3/hive/history", body, true, cancellation);
        IReadOnlyList<KeyStep> steps = [.. (answer?["items"] as JsonArray ?? []).Select(Step)];
        return new HistoryAnswer(steps, (bool?)answer?["more"] == true, EtcdClient.Number(answer?["oldest_revision"]), error);
    }

    /// <summary>Keys that differ between two revisions (0: the newest), in key order; the revision of the state that was read comes with each batch.</summary>
    /// <exception cref="EtcdStreamException">It was refused, or did not come whole.</exception>
    public async IAsyncEnumerable<(long Revision, IReadOnlyList<KeyChange> Changes)> DiffAsync(
        byte[] prefix, long from, long to, [EnumeratorCancellation] CancellationToken cancellation)
    {
        JsonObject body = EtcdClient.Range(prefix, prefix: true);
        if (from > 0) body["from"] = EtcdClient.Text(from);
        if (to > 0) body["to"] = EtcdClient.Text(to);
        await foreach (JsonObject part in etcd.StreamAsync("/v3/hive/diff", body, cancellation))
        {
            IReadOnlyList<KeyChange> changes = [.. (part["differences"] as JsonArray ?? []).Select(d => new KeyChange(PairOf(d?["before"]), PairOf(d?["after"])))];
            yield return (EtcdClient.Number(part["header"]?["revision"]), changes);
            if ((bool?)part["complete"] == true) yield break;
        }
        throw new EtcdStreamException("the connection ended before all differences had come");
    }

    /// <summary>Makes the keys of a prefix what they were at a revision: all or nothing, in one revision.</summary>
    /// <param name="unchangedSince">Refused when one of them was changed after this revision.</param>
    public async Task<RestoreAnswer> RestoreAsync(byte[] prefix, long to, long unchangedSince, bool dryRun, CancellationToken cancellation)
    {
        JsonObject body = EtcdClient.Range(prefix, prefix: true);
        body["to"] = EtcdClient.Text(to);
        body["unchanged_since"] = EtcdClient.Text(unchangedSince);
        if (dryRun) body["dry_run"] = true;
        (JsonObject? answer, string? error, bool notDone) = await etcd.CallAsync("/v3/hive/restore", body, dryRun, cancellation);
        return new RestoreAnswer(
            EtcdClient.Number(answer?["header"]?["revision"]), EtcdClient.Number(answer?["put"]), EtcdClient.Number(answer?["deleted"]),
            EtcdClient.Number(answer?["left_alone"]), error)
        { NotDone = notDone };
    }

    /// <summary>How much history is kept.</summary>
    public Task<RetentionAnswer> RetentionAsync(CancellationToken cancellation) => RetentionAsync(null, cancellation);

    /// <summary>Changes how much history is kept. What is too much by the new measure is forgotten a little with each write.</summary>
    public Task<RetentionAnswer> SetRetentionAsync(TimeSpan age, long percentOfLive, long freeBytes, long revisions, CancellationToken cancellation) => RetentionAsync(
        new JsonObject
        {
            ["age_seconds"] = EtcdClient.Text((long)age.TotalSeconds),
            ["percent_of_live"] = EtcdClient.Text(percentOfLive),
            ["free_bytes"] = EtcdClient.Text(freeBytes),
            ["revisions"] = EtcdClient.Text(revisions),
        },
        cancellation);

    private async Task<RetentionAnswer> RetentionAsync(JsonObject? change, CancellationToken cancellation)
    {
        JsonObject body = change is null ? [] : new JsonObject { ["change"] = change };
        // Setting it twice is setting it once.
        (JsonObject? answer, string? error, _) = await etcd.CallAsync("/v3/hive/retention", body, true, cancellation);
        JsonNode? kept = answer?["retention"];
        return new RetentionAnswer(
            TimeSpan.FromSeconds(EtcdClient.Number(kept?["age_seconds"])), EtcdClient.Number(kept?["percent_of_live"]), EtcdClient.Number(kept?["free_bytes"]), EtcdClient.Number(kept?["revisions"]),
            EtcdClient.Number(answer?["live_bytes"]), EtcdClient.Number(answer?["history_bytes"]), error);
    }

    private static long Nanoseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * 100;

    private static DateTimeOffset? Time(long nanoseconds) => nanoseconds == 0 ? null : new DateTimeOffset(DateTimeOffset.UnixEpoch.Ticks + nanoseconds / 100, TimeSpan.Zero);

    private static RevisionTime Moment(JsonObject? answer, string revision, string time) => new(EtcdClient.Number(answer?[revision]), Time(EtcdClient.Number(answer?[time])));

    private static KeyStep Step(JsonNode? item) => new((string?)item?["type"] == "DELETE", EtcdClient.Pair(item?["kv"]), Time(EtcdClient.Number(item?["time"])));

    private static EtcdPair? PairOf(JsonNode? node) => node is null ? null : EtcdClient.Pair(node);
}
