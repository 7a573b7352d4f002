using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Hive.Api.Drones;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Objects;
using Hive.Queen;
using Hive.Store;
using Microsoft.Extensions.Logging;

namespace Hive.Api.Tasks;

/// <summary>
/// Hands tasks to drones, on the leader only and under its leadership scope: every step is a control batch that compares the record it read, so that two
/// leaders can never both assign one. A drone is called with the task's id and prints an id once; it is called again until it has answered, or until its
/// session is gone and the task goes to another drone.
/// </summary>
public sealed class TaskDispatcher(IQueen queen, ObjectStorage storage, DroneDialer dialer, ApiLimits limits, TimeProvider time, ILogger log)
{
    /// <summary>Tasks that one drone is given at once.</summary>
    private const int TasksPerDrone = 8;

    /// <summary>Records of ended tasks are kept for so long, for those who ask again.</summary>
    private static readonly TimeSpan KeepEnded = TimeSpan.FromMinutes(10);

    /// <summary>Pause before a drone that could not be reached is called again.</summary>
    private static readonly TimeSpan CallAgainAfter = TimeSpan.FromMilliseconds(200);

    /// <summary>How often the table is looked through even though nothing moved (ended records, drones that were silent).</summary>
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    private readonly WakeSignal _wake = new();
    private long _sequence;

