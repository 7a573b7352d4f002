using System.IO.Pipelines;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Api.Verbs;
using Hive.Objects;
using Hive.Queen;
using Hive.Store;
using Microsoft.AspNetCore.Http;

namespace Hive.Api.Watch;

/// <summary>
/// GET with watch=true: the store's changes as events of objects, rewritten for the selector. Headers leave at once. A consumer that reads slowly slows
/// only its own watcher, which catches up from history; when what it needs is compacted it is told so, never given a gap.
/// </summary>
public sealed class WatchVerb(IQueen queen, ObjectStorage storage, ObjectLister lister, WatchFrames frames, ApiLimits limits, TimeProvider time)
{
    /// <summary>The last bookmark leaves this long before a watch ends by its time.</summary>
    private static readonly TimeSpan LastBookmarkBefore = TimeSpan.FromSeconds(2);

    private int _open;

    public async ValueTask<Refusal?> RunAsync(ResourceCall call)
    {
        if (!MediaTypes.Choose(call.Request.Accept, watch: true).TryGet(out MediaChoice media, out Refusal? refusal)) return refusal;
        if (!WatchOptions.Read(call.Request.Query, limits).TryGet(out WatchOptions? options, out refusal)) return refusal;
        if (!Selection.Read(call.Kind, call.Request.Query, call.Name).TryGet(out Selection? selection, out refusal)) return refusal;
        if (!Presentation.ReadInclude(call.Request.Query).TryGet(out IncludeObject include, out refusal)) return refusal;
        StoreSnapshot? present = null;
        if (options.From is null or 0 || options.InitialEvents)
        {
            Outcome<StoreSnapshot> opened = await lister.OpenAsync(StartOf(options), call.Cancellation);
            if (!opened.TryGet(out present, out refusal)) return refusal;
        }
        if (Interlocked.Increment(ref _open) > limits.Watches)
        {
            Interlocked.Decrement(ref _open);
            return Refusals.Overloaded;
        }
        try
        {
            await ServeAsync(new WatchSession(call, media, include, selection, options), present);
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private static ListOptions StartOf(WatchOptions options) =>
        new(options.From switch { null => ListFreshness.Newest, 0 => ListFreshness.Any, _ => ListFreshness.NotOlderThan }, (long)(options.From ?? 0), 0, null);

    private async ValueTask ServeAsync(WatchSession session, StoreSnapshot? present)
    {
        HttpResponse response = session.Call.Request.Http.Response;
        response.StatusCode = 200;
        response.ContentType = session.Media.Format == WireFormat.Protobuf ? MediaTypes.ProtobufWatch : MediaTypes.Json;
        response.Headers.CacheControl = "no-cache, private";
        await response.StartAsync(session.Call.Cancellation);
        await response.BodyWriter.FlushAsync(session.Call.Cancellation);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(session.Call.Cancellation);
        ending.CancelAfter(session.Options.Lasts);
        try
        {
            if (present is not null) await SendPresentAsync(session, present, response.BodyWriter, ending.Token);
            await FollowAsync(session, present?.Revision.Value ?? (long)session.Options.From!.Value, response.BodyWriter, ending.Token);
        }
        catch (OperationCanceledException) when (!session.Call.Request.Http.RequestAborted.IsCancellationRequested)
        {
            // Its time is over, or this queen stops: the stream ends cleanly and the client watches on from where it is.
            await response.BodyWriter.FlushAsync(CancellationToken.None);
        }
    }

    private async ValueTask SendPresentAsync(WatchSession session, StoreSnapshot present, PipeWriter output, CancellationToken cancellation)
    {
        byte[] prefix = KeySpace.Bytes(ObjectStorage.PrefixOf(session.Call.Kind, session.Call.Namespace));
        int unsent = 0;
        foreach (KeyValue kv in present.Scan(prefix, KeySpace.End(prefix)))
        {
            HiveObject value = storage.Decode(session.Call.Kind, kv);
            if (!session.Selection.Matches(value)) continue;
            unsent += Put(session, output, WatchEventType.Added, value);
            if (unsent < limits.WatchTurnBytes / 16) continue;
            await output.FlushAsync(cancellation);
            unsent = 0;
        }
        if (session.Options.InitialEvents && session.Options.Bookmarks)
        {
            Put(output, frames.Bookmark(session.Call.Kind, present.Revision.Value, session.Media, endOfInitial: true));
        }
        await output.FlushAsync(cancellation);
    }

    private async ValueTask FollowAsync(WatchSession session, long from, PipeWriter output, CancellationToken cancellation)
    {
        (byte[] key, byte[] end) = RangeOf(session);
        var wake = new WakeSignal();
        using Watcher watcher = queen.Store.Watches.Open(new WatchQuery(key, end, new Revision(from + 1)), wake.Set);
        long begun = time.GetTimestamp();
        TimeSpan nextBookmark = Earlier(limits.BookmarkInterval, session.Options.Lasts - LastBookmarkBefore);
        while (true)
        {
            while (watcher.TryTake(limits.WatchTurnBytes, out WatchBatch? batch))
            {
                int sent = 0;
                foreach (RevisionChanges changes in batch.Changes)
                {
                    foreach (StoreEvent change in changes.Events) sent += Put(session, output, change);
                }
                if (sent > 0) await output.FlushAsync(cancellation);
            }
            if (watcher.CompactedAt is { } compacted)
            {
                Put(output, frames.Error(Refusals.Expired($"too old resource version: {from} ({compacted})"), session.Media));
                await output.FlushAsync(cancellation);
                return;
            }
            TimeSpan until = session.Options.Bookmarks ? nextBookmark - time.GetElapsedTime(begun) : Timeout.InfiniteTimeSpan;
            bool woken = session.Options.Bookmarks && until <= TimeSpan.Zero ? false : await wake.WaitAsync(until, cancellation);
            if (woken) continue;
            long revision = Math.Max(watcher.Progress.Value, from);
            Put(output, frames.Bookmark(session.Call.Kind, revision, session.Media, endOfInitial: false));
            await output.FlushAsync(cancellation);
            nextBookmark = NextBookmark(time.GetElapsedTime(begun), session.Options.Lasts);
        }
    }

    private TimeSpan NextBookmark(TimeSpan elapsed, TimeSpan lasts)
    {
        TimeSpan regular = elapsed + limits.BookmarkInterval;
        TimeSpan last = lasts - LastBookmarkBefore;
        return elapsed < last ? Earlier(regular, last) : regular;
    }

    private static TimeSpan Earlier(TimeSpan left, TimeSpan right) => right > TimeSpan.Zero && right < left ? right : left;

    /// <summary>One key where the selection names one object, else the whole prefix.</summary>
    private static (byte[] Key, byte[] End) RangeOf(WatchSession session)
    {
        ResourceCall call = session.Call;
        if (session.Selection.ExactName is { } name && (call.Namespace.Length > 0 || !call.Kind.Namespaced))
        {
            return (KeySpace.Bytes(ObjectStorage.KeyOf(call.Kind, call.Namespace, name)), []);
        }
        byte[] prefix = KeySpace.Bytes(ObjectStorage.PrefixOf(call.Kind, call.Namespace));
        return (prefix, KeySpace.End(prefix));
    }

    /// <summary>A change as the selector sees it: coming into view is ADDED, going out of view is DELETED with the last state that was in view.</summary>
    private int Put(WatchSession session, PipeWriter output, StoreEvent change)
    {
        KindDefinition kind = session.Call.Kind;
        HiveObject? before = change.Previous is null ? null : storage.Decode(kind, change.Previous);
        bool wasSeen = before is not null && session.Selection.Matches(before);
        if (change.Kind == StoreEventKind.Put)
        {
            HiveObject after = storage.Decode(kind, change.Kv);
            if (session.Selection.Matches(after)) return Put(session, output, wasSeen ? WatchEventType.Modified : WatchEventType.Added, after);
        }
        return wasSeen ? Put(session, output, WatchEventType.Deleted, ObjectWriter.WithRevision(before!, change.Kv.ModRevision)) : 0;
    }

    private int Put(WatchSession session, PipeWriter output, WatchEventType type, HiveObject value)
    {
        bool columns = session.Media.Shape == ObjectShape.Table && !session.ColumnsSent;
        session.ColumnsSent = true;
        return Put(output, frames.Encode(session.Call.Kind, type, value, session.Media, session.Include, columns));
    }

    private static int Put(PipeWriter output, byte[] frame)
    {
        frame.CopyTo(output.GetSpan(frame.Length));
        output.Advance(frame.Length);
        return frame.Length;
    }

    /// <summary>One open watch.</summary>
    private sealed class WatchSession(ResourceCall call, MediaChoice media, IncludeObject include, Selection selection, WatchOptions options)
    {
        public ResourceCall Call { get; } = call;

        public MediaChoice Media { get; } = media;

        public IncludeObject Include { get; } = include;

        public Selection Selection { get; } = selection;

        public WatchOptions Options { get; } = options;

        public bool ColumnsSent { get; set; }
    }
}
