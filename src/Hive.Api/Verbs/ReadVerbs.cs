using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Objects;
using Hive.Store;

namespace Hive.Api.Verbs;

/// <summary>GET of one object and of a collection.</summary>
public sealed class ReadVerbs(ObjectStorage storage, ObjectLister lister, Presentation presentation)
{
    public async ValueTask<Refusal?> GetAsync(ResourceCall call)
    {
        if (!call.Media.TryGet(out MediaChoice media, out Refusal? refusal)) return refusal;
        if (!call.Request.Query.ResourceVersion().TryGet(out ulong? revision, out refusal)) return refusal;
        var options = new ListOptions(revision switch { null => ListFreshness.Newest, 0 => ListFreshness.Any, _ => ListFreshness.NotOlderThan }, (long)(revision ?? 0), 0, null);
        Outcome<StoreSnapshot> opened = await lister.OpenAsync(options, call.Cancellation);
        if (!opened.TryGet(out StoreSnapshot? at, out refusal)) return refusal;
        if (storage.Find(at, call.Kind, call.Namespace, call.Name) is not { } found) return call.NotFound();
        await presentation.AnswerAsync(call.Request, media, call.Kind, found.Value);
        return null;
    }

    public async ValueTask<Refusal?> ListAsync(ResourceCall call)
    {
        if (!call.Media.TryGet(out MediaChoice media, out Refusal? refusal)) return refusal;
        if (!ListOptions.Read(call.Request.Query).TryGet(out ListOptions? options, out refusal)) return refusal;
        if (!Selection.Read(call.Kind, call.Request.Query, call.Name).TryGet(out Selection? selection, out refusal)) return refusal;
        Outcome<ListPage> listed = await lister.ListAsync(call.Kind, call.Namespace, selection, options, call.Cancellation);
        if (!listed.TryGet(out ListPage? page, out refusal)) return refusal;
        await presentation.AnswerListAsync(call.Request, media, call.Kind, page.Items, page.Meta);
        return null;
    }
}
