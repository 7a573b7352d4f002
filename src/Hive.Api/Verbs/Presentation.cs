using System.Globalization;
using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>Shows objects and lists as the client asked: whole, as a table, or metadata only; as JSON, YAML or protobuf.</summary>
public sealed class Presentation(ApiLimits limits, TimeProvider time)
{
    /// <summary>Which part of an object a table's rows carry.</summary>
    public static Outcome<IncludeObject> ReadInclude(QueryParameters query) => query.Text("includeObject") switch
    {
        "" or "Metadata" => IncludeObject.Metadata,
        "Object" => IncludeObject.Object,
        "None" => IncludeObject.None,
        var other => Refusals.BadRequest($"unrecognized includeObject value: {other}"),
    };

    /// <summary>Answers with one object of the kind that the URL names.</summary>
    public async ValueTask AnswerAsync(ApiRequest request, MediaChoice media, KindDefinition kind, HiveObject value, int code = 200)
    {
        switch (media.Shape)
        {
            case ObjectShape.Table:
                if (!ReadInclude(request.Query).TryGet(out IncludeObject include, out Refusal? refusal))
                {
                    await request.RefuseAsync(refusal);
                    return;
                }
                var meta = new ListMeta { ResourceVersion = value.Metadata.ResourceVersion };
                await WriteAsync(request, media, Table(kind, [value], meta, include, media, withColumns: true), code);
                return;
            case ObjectShape.PartialMetadata:
                await WriteAsync(request, media, Partial(value, media), code);
                return;
            default:
                await WriteAsync(request, media, value, code);
                return;
        }
    }

    public async ValueTask AnswerListAsync(ApiRequest request, MediaChoice media, KindDefinition kind, IReadOnlyList<HiveObject> items, ListMeta meta)
    {
        switch (media.Shape)
        {
            case ObjectShape.Table:
                if (!ReadInclude(request.Query).TryGet(out IncludeObject include, out Refusal? refusal))
                {
                    await request.RefuseAsync(refusal);
                    return;
                }
                await WriteAsync(request, media, Table(kind, items, meta, include, media, withColumns: true), 200);
                return;
            case ObjectShape.PartialMetadata:
                PartialObjectMetadata[] parts = [.. items.Select(item => Partial(item, media) with { Kind = "", ApiVersion = "" })];
                await WriteAsync(request, media, new ObjectList<PartialObjectMetadata> { ApiVersion = media.MetaVersion, Metadata = meta, Items = parts }, 200);
                return;
            default:
                await WriteAsync(request, media, kind.ListOf([.. items.Select(item => item with { Kind = "", ApiVersion = "" })], meta), 200);
                return;
        }
    }

    /// <summary>Writes a document as it is, in the format asked for.</summary>
    public ValueTask WriteAsync(ApiRequest request, MediaChoice media, TypedDocument document, int code) => media.Format == WireFormat.Protobuf
        ? ResponseWriting.WriteAsync(request.Http, code, HiveProtobuf.Write(document), MediaTypes.Protobuf, limits)
        : ResponseWriting.WriteJsonAsync(request.Http, code, HiveJson.Write(document), media.Format, limits);

    public static PartialObjectMetadata Partial(HiveObject value, MediaChoice media) => new() { ApiVersion = media.MetaVersion, Metadata = value.Metadata };

    /// <param name="withColumns">False for the later events of a watch: the columns were told by the first.</param>
    public TypedDocument Table(KindDefinition kind, IReadOnlyList<HiveObject> items, ListMeta meta, IncludeObject include, MediaChoice media, bool withColumns) =>
        TableBuilder.Build(kind, items, meta, Time.From(time.GetUtcNow()), include, withColumns, media.Beta ? "v1beta1" : "v1");

    /// <summary>Metadata of a list.</summary>
    public static ListMeta Meta(long revision, string @continue = "", long? remaining = null) => new()
    {
        ResourceVersion = revision.ToString(CultureInfo.InvariantCulture),
        Continue = @continue,
        RemainingItemCount = remaining,
    };
}
