using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Api.Verbs;
using Hive.Objects;
using Hive.Store;

namespace Hive.Api.Subresources;

/// <summary>The <c>scale</c> of kinds that have replicas: GET, PUT and PATCH of a Scale that stands for the object.</summary>
public sealed class ScaleSubresource(ObjectStorage storage, Proposals proposals, ObjectWriter writer, Presentation presentation, PatchApplication patches)
{
    private static readonly TypeSchema Schema = TypeSchema.Of(typeof(Scale));

    public async ValueTask<Refusal?> RunAsync(ResourceCall call)
    {
        if (!call.Media.TryGet(out MediaChoice media, out Refusal? refusal)) return refusal;
        media = media with { Shape = ObjectShape.Full };
        return call.Request.Http.Request.Method.ToUpperInvariant() switch
        {
            "GET" => await GetAsync(call, media),
            "PUT" => await PutAsync(call, media),
            "PATCH" => await PatchAsync(call, media),
            _ => Refusals.MethodNotAllowed,
        };
    }

    private async ValueTask<Refusal?> GetAsync(ResourceCall call, MediaChoice media)
    {
        Outcome<StoreSnapshot> fresh = await proposals.FreshAsync(call.Cancellation);
        if (!fresh.TryGet(out StoreSnapshot? at, out Refusal? refusal)) return refusal;
        if (storage.Find(at, call.Kind, call.Namespace, call.Name) is not { } found) return call.NotFound();
        await presentation.WriteAsync(call.Request, media, Of(found.Value), 200);
        return null;
    }

    private async ValueTask<Refusal?> PutAsync(ResourceCall call, MediaChoice media)
    {
        if (!WriteOptions.Read(call.Request, "UpdateOptions").TryGet(out WriteOptions? options, out Refusal? refusal)) return refusal;
        Outcome<Scale> body = await BodyDecoding.ReadAsync<Scale>(call.Request, Schema, "autoscaling/v1", "Scale", options.Validation);
        if (!body.TryGet(out Scale? scale, out refusal)) return refusal;
        return await WriteAsync(call, media, options, current => Apply(current, scale));
    }

    private async ValueTask<Refusal?> PatchAsync(ResourceCall call, MediaChoice media)
    {
        if (!WriteOptions.Read(call.Request, "PatchOptions").TryGet(out WriteOptions? options, out Refusal? refusal)) return refusal;
        Outcome<Func<HiveObject, Outcome<HiveObject>>> read = await patches.ReadAsync(call, options, Schema, "autoscaling/v1", "Scale");
        if (!read.TryGet(out Func<HiveObject, Outcome<HiveObject>>? patch, out refusal)) return refusal;
        return await WriteAsync(call, media, options, current =>
            patch(Of(current)).TryGet(out HiveObject? patched, out Refusal? wrong) ? Apply(current, (Scale)patched) : wrong);
    }

    private async ValueTask<Refusal?> WriteAsync(ResourceCall call, MediaChoice media, WriteOptions options, Func<HiveObject, Outcome<HiveObject>> change)
    {
        Outcome<WriteAnswer> written = await writer.UpdateAsync(call.Kind, call.Namespace, call.Name, "scale", options.By(call.Request.User), change, call.Cancellation);
        if (!written.TryGet(out WriteAnswer answer, out Refusal? refusal)) return refusal;
        await presentation.WriteAsync(call.Request, media, Of(answer.Value), 200);
        return null;
    }

    private static Outcome<HiveObject> Apply(HiveObject current, Scale scale)
    {
        if (scale.Spec.Replicas < 0)
        {
            return Refusals.Invalid("Scale", "autoscaling", current.Metadata.Name, CauseType.FieldValueInvalid, "spec.replicas",
                $"Invalid value: {scale.Spec.Replicas}: must be greater than or equal to 0");
        }
        ObjectMeta meta = current.Metadata with
        {
            // The version that the client saw, if it says one; else the write is for whatever is there.
            ResourceVersion = scale.Metadata.ResourceVersion,
            Uid = scale.Metadata.Uid.Length > 0 ? scale.Metadata.Uid : current.Metadata.Uid,
        };
        return current switch
        {
            Deployment deployment => deployment with { Metadata = meta, Spec = deployment.Spec with { Replicas = scale.Spec.Replicas } },
            ReplicaSet set => set with { Metadata = meta, Spec = set.Spec with { Replicas = scale.Spec.Replicas } },
            _ => Refusals.NoSuchResource,
        };
    }

    private static Scale Of(HiveObject value)
    {
        (int wanted, int present, LabelSelector? selector) = value switch
        {
            Deployment deployment => (deployment.Spec.Replicas ?? 1, deployment.Status.Replicas, deployment.Spec.Selector),
            ReplicaSet set => (set.Spec.Replicas ?? 1, set.Status.Replicas, set.Spec.Selector),
            _ => (0, 0, null),
        };
        string text = LabelQuery.TryCompile(selector, out LabelQuery? query) ? query.ToString() : "";
        ObjectMeta meta = value.Metadata;
        return new Scale
        {
            Metadata = new ObjectMeta { Name = meta.Name, Namespace = meta.Namespace, Uid = meta.Uid, ResourceVersion = meta.ResourceVersion, CreationTimestamp = meta.CreationTimestamp },
            Spec = new ScaleSpec { Replicas = wanted },
            Status = new ScaleStatus { Replicas = present, Selector = text },
        };
    }
}
