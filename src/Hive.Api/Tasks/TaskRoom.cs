using System.Text;
using System.Text.Json.Nodes;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Objects;
using Hive.Queen;
using Hive.Store;

namespace Hive.Api.Tasks;

/// <summary>Body of <c>POST /submit_task</c>.</summary>
public sealed record SubmitRequest(string? Text);

/// <summary>
/// <c>POST /submit_task</c>: the task is written through the log before anything else happens to it, so that it survives this queen, the leader and the drone
/// chosen; then the caller waits for its end.
/// </summary>
public sealed class TaskRoom(IQueen queen, Proposals proposals, ApiLimits limits, TimeProvider time) : IEndpointRoom
{
    public async ValueTask<bool> TryServeAsync(ApiRequest request)
    {
        if (request.Path == "/do_task")
        {
            await AnswerAsync(request, 400, new JsonObject { ["result"] = "ERROR", ["reason"] = "in queen mode, not taking tasks" });
            return true;
        }
        if (request.Path != "/submit_task") return false;
        if (!request.IsMethod("POST")) await AnswerAsync(request, 405, new JsonObject { ["result"] = "ERROR", ["reason"] = "submit_task takes POST" });
        else await SubmitAsync(request);
        return true;
    }

    private async ValueTask SubmitAsync(ApiRequest request)
    {
        Outcome<string> text = await ReadTextAsync(request);
        if (!text.TryGet(out string? said, out Refusal? refusal))
        {
            await AnswerAsync(request, refusal.Code, new JsonObject { ["result"] = "ERROR", ["reason"] = refusal.Message });
            return;
        }
        string id = Guid.NewGuid().ToString("n");
        Outcome<TaskRecord?> ended = await RunAsync(id, said, request.Cancellation);
        if (!ended.TryGet(out TaskRecord? task, out refusal))
        {
            await AnswerAsync(request, refusal.Code, new JsonObject { ["result"] = "ERROR", ["reason"] = refusal.Message, ["task"] = id });
            return;
        }
        if (task is null) await AnswerAsync(request, 202, new JsonObject { ["result"] = "PENDING", ["reason"] = "no drone has done the task yet; it is kept and will be done", ["task"] = id });
        else if (task.Stage == nameof(TaskStage.Refused)) await AnswerAsync(request, 400, new JsonObject { ["result"] = "ERROR", ["reason"] = task.Reason, ["task"] = id });
        else await AnswerAsync(request, 200, new JsonObject { ["result"] = "OK", ["drone"] = task.Drone, ["task"] = id });
    }

    private async ValueTask<Outcome<string>> ReadTextAsync(ApiRequest request)
    {
        Outcome<byte[]> body = await request.ReadBodyAsync();
        if (!body.TryGet(out byte[]? bytes, out Refusal? refusal)) return refusal;
        if (bytes.Length == 0) return Refusals.BadRequest("the body must be {\"text\":\"...\"}");
        if (!EndpointJson.Read<SubmitRequest>(bytes).TryGet(out SubmitRequest? submitted, out refusal)) return refusal;
        if (string.IsNullOrEmpty(submitted.Text)) return Refusals.BadRequest("text is missing or empty");
        if (Encoding.UTF8.GetByteCount(submitted.Text) > limits.TaskTextBytes) return Refusals.TooLarge(limits.TaskTextBytes);
        return submitted.Text;
    }

    /// <summary>Null: still not over when patience ended.</summary>
    private async ValueTask<Outcome<TaskRecord?>> RunAsync(string id, string text, CancellationToken cancellation)
    {
        byte[] key = TaskRecord.Key(id);
        byte[] prefix = Encoding.UTF8.GetBytes(HiveKeys.Tasks);
        StoreError counted = queen.Store.Snapshot().Range(new RangeQuery(prefix) { RangeEnd = KeySpace.End(prefix), CountOnly = true }, out RangeResult? present);
        if (counted == StoreError.None && present!.Count >= limits.PendingTasks) return Refusals.Overloaded;
        var record = TaskRecord.New(id, text, time.GetUtcNow().ToUnixTimeSeconds());
        Outcome<ApplyResult> written = await proposals.MutateAsync(new MutateCommand(new PutOperation(key, EndpointJson.Write(record))), cancellation);
        if (!written.TryGet(out ApplyResult? applied, out Refusal? refusal)) return refusal;
        return new Outcome<TaskRecord?>(await WaitAsync(key, applied.Revision, cancellation));
    }

    private async ValueTask<TaskRecord?> WaitAsync(byte[] key, Revision from, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(limits.TaskPatience);
        var wake = new WakeSignal();
        using Watcher watcher = queen.Store.Watches.Open(new WatchQuery(key, Start: from), wake.Set);
        try
        {
            while (watcher.CompactedAt is null)
            {
                while (watcher.TryTake(limits.WatchTurnBytes, out WatchBatch? batch))
                {
                    foreach (StoreEvent change in batch.Changes.SelectMany(changes => changes.Events))
                    {
                        if (change.Kind == StoreEventKind.Delete) return null;
                        if (EndpointJson.Read<TaskRecord>(change.Kv.Value.Span).TryGet(out TaskRecord? record, out _) && record.IsOver) return record;
                    }
                }
                await wake.WaitAsync(patience.Token);
            }
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private static ValueTask AnswerAsync<T>(ApiRequest request, int code, T answer) => request.AnswerLineAsync(code, answer);
}
