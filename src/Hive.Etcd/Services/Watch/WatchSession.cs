using System.Collections.Concurrent;
using System.Threading.Channels;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Store;

namespace Hive.Etcd.Services.Watch;

/// <summary>
/// One watch stream. The reading half queues requests, the hub queues watches that have something; the pump alone answers and sends, so that
/// order on the stream is the order of its decisions. Memory is bounded: the inbox is, and a watch is taken from only when the client has
/// read what came before.
/// </summary>
internal sealed class WatchSession : IDisposable
{
    private const long StreamWide = -1;
    private const long RefusedId = -1;

    private readonly QueenGate _gate;
    private readonly WatchAccess _access;
    private readonly RpcStream<WatchRequest, WatchResponse> _stream;
    private readonly WatchResponses _responses;
    private readonly WatchGauge _gauge;
    private readonly TimeProvider _time;
    private readonly Channel<WatchRequest> _inbox;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentQueue<StreamWatch> _ready = new();
    private readonly SortedDictionary<long, StreamWatch> _watches = [];
    private ITimer? _progressTimer;
    private volatile bool _progressDue;
    private bool _progressRequested;
    private long _nextId;

    public WatchSession(
        QueenGate gate, WatchAccess access, RpcStream<WatchRequest, WatchResponse> stream, WatchResponses responses, WatchGauge gauge, TimeProvider time)
    {
        (_gate, _access, _stream, _responses, _gauge, _time) = (gate, access, stream, responses, gauge, time);
        _inbox = Channel.CreateBounded<WatchRequest>(new BoundedChannelOptions(gate.Limits.WatchInbox) { SingleReader = true, SingleWriter = true });
        gauge.AddStreams(1);
    }

    /// <summary>The reading half: ends when the client sends no more requests; its watches go on.</summary>
    public async Task ReadRequestsAsync(CancellationToken cancellation)
    {
        while (await _stream.ReadAsync(cancellation) is { } request)
        {
            await _inbox.Writer.WriteAsync(request, cancellation);
            Signal();
        }
    }

    /// <summary>The writing half: ends only by cancellation.</summary>
    public async Task<RpcStatus> PumpAsync(CancellationToken cancellation)
    {
        while (true)
        {
            while (_inbox.Reader.TryRead(out var request)) await HandleAsync(request, cancellation);
            if (_progressDue) await SendDueProgressAsync(cancellation);
            if (_ready.TryDequeue(out var watch))
            {
                await ServeAsync(watch, cancellation);
                continue;
            }
            if (_progressRequested) await AnswerProgressAsync(cancellation);
            await _signal.Reader.ReadAsync(cancellation);
        }
    }

    public void Dispose()
    {
        _progressTimer?.Dispose();
        foreach (var watch in _watches.Values) watch.Watcher?.Dispose();
        _gauge.AddWatches(-_watches.Count);
        _gauge.AddStreams(-1);
    }

    private ValueTask HandleAsync(WatchRequest request, CancellationToken cancellation)
    {
        switch (request.RequestUnionCase)
        {
            case WatchRequest.RequestUnionOneofCase.CreateRequest:
                return CreateAsync(request.CreateRequest, cancellation);
            case WatchRequest.RequestUnionOneofCase.CancelRequest:
                return CancelAsync(request.CancelRequest.WatchId, cancellation);
            case WatchRequest.RequestUnionOneofCase.ProgressRequest:
                _progressRequested = true;
                return default;
            default:
                // A request of a later version: etcd ignores it, and clients rely on being able to probe.
                return default;
        }
    }

    private ValueTask CreateAsync(WatchCreateRequest request, CancellationToken cancellation)
    {
        if (request.WatchId != 0 && _watches.ContainsKey(request.WatchId))
            return RefuseAsync("mvcc: duplicate watch ID provided on the WatchStream", cancellation);
        if (_watches.Count >= _gate.Limits.WatchesPerStream) return RefuseAsync("hive: too many watches on one stream", cancellation);

        var key = request.Key.IsEmpty ? new byte[] { 0 } : request.Key.Memory;
        // Read before the question: what changes meanwhile is asked again.
        var allowedBy = _access.Version;
        if (_access.Open(key, request.RangeEnd.Memory, out var user) is { IsOk: false } forbidden) return RefuseAsync(Reason(forbidden), cancellation);

        // The revision is read before the watch opens and the watch begins right after it: nothing falls between what the client
        // was told and the first event.
        var now = _gate.Queen.Store.Revision;
        var start = request.StartRevision > 0 ? new Revision(request.StartRevision) : now.Next;
        var query = new WatchQuery(
            key, request.RangeEnd.Memory, start,
            NoPut: request.Filters.Contains(WatchCreateRequest.Types.FilterType.Noput),
            NoDelete: request.Filters.Contains(WatchCreateRequest.Types.FilterType.Nodelete));
        var watch = new StreamWatch(ChooseId(request.WatchId), request, start) { Query = query, User = user, AllowedBy = allowedBy };
        watch.Watcher = _gate.Queen.Store.Watches.Open(query, () => MakeReady(watch));
        _watches.Add(watch.Id, watch);
        _gauge.AddWatches(1);
        if (watch.WantsProgress) StartProgressTimer();
        MakeReady(watch);
        return _stream.WriteAsync(new WatchResponse { Header = _gate.Header(now), WatchId = watch.Id, Created = true }, cancellation);
    }

