using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Hive.Client.Connections;
using Hive.Client.Kubernetes;
using Hive.Etcd.Messages;
using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Clients;

/// <summary>
/// Both faces of one member alone, or of all of them with fail-over; what became of each call is told honestly. The etcd face is spoken over gRPC.
/// </summary>
public sealed class MemberClient : IDisposable
{
    private readonly RpcChannel _channel;
    private readonly Func<IReadOnlyList<Uri>> _api;
    private readonly ClientCredentials _credentials;
    private readonly Lock _gate = new();
    private KubernetesClient _kubernetes;

    /// <param name="member">The name that the history shows.</param>
    /// <param name="etcd">Present addresses of the etcd face; several mean fail-over.</param>
    /// <param name="api">Present addresses of the Kubernetes face.</param>
    public MemberClient(string member, Func<IReadOnlyList<Uri>> etcd, Func<IReadOnlyList<Uri>> api, ClientCredentials credentials)
    {
        (Member, _api, _credentials) = (member, api, credentials);
        _channel = new RpcChannel(etcd, credentials);
        _kubernetes = Connect(api());
        Objects = new ObjectClient(() => Kubernetes);
    }

    public string Member { get; }

    public bool FailsOver => _channel.FailsOver;

    /// <summary>The Kubernetes face of the same member.</summary>
    public KubernetesClient Kubernetes
    {
        get
        {
            IReadOnlyList<Uri> now = _api();
            lock (_gate)
            {
                // The one for the old addresses is left to calls that are under way.
                if (!_kubernetes.Pool.Queens.SequenceEqual(now)) _kubernetes = Connect(now);
                return _kubernetes;
            }
        }
    }

    /// <summary>The objects of the workload of that name.</summary>
    public ObjectClient Objects { get; }

    public Task<Reply> GetAsync(string key, CancellationToken cancellation) => RangeAsync(new RangeRequest { Key = Bytes(key) }, cancellation);

    /// <summary>Reads a key as it was at a revision.</summary>
    public Task<Reply> GetAtAsync(string key, long revision, CancellationToken cancellation) => RangeAsync(new RangeRequest { Key = Bytes(key), Revision = revision }, cancellation);

    public Task<Reply> GetPrefixAsync(string prefix, CancellationToken cancellation) => RangeAsync(new RangeRequest { Key = Bytes(prefix), RangeEnd = PrefixEnd(prefix) }, cancellation);

    /// <param name="lease">The lease that the key is to live by; 0 for none.</param>
    /// <param name="requestId">Idempotency id: see <see cref="NewRequestId"/>.</param>
    public async Task<Reply> PutAsync(string key, string value, CancellationToken cancellation, long lease = 0, string? requestId = null)
    {
        var request = new PutRequest { Key = Bytes(key), Value = Bytes(value), Lease = lease };
        RpcAnswer<PutResponse> answer = await _channel.CallAsync("/etcdserverpb.KV/Put", request, PutResponse.Parser, true, requestId, cancellation);
        return new Reply(answer.Fate, answer.IsOk, [], answer.Message?.Header.Revision ?? 0, answer.Error);
    }

    public async Task<Reply> DeleteAsync(string key, CancellationToken cancellation)
    {
        RpcAnswer<DeleteRangeResponse> answer = await _channel.CallAsync("/etcdserverpb.KV/DeleteRange", new DeleteRangeRequest { Key = Bytes(key) }, DeleteRangeResponse.Parser, true, null, cancellation);
        return new Reply(answer.Fate, answer.Message?.Deleted > 0, [], answer.Message?.Header.Revision ?? 0, answer.Error);
    }

    /// <summary>Sets a key where its value is what is expected.</summary>
    public Task<Reply> CompareAndSetAsync(string key, string expected, string value, CancellationToken cancellation) =>
        TransactAsync([new Compare { Key = Bytes(key), Target = Compare.Types.CompareTarget.Value, Value = Bytes(expected) }], [(key, value)], [], cancellation);

    /// <summary>Writes several keys at once where all of <paramref name="expected"/> still have their modification revisions.</summary>
    public Task<Reply> WriteIfAsync(IEnumerable<(string Key, long ModRevision)> expected, IEnumerable<(string Key, string Value)> puts, CancellationToken cancellation) =>
        TransactAsync(expected.Select(e => new Compare { Key = Bytes(e.Key), Target = Compare.Types.CompareTarget.Mod, ModRevision = e.ModRevision }), puts, [], cancellation);

