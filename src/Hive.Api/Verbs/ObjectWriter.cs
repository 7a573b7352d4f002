using System.Collections.Immutable;
using Hive.Api.Admission;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Objects;
using Hive.Store;

namespace Hive.Api.Verbs;

/// <summary>What a write left behind.</summary>
/// <param name="Removed">The write took the object away: <paramref name="Value"/> is its last state.</param>
public readonly record struct WriteAnswer(HiveObject Value, bool Removed = false);

/// <summary>
/// The one write path of objects: prepare, default, admit, validate, then commit with a comparison on everything that was relied on. An attempt that lost a
/// race begins anew on a fresh state; it is never pushed through.
/// </summary>
public sealed class ObjectWriter(ObjectStorage storage, Proposals proposals, AdmissionChain admission, FieldOwners fields, EventLeases leases, ApiLimits limits)
{
    /// <summary>Creates. The name may be empty when the object has a generateName.</summary>
    public async ValueTask<Outcome<HiveObject>> CreateAsync(KindDefinition kind, HiveObject value, WriteIntent intent, CancellationToken cancellation)
    {
        StoreSnapshot at = storage.Local;
        bool fresh = false;
        for (int attempt = 0; attempt < limits.AllocationRetries; attempt++)
        {
            HiveObject named = GeneratedNames.Apply(value);
            var call = new AdmissionCall(kind, at, null, named, "", intent.User);
            Refusal? refused = admission.Admit(call);
            bool exists = refused is null && storage.Find(at, kind, call.New.Metadata.Namespace, call.New.Metadata.Name) is not null;
            bool final = fresh && (refused is not null || (exists && value.Metadata.Name.Length > 0));
            if (final) return refused ?? Refusals.AlreadyExists(kind.Plural, kind.Group, call.New.Metadata.Name);
            if (refused is null && !exists)
            {
                if (fields.Claim(call, intent) is { } unclaimed) return unclaimed;
                if (intent.DryRun) return call.New;
                Outcome<Revision?> committed = await CommitAsync(call, Revision.Zero, await leases.ForAsync(kind, cancellation), cancellation);
                if (!committed.TryGet(out Revision? revision, out Refusal? failed)) return failed;
                if (revision is { } created) return WithRevision(call.New, created);
            }
            Outcome<StoreSnapshot> newer = await proposals.FreshAsync(cancellation);
            if (!newer.TryGet(out at!, out Refusal? unreadable)) return unreadable;
            fresh = true;
        }
        return Refusals.Modified(kind.Plural, kind.Group, value.Metadata.Name);
    }

    /// <summary>
    /// Changes an object. <paramref name="change"/> is a pure function of the present state; it is asked again when somebody else was first. It may
    /// return the object with a resourceVersion: then the write is for that version only.
    /// </summary>
    public async ValueTask<Outcome<WriteAnswer>> UpdateAsync(
        KindDefinition kind, string space, string name, string subresource, WriteIntent intent,
        Func<HiveObject, Outcome<HiveObject>> change, CancellationToken cancellation)
    {
        for (int attempt = 0; attempt < limits.AllocationRetries; attempt++)
        {
            Outcome<StoreSnapshot> fresh = await proposals.FreshAsync(cancellation);
            if (!fresh.TryGet(out StoreSnapshot? at, out Refusal? refusal)) return refusal;
            if (storage.Find(at, kind, space, name) is not { } current) return Refusals.NotFound(kind.Plural, kind.Group, name);
            if (!change(current.Value).TryGet(out HiveObject? next, out refusal)) return refusal;
            bool pinned = next.Metadata.ResourceVersion.Length > 0 && next.Metadata.ResourceVersion != "0";
            if (pinned && next.Metadata.ResourceVersion != current.Value.Metadata.ResourceVersion) return Refusals.Modified(kind.Plural, kind.Group, name);
            if (next.Metadata.Uid.Length > 0 && next.Metadata.Uid != current.Value.Metadata.Uid) return OtherUid(kind, space, name, next, current.Value);
            var call = new AdmissionCall(kind, at, current.Value, next, subresource, intent.User);
            if (admission.Admit(call) is { } refused) return refused;
            if (fields.Claim(call, intent) is { } unclaimed) return unclaimed;
            bool removes = Removal.IsDue(call.New);
            byte[] encoded = ObjectStorage.Encode(call.New);
            if (!removes && encoded.AsSpan().SequenceEqual(current.Kv.Value.Span)) return new WriteAnswer(current.Value);
            if (intent.DryRun) return new WriteAnswer(WithRevision(call.New, current.ModifiedAt));
            Outcome<Revision?> committed = removes
                ? await RemoveAsync(kind, call.New, current, cancellation)
                : await CommitAsync(call, current.ModifiedAt, current.Kv.Lease, cancellation);
            if (!committed.TryGet(out Revision? revision, out refusal)) return refusal;
            if (revision is { } written) return new WriteAnswer(WithRevision(call.New, written), removes);
            if (pinned) return Refusals.Modified(kind.Plural, kind.Group, name);
        }
        return Refusals.Modified(kind.Plural, kind.Group, name);
    }