    private long ChooseId(long wanted)
    {
        if (wanted != 0) return wanted;
        while (_watches.ContainsKey(_nextId)) _nextId++;
        return _nextId++;
    }

    private ValueTask RefuseAsync(string reason, CancellationToken cancellation) => _stream.WriteAsync(
        new WatchResponse
        {
            Header = _gate.Header(_gate.Queen.Store.Revision),
            WatchId = RefusedId,
            Created = true,
            Canceled = true,
            CancelReason = reason,
        },
        cancellation);

    private static string Reason(RpcStatus forbidden) => $"rpc error: code = {forbidden.Code} desc = {forbidden.Message}";

    /// <summary>Looked at after what is to be sent was taken: nothing that was made after a permission had been taken away is sent by it.</summary>
    private bool IsStillAllowed(StreamWatch watch)
    {
        var version = _access.Version;
        if (watch.AllowedBy == version) return true;
        if (!_access.MayStillRead(watch.User, watch.Query.Key, watch.Query.RangeEnd)) return false;
        watch.AllowedBy = version;
        return true;
    }

    private ValueTask CancelAsync(long id, CancellationToken cancellation)
    {
        if (!_watches.TryGetValue(id, out var watch)) return default;
        Close(watch);
        return _stream.WriteAsync(new WatchResponse { Header = _gate.Header(_gate.Queen.Store.Revision), WatchId = id, Canceled = true }, cancellation);
    }

    private void Close(StreamWatch watch)
    {
        watch.IsOver = true;
        watch.Watcher?.Dispose();
        _watches.Remove(watch.Id);
        _gauge.AddWatches(-1);
    }

    /// <summary>Sends one batch of one watch, and puts it at the end of the queue again: no watch starves another.</summary>
    private async ValueTask ServeAsync(StreamWatch watch, CancellationToken cancellation)
    {
        watch.MarkTaken();
        if (watch.IsOver) return;
        Invariant.Check(watch.Watcher is not null);
        if (watch.Watcher.TryTake(_gate.Limits.WatchBatchBytes, out var batch))
        {
            if (!IsStillAllowed(watch))
            {
                Close(watch);
                var canceled = new WatchResponse { Header = _gate.Header(_gate.Queen.Store.Revision), WatchId = watch.Id, Canceled = true, CancelReason = Reason(EtcdErrors.PermissionDenied) };
                await _stream.WriteAsync(canceled, cancellation);
                return;
            }
            watch.IsDrained = false;
            watch.WasActive = true;
            foreach (var revision in batch.Changes) _gauge.AddEvents(revision.Events.Length);
            var responses = _responses.Of(watch, batch);
            // The batch points into the store's memory, which must not be kept for a client that does not read.
            batch = null;
            foreach (var response in responses) await _stream.WriteAsync(response, WatchResponse.Parser, cancellation);
            MakeReady(watch);
            return;
        }
        watch.IsDrained = true;
        if (watch.Watcher.CompactedAt is not { } compacted) return;
        Close(watch);
        await _stream.WriteAsync(
            new WatchResponse { Header = _gate.HeaderWithoutRevision(), WatchId = watch.Id, Canceled = true, CompactRevision = compacted.Value }, cancellation);
    }

    private void MakeReady(StreamWatch watch)
    {
        if (!watch.TryMarkQueued()) return;
        _ready.Enqueue(watch);
        Signal();
    }

    private void Signal() => _signal.Writer.TryWrite(true);

    /// <summary>
    /// Answers a progress request once every watch of the stream has been sent all up to one revision: only then does that revision say
    /// "nothing below is still to come". Until then the request stays open.
    /// </summary>
    private async ValueTask AnswerProgressAsync(CancellationToken cancellation)
    {
        var reached = _gate.Queen.Store.Revision;
        foreach (var watch in _watches.Values)
        {
            if (watch.Start > reached) continue;
            Invariant.Check(watch.Watcher is not null);
            if (!watch.IsDrained)
            {
                MakeReady(watch);
                return;
            }
            if (watch.Watcher.Progress < reached) reached = watch.Watcher.Progress;
        }
        _progressRequested = false;
        await _stream.WriteAsync(new WatchResponse { Header = _gate.Header(reached), WatchId = StreamWide }, cancellation);
    }

    private void StartProgressTimer()
    {
        var interval = _gate.Limits.WatchProgressInterval;
        _progressTimer ??= _time.CreateTimer(_ => { _progressDue = true; Signal(); }, null, interval, interval);
    }

    private async ValueTask SendDueProgressAsync(CancellationToken cancellation)
    {
        _progressDue = false;
        foreach (var watch in _watches.Values.ToArray())
        {
            if (!watch.WantsProgress) continue;
            var silent = !watch.WasActive;
            watch.WasActive = false;
            if (!silent || !watch.IsDrained) continue;
            Invariant.Check(watch.Watcher is not null);
            // A watch that begins in the future has progress ahead of the store.
            var reached = _gate.Queen.Store.Revision;
            if (watch.Watcher.Progress < reached) reached = watch.Watcher.Progress;
            await _stream.WriteAsync(new WatchResponse { Header = _gate.Header(reached), WatchId = watch.Id }, cancellation);
        }
    }
}
