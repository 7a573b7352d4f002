using System.Text.Json;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Api.Verbs;
using Hive.Objects;
using Hive.Store;

namespace Hive.Api.Drones;

/// <summary>One pod of a status batch.</summary>
/// <param name="Removed">The pod is gone from the drone for good: with its last status goes the object, if it is being deleted.</param>
public sealed record PodReport(string? Namespace, string? Name, string? Uid, JsonElement Status, bool Removed);

/// <summary>Body of <c>POST /hive/v1/drones/NODE/status</c>.</summary>
public sealed record StatusRequest(string? Lease, PodReport[]? Pods);

/// <param name="Outcome">Committed, Conflict, Gone or Fenced.</param>
public sealed record PodOutcome(string Uid, string Outcome, string ResourceVersion, string? Reason = null);

public sealed record StatusAnswer(PodOutcome[] Outcomes);

/// <summary>
/// What drones report of their pods. Each report is a small transaction of its own: the pod is still that incarnation, still bound to this node, and the node's
/// session is still held by the lease of the one who reports. A drone that lost its session cannot write over its successor.
/// </summary>
public sealed class StatusBatches(ObjectStorage storage, Proposals proposals, ApiLimits limits)
{
    private static readonly KindDefinition Pods = KindOf<Pod>.Definition;

    public async ValueTask<Outcome<StatusAnswer>> ReportAsync(string node, StatusRequest request, CancellationToken cancellation)
    {
        if (request.Lease is null || !SessionRecord.TryParseLease(request.Lease, out LeaseId lease)) return Refusals.BadRequest("lease must be the hexadecimal id that the session was given");
        PodReport[] pods = request.Pods ?? [];
        if (pods.Length > limits.StatusBatch) return Refusals.BadRequest($"a batch may hold at most {limits.StatusBatch} pods");
        if (pods.Any(pod => pod is null || string.IsNullOrEmpty(pod.Namespace) || string.IsNullOrEmpty(pod.Name) || string.IsNullOrEmpty(pod.Uid)))
        {
            return Refusals.BadRequest("every pod of a batch needs namespace, name and uid");
        }
        Outcome<PodOutcome>[] outcomes = await Task.WhenAll(pods.Select(pod => ReportAsync(node, lease, pod, cancellation)));
        foreach (Outcome<PodOutcome> outcome in outcomes)
        {
            if (!outcome.TryGet(out _, out Refusal? refusal)) return refusal;
        }
        return new StatusAnswer([.. outcomes.Select(outcome => outcome.Value)]);
    }

    private async Task<Outcome<PodOutcome>> ReportAsync(string node, LeaseId lease, PodReport report, CancellationToken cancellation)
    {
        string uid = report.Uid!;
        StoreSnapshot at = storage.Local;
        for (int attempt = 0; attempt <= limits.ConflictRetries; attempt++)
        {
            (PodOutcome? verdict, Stored<Pod>? current) = Judge(at, node, lease, report);
            // What a queen that lags says against the report is asked again of a fresh state before it counts.
            if (verdict is not null && attempt > 0) return verdict;
            if (verdict is null)
            {
                Stored<Pod> pod = current!.Value;
                if (!Next(pod.Value, report).TryGet(out Pod? next, out Refusal? refusal)) return new PodOutcome(uid, "Conflict", pod.Value.Metadata.ResourceVersion, refusal.Message);
                bool removes = report.Removed && next.Metadata.DeletionTimestamp is not null && next.Metadata.Finalizers.Count == 0;
                byte[] encoded = ObjectStorage.Encode(next);
                bool same = !removes && encoded.AsSpan().SequenceEqual(pod.Kv.Value.Span);
                if (same && attempt > 0) return new PodOutcome(uid, "Committed", pod.Value.Metadata.ResourceVersion);
                if (!same)
                {
                    Outcome<Revision?> committed = await CommitAsync(node, lease, pod, removes ? null : encoded, cancellation);
                    if (!committed.TryGet(out Revision? revision, out refusal)) return refusal;
                    if (revision is { } written) return new PodOutcome(uid, "Committed", written.ToString());
                }
            }
            Outcome<StoreSnapshot> fresh = await proposals.FreshAsync(cancellation);
            if (!fresh.TryGet(out at!, out Refusal? unreadable)) return unreadable;
        }
        return new PodOutcome(uid, "Conflict", "", "others write this pod all the time");
    }

    private (PodOutcome? Verdict, Stored<Pod>? Current) Judge(StoreSnapshot at, string node, LeaseId lease, PodReport report)
    {
        if (Sessions.Find(at, node)?.Record.LeaseId != lease) return (new PodOutcome(report.Uid!, "Fenced", "", "the node's session is not held by this lease"), null);
        if (storage.Find<Pod>(at, report.Namespace!, report.Name!) is not { } pod || pod.Value.Metadata.Uid != report.Uid) return (new PodOutcome(report.Uid!, "Gone", ""), null);
        if (pod.Value.Spec.NodeName != node) return (new PodOutcome(report.Uid!, "Conflict", pod.Value.Metadata.ResourceVersion, "the pod is not bound to this node"), null);
        return (null, pod);
    }

    private static Outcome<Pod> Next(Pod pod, PodReport report)
    {
        if (report.Status.ValueKind is not JsonValueKind.Object) return pod;
        Decoded<PodStatus> status = HiveJson.Read<PodStatus>(System.Text.Encoding.UTF8.GetBytes(report.Status.GetRawText()));
        if (!status.Ok) return Refusals.BadRequest(status.Error);
        PodStatus next = status.Value;
        // What the drone does not know of stays: conditions of others, the class of service, a nomination.
        HashSet<string> told = [.. next.Conditions.Select(condition => condition.Type)];
        bool ended = pod.Status.Phase is "Succeeded" or "Failed" && next.Phase is not ("Succeeded" or "Failed");
        if (ended) return Refusals.BadRequest($"a pod that is {pod.Status.Phase} cannot become {next.Phase}");
        return pod with
        {
            Status = next with
            {
                QosClass = next.QosClass.Length > 0 ? next.QosClass : pod.Status.QosClass,
                NominatedNodeName = pod.Status.NominatedNodeName,
                Conditions = [.. pod.Status.Conditions.Where(known => !told.Contains(known.Type)), .. next.Conditions],
            },
        };
    }

    private async ValueTask<Outcome<Revision?>> CommitAsync(string node, LeaseId lease, Stored<Pod> pod, byte[]? encoded, CancellationToken cancellation)
    {
        byte[] key = KeySpace.Bytes(ObjectStorage.KeyOf(Pods, pod.Value.Metadata.Namespace, pod.Value.Metadata.Name));
        Operation write = encoded is null ? new DeleteOperation(key) : new PutOperation(key, encoded, pod.Kv.Lease);
        var transaction = new TxnOperation(
            [
                new Comparison(CompareTarget.Mod, CompareResult.Equal, key, Number: pod.ModifiedAt.Value),
                new Comparison(CompareTarget.Lease, CompareResult.Equal, Sessions.Key(node), Number: lease.Value),
            ],
            [write], []);
        return ObjectWriter.Committed(await proposals.MutateAsync(new MutateCommand(transaction), cancellation));
    }
}