    /// <summary>Runs until cancelled: waits for leadership, dispatches while it lasts, waits again.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            LeadershipScope scope = await queen.WaitForLeadershipAsync(cancellation);
            using var leading = CancellationTokenSource.CreateLinkedTokenSource(cancellation, scope.Lost);
            try
            {
                await LeadAsync(scope.Term, leading.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                log.LogInformation("task dispatcher stands down with term {Term}", scope.Term);
            }
        }
    }

    private async Task LeadAsync(Term term, CancellationToken cancellation)
    {
        using Watcher tasks = Watch(HiveKeys.Tasks);
        using Watcher sessions = Watch(HiveKeys.Sessions);
        var calls = new SortedDictionary<string, Task>(StringComparer.Ordinal);
        try
        {
            while (true)
            {
                Drain(tasks);
                Drain(sessions);
                foreach (string id in calls.Where(call => call.Value.IsCompleted).Select(call => call.Key).ToArray())
                {
                    await calls[id];
                    calls.Remove(id);
                }
                await TurnAsync(term, calls, cancellation);
                await _wake.WaitAsync(LookAgainAfter, cancellation);
            }
        }
        finally
        {
            await Task.WhenAll(calls.Values).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private Watcher Watch(string prefix)
    {
        byte[] key = KeySpace.Bytes(prefix);
        return queen.Store.Watches.Open(new WatchQuery(key, KeySpace.End(key)), _wake.Set);
    }

    private void Drain(Watcher watcher)
    {
        while (watcher.TryTake(limits.WatchTurnBytes, out _))
        {
        }
    }

    private async Task TurnAsync(Term term, SortedDictionary<string, Task> calls, CancellationToken cancellation)
    {
        StoreSnapshot at = queen.Store.Snapshot();
        byte[] prefix = KeySpace.Bytes(HiveKeys.Tasks);
        var records = new List<(TaskRecord Record, Revision At)>();
        foreach (KeyValue kv in at.Scan(prefix, KeySpace.End(prefix)))
        {
            if (EndpointJson.Read<TaskRecord>(kv.Value.Span).TryGet(out TaskRecord? record, out _)) records.Add((record, kv.ModRevision));
        }
        var load = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach ((TaskRecord record, _) in records)
        {
            if (record.Stage == nameof(TaskStage.Assigned)) load[record.Drone] = load.GetValueOrDefault(record.Drone) + 1;
        }
        int surplus = records.Count(known => known.Record.IsOver) - limits.EndedTasks;
        foreach ((TaskRecord record, Revision revision) in records.OrderBy(known => known.Record.SubmittedAtUnixSeconds))
        {
            if (calls.ContainsKey(record.Id)) continue;
            if (record.IsOver)
            {
                if (surplus > 0 || IsOld(record, at)) await DecideAsync(term, TaskRecord.Key(record.Id), revision, new DeleteOperation(TaskRecord.Key(record.Id)), cancellation);
                surplus--;
            }
            else if (record.Stage == nameof(TaskStage.Assigned) && IsAlive(at, record)) calls[record.Id] = CallAsync(term, record, revision, cancellation);
            else await AssignAsync(term, record, revision, at, load, cancellation);
        }
    }

    private static bool IsAlive(StoreSnapshot at, TaskRecord record) => Sessions.Find(at, record.Drone) is { } session && session.Record.BootId == record.BootId;

    private async ValueTask AssignAsync(Term term, TaskRecord record, Revision revision, StoreSnapshot at, SortedDictionary<string, int> load, CancellationToken cancellation)
    {
        (string Node, SessionRecord Session, int Load)? best = null;
        byte[] prefix = KeySpace.Bytes(HiveKeys.Sessions);
        foreach (KeyValue kv in at.Scan(prefix, KeySpace.End(prefix)))
        {
            string node = System.Text.Encoding.UTF8.GetString(kv.Key.Span[prefix.Length..]);
            if (!EndpointJson.Read<SessionRecord>(kv.Value.Span).TryGet(out SessionRecord? session, out _)) continue;
            int busy = load.GetValueOrDefault(node);
            bool usable = busy < TasksPerDrone && storage.Find<Node>(at, "", node) is { } known && !known.Value.Spec.Unschedulable && DroneAddress.Of(known.Value) is not null;
            if (usable && (best is null || busy < best.Value.Load)) best = (node, session, busy);
        }
        if (best is not { } chosen) return;
        load[chosen.Node] = chosen.Load + 1;
        TaskRecord assigned = record with
        {
            Stage = nameof(TaskStage.Assigned),
            Drone = chosen.Node,
            BootId = chosen.Session.BootId,
            Attempt = record.Attempt + 1,
        };
        await DecideAsync(term, assigned, revision, cancellation);
    }

    private async Task CallAsync(Term term, TaskRecord record, Revision revision, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                StoreSnapshot at = queen.Store.Snapshot();
                if (!IsAlive(at, record)) break;
                if (storage.Find<Node>(at, "", record.Drone) is { } node && DroneAddress.Of(node.Value) is { } drone)
                {
                    TaskRecord? ended = await TryCallAsync(record, drone, cancellation);
                    if (ended is not null)
                    {
                        await DecideAsync(term, ended, revision, cancellation);
                        break;
                    }
                }
                await Task.Delay(CallAgainAfter, time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            log.LogDebug("the call for task {Task} ends with the leadership", record.Id);
        }
        finally
        {
            _wake.Set();
        }
    }

    /// <summary>Null: try again.</summary>
    private async ValueTask<TaskRecord?> TryCallAsync(TaskRecord record, DroneAddress drone, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(limits.DronePatience);
        try
        {
            var body = new ByteArrayContent(EndpointJson.Write(new JsonObject { ["text"] = record.Text, ["id"] = record.Id }));
            body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpResponseMessage answer = await dialer.SendAsync(HttpMethod.Post, drone, "/do_task", body, patience.Token);
            if (answer.IsSuccessStatusCode) return record with { Stage = nameof(TaskStage.Done) };
            string why = await answer.Content.ReadAsStringAsync(patience.Token);
            log.LogWarning("drone {Drone} refused task {Task}: {Code} {Why}", record.Drone, record.Id, (int)answer.StatusCode, why);
            return (int)answer.StatusCode is >= 400 and < 500 and not (401 or 403 or 408 or 429)
                ? record with { Stage = nameof(TaskStage.Refused), Reason = $"drone {record.Drone}: {why}" }
                : null;
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException || (failed is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            log.LogDebug(failed, "drone {Drone} could not be called for task {Task}", record.Drone, record.Id);
            return null;
        }
    }

    private static bool IsOld(TaskRecord record, StoreSnapshot at) =>
        new DateTimeOffset(at.Stamp.Wall.ToDateTime()).ToUnixTimeSeconds() - record.SubmittedAtUnixSeconds > KeepEnded.TotalSeconds;

    private ValueTask DecideAsync(Term term, TaskRecord record, Revision expected, CancellationToken cancellation) =>
        DecideAsync(term, TaskRecord.Key(record.Id), expected, new PutOperation(TaskRecord.Key(record.Id), EndpointJson.Write(record)), cancellation);

    private async ValueTask DecideAsync(Term term, byte[] key, Revision expected, Operation write, CancellationToken cancellation)
    {
        var header = new DecisionHeader(term, Interlocked.Increment(ref _sequence), expected, queen.Now, RulesVersion: 0);
        var transaction = new GuardedTransaction([new Guard.Unchanged(key, expected)], [write], ImmutableArray<ReadOnlyMemory<byte>>.Empty);
        ProposalResult result = await queen.ProposeControlAsync(new ControlBatchCommand(header, [transaction]), cancellation);
        // A conflict or a lost leadership needs nothing: the record is looked at again as it then stands.
        if (result.Code == QueenCode.Ok && result.Applied!.Error != StoreError.None) log.LogInformation("a decision on a task was refused: {Error}", result.Applied.Error);
    }
}