    /// <summary>Takes an object out of the store, if it is still as it was read. Null: it is not.</summary>
    public async ValueTask<Outcome<Revision?>> RemoveAsync(KindDefinition kind, HiveObject value, Stored<HiveObject> current, CancellationToken cancellation)
    {
        string key = ObjectStorage.KeyOf(kind, value.Metadata.Namespace, value.Metadata.Name);
        var remove = new TxnOperation([ObjectStorage.Unchanged(key, current.ModifiedAt)], [new DeleteOperation(KeySpace.Bytes(key))], []);
        ImmutableArray<ReadOnlyMemory<byte>> bumps = value is Node node ? ObjectStorage.Hidden([HiddenKeys.NodeEpoch(node.Metadata.Name)]) : [];
        return Committed(await proposals.MutateAsync(new MutateCommand(remove, Bumps: bumps), cancellation));
    }

    private async ValueTask<Outcome<Revision?>> CommitAsync(AdmissionCall call, Revision expected, LeaseId lease, CancellationToken cancellation)
    {
        string key = ObjectStorage.KeyOf(call.Kind, call.New.Metadata.Namespace, call.New.Metadata.Name);
        var put = new PutOperation(KeySpace.Bytes(key), ObjectStorage.Encode(call.New), lease);
        var transaction = new TxnOperation([ObjectStorage.Unchanged(key, expected), .. call.Guards], [put], []);
        return Committed(await proposals.MutateAsync(new MutateCommand(transaction, Bumps: ObjectStorage.Hidden(call.Bumps)), cancellation));
    }

    /// <summary>The revision of a transaction that held; null when a comparison did not.</summary>
    public static Outcome<Revision?> Committed(Outcome<ApplyResult> outcome)
    {
        if (!outcome.TryGet(out ApplyResult? applied, out Refusal? refusal)) return refusal;
        bool held = applied.Result is TxnResult { Succeeded: true };
        return new Outcome<Revision?>(held ? ((TxnResult)applied.Result!).Responses[^1].Revision : null);
    }

    public static HiveObject WithRevision(HiveObject value, Revision revision) =>
        value with { Metadata = value.Metadata with { ResourceVersion = revision.ToString() } };

    private static Refusal OtherUid(KindDefinition kind, string space, string name, HiveObject next, HiveObject current) =>
        Refusals.Conflict(kind.Plural, kind.Group, name,
            $"StorageError: invalid object, Code: 4, Key: {ObjectStorage.KeyOf(kind, space, name)}, ResourceVersion: 0, AdditionalErrorMsg: "
            + $"Precondition failed: UID in precondition: {next.Metadata.Uid}, UID in object meta: {current.Metadata.Uid}");
}
