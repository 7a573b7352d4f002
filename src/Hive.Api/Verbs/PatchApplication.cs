using System.Text.Json.Nodes;
using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>Reads a patch once, and applies it to whatever the object then is.</summary>
public sealed class PatchApplication
{
    /// <summary>The patch as a function of the present object. The schema, version and kind are those of what is patched (the object, or its scale).</summary>
    public async ValueTask<Outcome<Func<HiveObject, Outcome<HiveObject>>>> ReadAsync(ResourceCall call, WriteOptions options, TypeSchema schema, string apiVersion, string kind)
    {
        string type = MediaTypes.Bare(call.Request.Http.Request.ContentType ?? "");
        if (type is not (MediaTypes.JsonPatch or MediaTypes.MergePatch or MediaTypes.StrategicPatch)) return Refusals.UnsupportedPatchType;
        Outcome<byte[]> read = await call.Request.ReadBodyAsync();
        if (!read.TryGet(out byte[]? body, out Refusal? refusal)) return refusal;
        return Refusals.UnsupportedPatchType;
    }
}