    /// <summary>Writes where a key still is the one that was created at a revision: how a fencing token is used.</summary>
    public Task<Reply> WriteFencedAsync(string guard, long created, string key, string value, CancellationToken cancellation) =>
        TransactAsync([new Compare { Key = Bytes(guard), Target = Compare.Types.CompareTarget.Create, CreateRevision = created }], [(key, value)], [], cancellation);

    /// <summary>Several writes at one revision.</summary>
    public Task<Reply> PutTogetherAsync(IEnumerable<(string Key, string Value)> puts, CancellationToken cancellation) => TransactAsync([], puts, [], cancellation);

    /// <summary>Reads several keys at one revision.</summary>
    public Task<Reply> ReadTogetherAsync(IEnumerable<string> keys, CancellationToken cancellation) => TransactAsync([], [], keys, cancellation);

    /// <summary>Forgets history up to a revision.</summary>
    public async Task<Reply> CompactAsync(long revision, CancellationToken cancellation)
    {
        RpcAnswer<CompactionResponse> answer = await _channel.CallAsync("/etcdserverpb.KV/Compact", new CompactionRequest { Revision = revision }, CompactionResponse.Parser, true, null, cancellation);
        return new Reply(answer.Fate, answer.IsOk, [], answer.Message?.Header.Revision ?? 0, answer.Error);
    }

    public async Task<LeaseReply> GrantAsync(long seconds, CancellationToken cancellation)
    {
        RpcAnswer<LeaseGrantResponse> answer = await _channel.CallAsync("/etcdserverpb.Lease/LeaseGrant", new LeaseGrantRequest { TTL = seconds }, LeaseGrantResponse.Parser, true, null, cancellation);
        return new LeaseReply(answer.Fate, answer.Message?.ID ?? 0, answer.Message?.TTL ?? 0, answer.Message?.Header.Revision ?? 0, answer.Error);
    }

    public async Task<LeaseReply> RenewAsync(long lease, CancellationToken cancellation)
    {
        RpcAnswer<LeaseKeepAliveResponse> answer = await _channel.CallAsync("/etcdserverpb.Lease/LeaseKeepAlive", new LeaseKeepAliveRequest { ID = lease }, LeaseKeepAliveResponse.Parser, true, null, cancellation);
        return new LeaseReply(answer.Fate, lease, answer.Message?.TTL ?? 0, answer.Message?.Header.Revision ?? 0, answer.Error);
    }

    public async Task<LeaseReply> RevokeAsync(long lease, CancellationToken cancellation)
    {
        RpcAnswer<LeaseRevokeResponse> answer = await _channel.CallAsync("/etcdserverpb.Lease/LeaseRevoke", new LeaseRevokeRequest { ID = lease }, LeaseRevokeResponse.Parser, true, null, cancellation);
        return new LeaseReply(answer.Fate, lease, 0, answer.Message?.Header.Revision ?? 0, answer.Error);
    }

    public async Task<LockReply> LockAsync(string name, long lease, CancellationToken cancellation)
    {
        RpcAnswer<LockResponse> answer = await _channel.CallAsync("/v3lockpb.Lock/Lock", new LockRequest { Name = Bytes(name), Lease = lease }, LockResponse.Parser, true, null, cancellation);
        return new LockReply(answer.Fate, answer.Message?.Key.ToStringUtf8() ?? "", answer.Message?.Header.Revision ?? 0, answer.Error);
    }

    public async Task<Reply> UnlockAsync(string key, CancellationToken cancellation)
    {
        RpcAnswer<UnlockResponse> answer = await _channel.CallAsync("/v3lockpb.Lock/Unlock", new UnlockRequest { Key = Bytes(key) }, UnlockResponse.Parser, true, null, cancellation);
        return new Reply(answer.Fate, answer.IsOk, [], answer.Message?.Header.Revision ?? 0, answer.Error);
    }

    /// <summary>Null when it does not answer.</summary>
    public async Task<MemberStatus?> StatusAsync(CancellationToken cancellation)
    {
        RpcAnswer<StatusResponse> answer = await _channel.CallAsync("/etcdserverpb.Maintenance/Status", new StatusRequest(), StatusResponse.Parser, false, null, cancellation);
        return answer.Message is { } status ? new MemberStatus(status.Header.MemberId, status.Leader, status.RaftTerm, status.Header.Revision) : null;
    }

    /// <summary>Asks the leader to hand over to another member.</summary>
    public async Task<bool> MoveLeaderAsync(ulong target, CancellationToken cancellation) =>
        (await _channel.CallAsync("/etcdserverpb.Maintenance/MoveLeader", new MoveLeaderRequest { TargetID = target }, MoveLeaderResponse.Parser, true, null, cancellation)).IsOk;

