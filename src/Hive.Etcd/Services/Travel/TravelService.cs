using System.Collections.Immutable;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Auth;
using Hive.Store;
using Hive.Store.Reads;

namespace Hive.Etcd.Services.Travel;

/// <summary>hive.v1.Travel: times and revisions, the life of a key, what differs between two revisions, and going back.</summary>
internal sealed class TravelService(QueenGate gate, AuthGate auth)
{
    private const string Service = "hive.v1.Travel";

    /// <summary>Ticks of <see cref="WallTime"/> are 100 ns.</summary>
    private const long NanosecondsPerTick = 100;

    public ImmutableArray<RpcMethod> Methods =>
    [
        new UnaryMethod<RevisionRequest, RevisionResponse>(Service, "Revision", RevisionRequest.Parser, RevisionAsync, "/v3/hive/revision"),
        new UnaryMethod<HistoryRequest, HistoryResponse>(Service, "History", HistoryRequest.Parser, HistoryAsync, "/v3/hive/history"),
        new StreamMethod<DiffRequest, DiffResponse>(RpcKind.ServerStream, Service, "Diff", DiffRequest.Parser, DiffAsync, "/v3/hive/diff"),
        new UnaryMethod<RestoreRequest, RestoreResponse>(Service, "Restore", RestoreRequest.Parser, RestoreAsync, "/v3/hive/restore"),
        new UnaryMethod<RetentionRequest, RetentionResponse>(Service, "Retention", RetentionRequest.Parser, RetentionAsync, "/v3/hive/retention"),
    ];

    /// <summary>Nanoseconds since 1970 of a wall time.</summary>
    public static long Nanoseconds(WallTime time) => (time.Ticks - DateTime.UnixEpoch.Ticks) * NanosecondsPerTick;

    private static WallTime Wall(long nanoseconds) => new(DateTime.UnixEpoch.Ticks + nanoseconds / NanosecondsPerTick);

