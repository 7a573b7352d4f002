using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>DELETE on a collection: each object by itself, as a delete of its own would do it.</summary>
public sealed class DeleteCollectionVerb(ObjectLister lister, ObjectRemover remover, Presentation presentation)
{
    public async ValueTask<Refusal?> RunAsync(ResourceCall call)
    {
        if (!call.Media.TryGet(out MediaChoice media, out Refusal? refusal)) return refusal;
        if (!ListOptions.Read(call.Request.Query).TryGet(out ListOptions? options, out refusal)) return refusal;
        if (!Selection.Read(call.Kind, call.Request.Query, "").TryGet(out Selection? selection, out refusal)) return refusal;
        if (!(await DeleteVerb.ReadOptionsAsync(call)).TryGet(out DeleteOptions? delete, out refusal)) return refusal;
        Outcome<ListPage> listed = await lister.ListAsync(call.Kind, call.Namespace, selection, options, call.Cancellation);
        if (!listed.TryGet(out ListPage? page, out refusal)) return refusal;
        var gone = new List<HiveObject>();
        foreach (HiveObject item in page.Items)
        {
            Outcome<DeleteAnswer> outcome = await remover.DeleteAsync(call.Kind, item.Metadata.Namespace, item.Metadata.Name, delete, call.Request.User, call.Cancellation);
            if (outcome.TryGet(out DeleteAnswer answer, out refusal)) gone.Add(answer.Value);
            else if (refusal.Code != 404) return refusal;
        }
        await presentation.AnswerListAsync(call.Request, media, call.Kind, gone, page.Meta);
        return null;
    }
}
