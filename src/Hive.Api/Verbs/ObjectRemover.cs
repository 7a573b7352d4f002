using Hive.Api.Admission;
using Hive.Api.Authentication;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Objects;
using Hive.Store;

namespace Hive.Api.Verbs;

/// <summary>What a delete came to.</summary>
/// <param name="Removed">Gone at once; else it is on its way, held by its grace or its finalizers.</param>
public readonly record struct DeleteAnswer(HiveObject Value, bool Removed);

/// <summary>
/// Deletes: at once, or by setting the time of deletion where something must come first: a pod's grace, a finalizer, a namespace's content, dependents.
/// A second delete may only shorten the grace.
/// </summary>
public sealed class ObjectRemover(ObjectStorage storage, Proposals proposals, ObjectWriter writer, ApiLimits limits, TimeProvider time)
{
    private const string OrphanFinalizer = "orphan";
    private const string ForegroundFinalizer = "foregroundDeletion";

    public async ValueTask<Outcome<DeleteAnswer>> DeleteAsync(
        KindDefinition kind, string space, string name, DeleteOptions options, Caller user, CancellationToken cancellation)
    {
        for (int attempt = 0; attempt < limits.AllocationRetries; attempt++)
        {
            Outcome<StoreSnapshot> fresh = await proposals.FreshAsync(cancellation);
            if (!fresh.TryGet(out StoreSnapshot? at, out Refusal? refusal)) return refusal;
            if (storage.Find(at, kind, space, name) is not { } current) return Refusals.NotFound(kind.Plural, kind.Group, name);
            if (Forbidden(kind, name) is { } forbidden) return forbidden;
            if (Precondition(kind, name, options.Preconditions, current.Value) is { } failed) return failed;
            HiveObject dying = Marked(kind, current.Value, options);
            bool dryRun = options.DryRun.Count > 0;
            if (Removal.IsDue(dying))
            {
                if (dryRun) return new DeleteAnswer(current.Value, true);
                Outcome<Revision?> removed = await writer.RemoveAsync(kind, dying, current, cancellation);
                if (!removed.TryGet(out Revision? revision, out refusal)) return refusal;
                if (revision is { } gone) return new DeleteAnswer(ObjectWriter.WithRevision(dying, gone), true);
                continue;
            }
            if (dryRun) return new DeleteAnswer(dying, false);
            Outcome<Revision?> marked = await MarkAsync(kind, dying, current, cancellation);
            if (!marked.TryGet(out Revision? written, out refusal)) return refusal;
            if (written is { } done) return new DeleteAnswer(ObjectWriter.WithRevision(dying, done), false);
        }
        return Refusals.Modified(kind.Plural, kind.Group, name);
    }

    private async ValueTask<Outcome<Revision?>> MarkAsync(KindDefinition kind, HiveObject dying, Stored<HiveObject> current, CancellationToken cancellation)
    {
        byte[] encoded = ObjectStorage.Encode(dying);
        if (encoded.AsSpan().SequenceEqual(current.Kv.Value.Span)) return new Outcome<Revision?>(current.ModifiedAt);
        string key = ObjectStorage.KeyOf(kind, dying.Metadata.Namespace, dying.Metadata.Name);
        var put = new TxnOperation([ObjectStorage.Unchanged(key, current.ModifiedAt)], [new PutOperation(KeySpace.Bytes(key), encoded, current.Kv.Lease)], []);
        var bumps = dying is Node node ? ObjectStorage.Hidden([HiddenKeys.NodeEpoch(node.Metadata.Name)]) : [];
        Outcome<ApplyResult> outcome = await proposals.MutateAsync(new MutateCommand(put, Bumps: bumps), cancellation);
        if (!outcome.TryGet(out ApplyResult? applied, out Refusal? refusal)) return refusal;
        return new Outcome<Revision?>(applied.Result is TxnResult { Succeeded: true } done ? done.Responses[^1].Revision : null);
    }

    private static Refusal? Forbidden(KindDefinition kind, string name) => kind.Kind == "Namespace" && NamespaceLifecycle.IsProtected(name)
        ? Refusals.Forbidden(kind.Plural, kind.Group, name, "this namespace may not be deleted")
        : null;

    private static Refusal? Precondition(KindDefinition kind, string name, Preconditions? wanted, HiveObject current)
    {
        // These messages name the kind where others name the resource; clients know them so.
        if (wanted?.Uid is { Length: > 0 } uid && uid != current.Metadata.Uid)
        {
            return Refusals.Conflict(kind.Kind, kind.Group, name,
                $"the UID in the precondition ({uid}) does not match the UID in record ({current.Metadata.Uid}). The object might have been deleted and then recreated");
        }
        if (wanted?.ResourceVersion is { Length: > 0 } version && version != current.Metadata.ResourceVersion)
        {
            return Refusals.Conflict(kind.Kind, kind.Group, name,
                $"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({current.Metadata.ResourceVersion}). The object might have been modified");
        }
        return null;
    }

    private HiveObject Marked(KindDefinition kind, HiveObject value, DeleteOptions options)
    {
        Time now = Time.From(time.GetUtcNow());
        ObjectMeta meta = value.Metadata with { ResourceVersion = "", Finalizers = Finalizers(value.Metadata, options) };
        long grace = value is Pod pod ? Grace(pod, options) : 0;
        if (meta.DeletionTimestamp is null)
        {
            meta = meta with { DeletionTimestamp = now.AddSeconds(grace), DeletionGracePeriodSeconds = grace, Generation = meta.Generation > 0 ? meta.Generation + 1 : 0 };
        }
        else if (grace < (meta.DeletionGracePeriodSeconds ?? 0))
        {
            long elapsed = now.UnixSeconds - (meta.DeletionTimestamp.Value.UnixSeconds - (meta.DeletionGracePeriodSeconds ?? 0));
            Time begun = now.AddSeconds(-Math.Max(0, elapsed));
            Time sooner = begun.AddSeconds(grace) > now ? begun.AddSeconds(grace) : now;
            meta = meta with { DeletionTimestamp = sooner < meta.DeletionTimestamp.Value ? sooner : meta.DeletionTimestamp, DeletionGracePeriodSeconds = grace };
        }
        HiveObject marked = value with { Metadata = meta };
        return marked is Namespace space ? space with { Status = space.Status with { Phase = NamespacePhase.Terminating } } : marked;
    }

    /// <summary>Zero for a pod that no drone knows of, or that has ended: there is nobody to wait for.</summary>
    private static long Grace(Pod pod, DeleteOptions options)
    {
        if (pod.Spec.NodeName.Length == 0 || pod.Status.Phase is "Succeeded" or "Failed") return 0;
        long asked = options.GracePeriodSeconds ?? pod.Spec.TerminationGracePeriodSeconds ?? 30;
        return Math.Max(asked < 0 ? 1 : asked, 0);
    }

    private static IReadOnlyList<string> Finalizers(ObjectMeta meta, DeleteOptions options)
    {
        bool? orphan = options.PropagationPolicy switch
        {
            DeletionPropagation.Orphan => true,
            DeletionPropagation.Background => false,
            DeletionPropagation.Foreground => false,
            _ => options.OrphanDependents,
        };
        bool foreground = options.PropagationPolicy == DeletionPropagation.Foreground;
        if (orphan is null && options.PropagationPolicy is null) return meta.Finalizers;
        IEnumerable<string> kept = meta.Finalizers.Where(name => name is not (OrphanFinalizer or ForegroundFinalizer));
        if (orphan == true) kept = kept.Append(OrphanFinalizer);
        if (foreground) kept = kept.Append(ForegroundFinalizer);
        return [.. kept];
    }
}