    private async ValueTask<RpcResult<RevisionResponse>> RevisionAsync(RpcContext context, RevisionRequest request, CancellationToken cancellation)
    {
        var read = await gate.ReadAsync(serializable: false, cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        if (auth.Identify(context, out _) is { IsOk: false } refused) return refused;
        var revision = request.Revision > 0 ? new Revision(request.Revision) : snapshot.Revision;
        if (request.Time != 0 && snapshot.RevisionAt(Wall(request.Time), out revision) != StoreError.None) return TravelErrors.TooEarly(Wall(request.Time), snapshot);
        if (revision > snapshot.Revision) return TravelErrors.Of(StoreError.FutureRevision, snapshot);
        if (revision < snapshot.OldestKept) return TravelErrors.Of(StoreError.Compacted, snapshot);
        return new RevisionResponse
        {
            Header = gate.Header(snapshot),
            Revision = revision.Value,
            Time = TimeOf(snapshot.StampOf(revision)),
            OldestRevision = snapshot.OldestKept.Value,
            OldestTime = TimeOf(snapshot.StampOf(snapshot.OldestKept)),
        };
    }

    private async ValueTask<RpcResult<HistoryResponse>> HistoryAsync(RpcContext context, HistoryRequest request, CancellationToken cancellation)
    {
        if (request.Key.IsEmpty) return EtcdErrors.EmptyKey;
        var read = await gate.ReadAsync(serializable: false, cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        if (auth.CheckRead(context, request.Key.Memory, default) is { IsOk: false } refused) return refused;
        var response = new HistoryResponse { Header = gate.Header(snapshot), OldestRevision = snapshot.OldestKept.Value };
        long bytes = 0;
        foreach (var version in snapshot.Versions(request.Key.Memory))
        {
            if (request.Before > 0 && version.Kv.ModRevision.Value >= request.Before) continue;
            bytes += version.Kv.Key.Length + version.Kv.Value.Length + gate.Limits.TravelItemBytes;
            // At least one, however large it is.
            var full = response.Items.Count > 0 && bytes > gate.Limits.TravelBatchBytes;
            response.More = full || (request.Limit > 0 && response.Items.Count >= request.Limit);
            if (response.More) break;
            response.Items.Add(Item(version));
        }
        return response;
    }

    private async ValueTask<RpcStatus> DiffAsync(RpcContext context, RpcStream<DiffRequest, DiffResponse> stream, CancellationToken cancellation)
    {
        if (await stream.ReadAsync(cancellation) is not { } request) return RpcStatus.Ok;
        var read = await gate.ReadAsync(serializable: false, cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        if (auth.CheckRead(context, request.Key.Memory, request.RangeEnd.Memory) is { IsOk: false } refused) return refused;
        var error = snapshot.Differences(
            request.Key.Memory, request.RangeEnd.Memory, new(Math.Max(request.From, 0)), new(Math.Max(request.To, 0)), out var differences);
        if (error != StoreError.None) return TravelErrors.Of(error, snapshot);
        var response = new DiffResponse { Header = gate.Header(snapshot) };
        long bytes = 0;
        foreach (var difference in differences)
        {
            response.Differences.Add(Message(difference));
            bytes += SizeOf(difference.Before) + SizeOf(difference.After);
            if (bytes < gate.Limits.TravelBatchBytes) continue;
            await stream.WriteAsync(response, cancellation);
            response = new DiffResponse { Header = response.Header };
            bytes = 0;
        }
        response.Complete = true;
        await stream.WriteAsync(response, cancellation);
        return RpcStatus.Ok;
    }

    private async ValueTask<RpcResult<RestoreResponse>> RestoreAsync(RpcContext context, RestoreRequest request, CancellationToken cancellation)
    {
        var command = new RestoreCommand(request.Key.Memory, request.RangeEnd.Memory, new(request.To), new(request.UnchangedSince));
        var read = await gate.ReadAsync(serializable: false, cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        if (CheckRestore(auth, context, request) is { IsOk: false } refused) return refused;

        // Foretold first: what is certain to be refused takes no place in the log.
        var error = snapshot.Restore(command, out var foretold);
        if (error != StoreError.None) return TravelErrors.Of(error, snapshot);
        if (request.DryRun) return Message(foretold!, gate.Header(snapshot));
        var proposed = await gate.ApplyAsync(context, request, CheckRestore, command, cancellation);
        if (!proposed.Succeeded(out var applied, out status)) return status;
        return applied.Error == StoreError.None ? Message((RestoreResult)applied.Result!, gate.Header(applied)) : TravelErrors.Of(applied.Error, snapshot);
    }

    /// <summary>Going back tells what there was, and writes it.</summary>
    private static RpcStatus CheckRestore(AuthGate auth, RpcContext context, RestoreRequest request)
    {
        var status = auth.CheckRead(context, request.Key.Memory, request.RangeEnd.Memory);
        return status.IsOk ? auth.CheckWrite(context, request.Key.Memory, request.RangeEnd.Memory) : status;
    }

    /// <summary>Tells how much history is kept; changes it for who administers.</summary>
    private async ValueTask<RpcResult<RetentionResponse>> RetentionAsync(RpcContext context, RetentionRequest request, CancellationToken cancellation)
    {
        if (request.Change is { } change)
        {
            if (!IsKept(change)) return TravelErrors.BadRetention;
            var wanted = new Store.Retention(TimeSpan.FromSeconds(change.AgeSeconds), (int)change.PercentOfLive, change.FreeBytes, change.Revisions);
            var set = await gate.ProposeAsync(context, request, static (auth, context, _) => auth.CheckAdmin(context), new SetRetentionCommand(wanted), cancellation);
            if (!set.Succeeded(out _, out var refused)) return refused;
        }
        var read = await gate.ReadAsync(serializable: false, cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        if (auth.Identify(context, out _) is { IsOk: false } unknown) return unknown;
        var bytes = gate.Queen.Store.Bytes;
        return new RetentionResponse
        {
            Header = gate.Header(snapshot),
            LiveBytes = bytes.LiveBytes,
            HistoryBytes = bytes.HistoryBytes,
            Retention = new Messages.Retention
            {
                AgeSeconds = (long)snapshot.Retention.Age.TotalSeconds,
                PercentOfLive = snapshot.Retention.PercentOfLive,
                FreeBytes = snapshot.Retention.FreeBytes,
                Revisions = snapshot.Retention.Revisions,
            },
        };
    }

    private static bool IsKept(Messages.Retention change) =>
        change.AgeSeconds >= 0 && change.AgeSeconds <= (long)StoreLimits.RetentionAge.TotalSeconds
        && change.PercentOfLive is >= 0 and <= StoreLimits.RetentionPercent && change.FreeBytes >= 0 && change.Revisions >= 0;

    private static RestoreResponse Message(RestoreResult result, ResponseHeader header) =>
        new() { Header = header, Put = result.Put, Deleted = result.Deleted, LeftAlone = result.LeftAlone };

    private static HistoryItem Item(KeyVersion version) => new()
    {
        Type = version.Kind == StoreEventKind.Put ? Event.Types.EventType.Put : Event.Types.EventType.Delete,
        Kv = StoreMessages.Message(version.Kv),
        Time = TimeOf(version.Made),
    };

    private static Difference Message(KeyDifference difference)
    {
        var message = new Difference();
        if (difference.Before is { } before) message.Before = StoreMessages.Message(before);
        if (difference.After is { } after) message.After = StoreMessages.Message(after);
        return message;
    }

    private int SizeOf(Hive.Store.KeyValue? pair) => pair is null ? 0 : pair.Key.Length + pair.Value.Length + gate.Limits.TravelItemBytes;

    private static long TimeOf(Stamp? stamp) => stamp is { } made ? Nanoseconds(made.Wall) : 0;
}