    /// <summary>Changes of all keys with a prefix from a revision on (0: from now), with bookmarks. Ends when the connection breaks or the server ends the watch.</summary>
    public async IAsyncEnumerable<WatchMessage> WatchAsync(string prefix, long from, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var create = new WatchCreateRequest { Key = Bytes(prefix), RangeEnd = PrefixEnd(prefix), StartRevision = from, ProgressNotify = true, PrevKv = true };
        using var content = new WatchContent(GrpcFrame.Encode(new WatchRequest { CreateRequest = create }), cancellation);
        using HttpResponseMessage? response = await QuietAsync<HttpResponseMessage>(async () => await _channel.OpenAsync("/etcdserverpb.Watch/Watch", content, cancellation));
        if (response is null) yield break;
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
        while (await QuietAsync(() => GrpcFrame.ReadAsync(body, WatchResponse.Parser, cancellation)) is { } message)
        {
            bool ended = message.Canceled;
            yield return new WatchMessage(message.Created, ended, message.Header.Revision, message.CompactRevision, [.. message.Events.Select(Changed)]);
            if (ended) yield break;
        }
    }

    /// <summary>An id that nobody used; a write that carries it takes effect once, however often it is sent.</summary>
    public static string NewRequestId() => Guid.NewGuid().ToString("N");

    public static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A list as it is stored: elements between commas; empty when absent.</summary>
    public static ImmutableArray<long> List(string? text) =>
        string.IsNullOrEmpty(text) ? [] : [.. text.Split(',').Select(e => long.Parse(e, CultureInfo.InvariantCulture))];

    public static string Text(IEnumerable<long> list) => string.Join(',', list.Select(Text));

    public void Dispose()
    {
        _channel.Dispose();
        _kubernetes.Dispose();
    }

    private KubernetesClient Connect(IReadOnlyList<Uri> api) => new(new QueenPool(api, _credentials, patience: api.Count > 1 ? RpcChannel.Patience : TimeSpan.Zero));

    private async Task<Reply> RangeAsync(RangeRequest request, CancellationToken cancellation)
    {
        RpcAnswer<RangeResponse> answer = await _channel.CallAsync("/etcdserverpb.KV/Range", request, RangeResponse.Parser, false, null, cancellation);
        return new Reply(answer.Fate, answer.IsOk, answer.Message is { } range ? [.. range.Kvs.Select(Stored)] : [], answer.Message?.Header.Revision ?? 0, answer.Error);
    }

    private async Task<Reply> TransactAsync(IEnumerable<Compare> conditions, IEnumerable<(string Key, string Value)> puts, IEnumerable<string> reads, CancellationToken cancellation)
    {
        var request = new TxnRequest();
        request.Compare.AddRange(conditions);
        request.Success.AddRange(puts.Select(p => new RequestOp { RequestPut = new PutRequest { Key = Bytes(p.Key), Value = Bytes(p.Value) } }));
        bool writes = request.Success.Count > 0;
        request.Success.AddRange(reads.Select(key => new RequestOp { RequestRange = new RangeRequest { Key = Bytes(key) } }));
        RpcAnswer<TxnResponse> answer = await _channel.CallAsync("/etcdserverpb.KV/Txn", request, TxnResponse.Parser, writes, null, cancellation);
        IReadOnlyList<Pair> pairs = answer.Message is { } done ? [.. done.Responses.Where(r => r.ResponseRange is not null).SelectMany(r => r.ResponseRange.Kvs).Select(Stored)] : [];
        return new Reply(answer.Fate, answer.Message?.Succeeded ?? false, pairs, answer.Message?.Header.Revision ?? 0, answer.Error);
    }

    /// <summary>Null where the connection broke: to a watch that is its end.</summary>
    private static async Task<T?> QuietAsync<T>(Func<Task<T?>> read) where T : class
    {
        try
        {
            return await read();
        }
        catch (Exception end) when (end is HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    private static Pair Stored(KeyValue kv) => new(kv.Key.ToStringUtf8(), kv.Value.ToStringUtf8(), kv.CreateRevision, kv.ModRevision, kv.Version, kv.Lease);

    private static Change Changed(Event change) => new(
        change.Kv.Key.ToStringUtf8(), change.Type == Event.Types.EventType.Delete ? null : change.Kv.Value.ToStringUtf8(),
        change.Kv.CreateRevision, change.Kv.ModRevision, change.Kv.Version, change.PrevKv?.Value.ToStringUtf8());

    private static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);

    /// <summary>The first key past all that begin with the prefix, whose last character is below 127.</summary>
    private static ByteString PrefixEnd(string prefix) => Bytes(prefix[..^1] + (char)(prefix[^1] + 1));
}
