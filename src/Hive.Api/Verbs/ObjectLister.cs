using System.Text;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Objects;
using Hive.Store;

namespace Hive.Api.Verbs;

/// <summary>A page of a list, at one revision.</summary>
public sealed record ListPage(IReadOnlyList<HiveObject> Items, ListMeta Meta);

/// <summary>Reads lists: consistent at one revision over all their pages, for as long as that revision is kept.</summary>
public sealed class ObjectLister(ObjectStorage storage, Proposals proposals, ApiLimits limits, TimeProvider time)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    public async ValueTask<Outcome<ListPage>> ListAsync(KindDefinition kind, string space, Selection selection, ListOptions options, CancellationToken cancellation)
    {
        Outcome<StoreSnapshot> opened = await OpenAsync(options, cancellation);
        if (!opened.TryGet(out StoreSnapshot? at, out Refusal? refusal)) return refusal;
        long revision = options switch
        {
            { Continue: { Revision: > 0 } token } => token.Revision,
            { Continue: not null } => at.Revision.Value,
            { Freshness: ListFreshness.Exact } => options.Revision,
            _ => at.Revision.Value,
        };
        return Read(at, kind, space, selection, options, revision);
    }

    /// <summary>A state that is as fresh as was asked for.</summary>
    public async ValueTask<Outcome<StoreSnapshot>> OpenAsync(ListOptions options, CancellationToken cancellation)
    {
        if (options.Continue is not null) return await AtLeastAsync(Math.Max(0, options.Continue.Revision), cancellation);
        return options.Freshness switch
        {
            ListFreshness.Newest => await proposals.FreshAsync(cancellation),
            ListFreshness.Any => storage.Local,
            _ => await AtLeastAsync(options.Revision, cancellation),
        };
    }

    /// <summary>A state not older than the revision; a revision that does not exist yet is waited for, but not long.</summary>
    public async ValueTask<Outcome<StoreSnapshot>> AtLeastAsync(long revision, CancellationToken cancellation)
    {
        StoreSnapshot at = storage.Local;
        if (at.Revision.Value >= revision) return at;
        Outcome<StoreSnapshot> fresh = await proposals.FreshAsync(cancellation);
        if (!fresh.TryGet(out at!, out Refusal? refusal)) return refusal;
        long begun = time.GetTimestamp();
        while (at.Revision.Value < revision)
        {
            if (time.GetElapsedTime(begun) > limits.FutureRevisionPatience) return Refusals.TooNew(revision, at.Revision.Value);
            await Task.Delay(LookAgain, time, cancellation);
            at = storage.Local;
        }
        return at;
    }

    private Outcome<ListPage> Read(StoreSnapshot at, KindDefinition kind, string space, Selection selection, ListOptions options, long revision)
    {
        string prefix = ObjectStorage.PrefixOf(kind, space);
        byte[] end = KeySpace.End(KeySpace.Bytes(prefix));
        byte[] from = KeySpace.Bytes(prefix + (options.Continue?.Start ?? ""));
        var items = new List<HiveObject>();
        while (true)
        {
            long wanted = options.Limit > 0 && selection.IsEverything ? Math.Min(limits.ListChunk, options.Limit - items.Count) : limits.ListChunk;
            var query = new RangeQuery(from) { RangeEnd = end, Limit = wanted, At = revision == at.Revision.Value ? Revision.Zero : new Revision(revision) };
            StoreError error = at.Range(query, out RangeResult? range);
            if (error != StoreError.None) return Refuse(error, options, revision, at.Revision.Value);
            for (int index = 0; index < range!.Kvs.Length; index++)
            {
                KeyValue kv = range.Kvs[index];
                HiveObject value = storage.Decode(kind, kv);
                if (!selection.Matches(value)) continue;
                items.Add(value);
                bool more = index + 1 < range.Kvs.Length || range.More;
                if (options.Limit > 0 && items.Count >= options.Limit && more) return Cut(items, kv, prefix, revision, range.Count - index - 1, selection);
            }
            if (!range.More) return new ListPage(items, Presentation.Meta(revision));
            from = [.. range.Kvs[^1].Key.Span, 0];
        }
    }

    private static ListPage Cut(List<HiveObject> items, KeyValue last, string prefix, long revision, long remaining, Selection selection)
    {
        string start = Encoding.UTF8.GetString(last.Key.Span)[prefix.Length..] + "\0";
        return new ListPage(items, Presentation.Meta(revision, ContinueToken.At(revision, start).Encode(), selection.IsEverything ? remaining : null));
    }

    private static Refusal Refuse(StoreError error, ListOptions options, long revision, long current) => error switch
    {
        StoreError.Compacted when options.Continue is { } token => Refusals.Expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue "
            + "token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, "
            + "modified, or deleted between the time the first chunk was returned and now may show up in the list.",
            ContinueToken.At(-1, token.Start).Encode()),
        StoreError.Compacted => Refusals.Expired("The resourceVersion for the provided list is too old."),
        StoreError.FutureRevision => Refusals.TooNew(revision, current),
        _ => Refusals.Internal($"the store refused the range: {error}"),
    };
}
