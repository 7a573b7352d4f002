using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Api.Verbs;
using Hive.Objects;

namespace Hive.Api.Subresources;

/// <summary>Binding and eviction of pods.</summary>
public sealed class PodSubresources(ObjectWriter writer, ObjectRemover remover, ApiLimits limits, TimeProvider time)
{
    private static readonly KindDefinition Pods = KindOf<Pod>.Definition;

    /// <summary>POST pods/NAME/binding, or bindings: puts an unbound pod on a node. The node's epoch moves, so that the scheduler sees that it was not alone.</summary>
    public async ValueTask<Refusal?> BindAsync(ResourceCall call)
    {
        if (!WriteOptions.Read(call.Request, "CreateOptions").TryGet(out WriteOptions? options, out Refusal? refusal)) return refusal;
        Outcome<Binding> body = await BodyDecoding.ReadAsync<Binding>(call.Request, TypeSchema.Of(typeof(Binding)), "v1", "Binding", options.Validation);
        if (!body.TryGet(out Binding? binding, out refusal)) return refusal;
        string name = call.Name.Length > 0 ? call.Name : binding.Metadata.Name;
        if (binding.Metadata.Name.Length > 0 && binding.Metadata.Name != name)
        {
            return Refusals.BadRequest($"the name of the object ({binding.Metadata.Name}) does not match the name on the URL ({name})");
        }
        if (binding.Target.Name.Length == 0 || binding.Target.Kind is not ("" or "Node"))
        {
            return Refusals.Invalid("Binding", "", name, CauseType.FieldValueRequired, "target.name", "Required value: a node must be named");
        }
        Outcome<WriteAnswer> written = await writer.UpdateAsync(Pods, call.Namespace, name, "binding", options.By(call.Request.User), current => Bind((Pod)current, binding), call.Cancellation);
        if (!written.TryGet(out _, out refusal)) return refusal;
        await ResponseWriting.WriteJsonAsync(call.Request.Http, 201, StatusEncoding.Success(null, 201), WireFormat.Json, limits);
        return null;
    }

    private Outcome<HiveObject> Bind(Pod pod, Binding binding)
    {
        string name = pod.Metadata.Name;
        if (binding.Metadata.Uid.Length > 0 && binding.Metadata.Uid != pod.Metadata.Uid)
        {
            return Refusals.Conflict("pods/binding", "", name, $"the UID in the precondition ({binding.Metadata.Uid}) does not match the UID in record ({pod.Metadata.Uid})");
        }
        if (pod.Metadata.DeletionTimestamp is not null) return Refusals.Conflict("pods/binding", "", name, $"pod {name} is being deleted, cannot be assigned to a host");
        if (pod.Spec.NodeName.Length > 0) return Refusals.Conflict("pods/binding", "", name, $"pod {name} is already assigned to node \"{pod.Spec.NodeName}\"");
        var scheduled = new PodCondition { Type = PodConditionType.PodScheduled, Status = "True", LastTransitionTime = Time.From(time.GetUtcNow()) };
        return pod with
        {
            Spec = pod.Spec with { NodeName = binding.Target.Name },
            Status = pod.Status with { Conditions = [.. pod.Status.Conditions.Where(known => known.Type != scheduled.Type), scheduled] },
        };
    }

    /// <summary>POST pods/NAME/eviction: a delete that asks first.</summary>
    public async ValueTask<Refusal?> EvictAsync(ResourceCall call)
    {
        if (!WriteOptions.Read(call.Request, "CreateOptions").TryGet(out WriteOptions? options, out Refusal? refusal)) return refusal;
        Outcome<Eviction> body = await BodyDecoding.ReadAsync<Eviction>(call.Request, TypeSchema.Of(typeof(Eviction)), "policy/v1", "Eviction", options.Validation);
        if (!body.TryGet(out Eviction? eviction, out refusal)) return refusal;
        if (eviction.Metadata.Name.Length > 0 && eviction.Metadata.Name != call.Name)
        {
            return Refusals.BadRequest($"name in URL does not match name in Eviction object: {eviction.Metadata.Name} != {call.Name}");
        }
        DeleteOptions delete = eviction.DeleteOptions ?? new DeleteOptions();
        if (options.DryRun) delete = delete with { DryRun = ["All"] };
        Outcome<DeleteAnswer> outcome = await remover.DeleteAsync(Pods, call.Namespace, call.Name, delete, call.Request.User, call.Cancellation);
        if (!outcome.TryGet(out _, out refusal)) return refusal;
        await ResponseWriting.WriteJsonAsync(call.Request.Http, 201, StatusEncoding.Success(null, 201), WireFormat.Json, limits);
        return null;
    }
}
