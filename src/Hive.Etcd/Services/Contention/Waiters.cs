using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Auth;
using Hive.Store;
using StoredPair = Hive.Store.KeyValue;

namespace Hive.Etcd.Services.Contention;

/// <summary>
/// The queue behind locks and elections: each contender puts a key <c>name/lease</c> that lives by its lease; the one created first holds,
/// and the others wait for the deletion of those before them.
/// </summary>
internal sealed class Waiters(QueenGate gate, LeaseService leases)
{
    /// <summary>A contender's place in the queue.</summary>
    /// <param name="Created">Create revision of the key: the order of the queue.</param>
    /// <param name="Value">What the key held when the place was taken or found.</param>
    public sealed record Place(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Key, Revision Created, LeaseId Lease, ReadOnlyMemory<byte> Value);

    /// <summary>The lease given, or a new one of the session's default length when none was given.</summary>
    public async ValueTask<RpcResult<LeaseResult>> SessionAsync(RpcContext context, long lease, CancellationToken cancellation)
    {
        if (lease != 0) return new LeaseResult(new(lease), 0);
        var granted = await leases.GrantAsync(context, 0, gate.Limits.SessionLeaseSeconds, cancellation);
        return granted.Succeeded(out var applied, out var status) ? (LeaseResult)applied.Result! : status;
    }

    /// <summary>Takes a place, or finds the one that this lease has already.</summary>
    public async ValueTask<RpcResult<Place>> EnterAsync(
        RpcContext context, ReadOnlyMemory<byte> name, LeaseId lease, ReadOnlyMemory<byte> value, CancellationToken cancellation)
    {
        var key = (byte[])[.. name.Span, (byte)'/', .. Encoding.ASCII.GetBytes(lease.Value.ToString("x", CultureInfo.InvariantCulture))];
        var absent = new Comparison(CompareTarget.Create, CompareResult.Equal, key);
        var enter = new TxnOperation([absent], [new PutOperation(key, value, lease)], [new RangeOperation(new RangeQuery(key))]);
        var proposed = await gate.ProposeAsync(context, name, CheckAccess, new MutateCommand(enter), cancellation);
        if (!proposed.Succeeded(out var applied, out var status)) return status;
        var result = (TxnResult)applied.Result!;
        if (result.Succeeded) return new Place(name, key, applied.Revision, lease, value);
        var present = ((RangeResult)result.Responses[0].Result).Kvs[0];
        return new Place(name, key, present.CreateRevision, lease, present.Value);
    }

    /// <summary>Waits until nobody stands before this place. Its own key gone by then (lease ended) means that the place is lost.</summary>
    public async ValueTask<RpcStatus> WaitTurnAsync(Place place, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await gate.ReadAsync(serializable: false, cancellation);
            if (!read.Succeeded(out var snapshot, out var status)) return status;
#if HIVE_FAULTS
            if (KnownFault.Is(KnownFault.LockWithoutLease) && LastBefore(snapshot, place) is null) return RpcStatus.Ok;
#endif
            if (snapshot.Get(place.Key)?.CreateRevision != place.Created) return SessionExpired;
            if (LastBefore(snapshot, place) is not { } ahead) return RpcStatus.Ok;
            await DeletionAsync(ahead.Key, snapshot.Revision.Next, cancellation);
        }
    }

    /// <summary>Gives up a place that was not reached, for a contender that may have gone: the key would otherwise hold the queue up for as long as the lease.</summary>
    public ValueTask<RpcResult<ApplyResult>> AbandonAsync(Place place) => gate.ProposeAsync(Deletion(place.Key, place.Created), CancellationToken.None);

    /// <summary>Gives up what is held, by whoever may write the key.</summary>
    public ValueTask<RpcResult<ApplyResult>> LeaveAsync(RpcContext context, ReadOnlyMemory<byte> key, Revision? created, CancellationToken cancellation) =>
        gate.ProposeAsync(context, key, CheckWrite, Deletion(key, created), cancellation);

    private static MutateCommand Deletion(ReadOnlyMemory<byte> key, Revision? created)
    {
        Operation delete = new DeleteOperation(key);
        if (created is { } revision)
            delete = new TxnOperation([new Comparison(CompareTarget.Create, CompareResult.Equal, key, Number: revision.Value)], [delete], []);
        return new MutateCommand(delete);
    }

    /// <summary>The holder: the pair created first under the name, or null.</summary>
    public static StoredPair? Holder(StoreSnapshot snapshot, ReadOnlyMemory<byte> name)
    {
        var query = Under(name) with { Order = SortOrder.Ascend, Target = SortTarget.Create, Limit = 1 };
        return Single(snapshot, query);
    }

    /// <summary>All keys under the name.</summary>
    public static RangeQuery Under(ReadOnlyMemory<byte> name)
    {
        byte[] prefix = [.. name.Span, (byte)'/'];
        return new RangeQuery(prefix) { RangeEnd = KeyRange.PrefixEnd(prefix) };
    }

    /// <summary>Whether the caller may look at the queue.</summary>
    public static RpcStatus CheckRead(AuthGate auth, RpcContext context, ReadOnlyMemory<byte> name)
    {
        var under = Under(name);
        return auth.CheckRead(context, under.Key, under.RangeEnd);
    }

    /// <summary>Whether the caller may write one place's key.</summary>
    public static RpcStatus CheckWrite(AuthGate auth, RpcContext context, ReadOnlyMemory<byte> key) => auth.CheckWrite(context, key, default);

    /// <summary>Whether the caller may look at the queue and stand in it.</summary>
    public static RpcStatus CheckAccess(AuthGate auth, RpcContext context, ReadOnlyMemory<byte> name)
    {
        var under = Under(name);
        var status = auth.CheckRead(context, under.Key, under.RangeEnd);
        return status.IsOk ? auth.CheckWrite(context, under.Key, under.RangeEnd) : status;
    }

    private static readonly RpcStatus SessionExpired = new(RpcCode.Unknown, "mutex: session is expired");

    private static StoredPair? LastBefore(StoreSnapshot snapshot, Place place)
    {
        var query = Under(place.Name) with
        {
            MaxCreateRevision = place.Created.Value - 1,
            Order = SortOrder.Descend,
            Target = SortTarget.Create,
            Limit = 1,
            KeysOnly = true,
        };
        return Single(snapshot, query);
    }

    private static StoredPair? Single(StoreSnapshot snapshot, RangeQuery query)
    {
        var error = snapshot.Range(query, out var result);
        Invariant.Check(error == StoreError.None, $"a read of the newest revision was refused: {error}");
        return result!.Kvs.IsEmpty ? null : result.Kvs[0];
    }

    /// <summary>Waits for a deletion of the key from the revision on; a compaction that hides it ends the wait too, and the caller looks again.</summary>
    private async ValueTask DeletionAsync(ReadOnlyMemory<byte> key, Revision from, CancellationToken cancellation)
    {
        using var changes = new KeyChanges(gate.Queen.Store.Watches, new WatchQuery(key, default, from, NoPut: true), gate.Limits.WatchBatchBytes);
        await changes.NextAsync(cancellation);
    }
}

/// <summary>A watcher as something to await.</summary>
internal sealed class KeyChanges : IDisposable
{
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Watcher _watcher;
    private readonly int _batchBytes;

    public KeyChanges(WatchHub hub, WatchQuery query, int batchBytes)
    {
        _batchBytes = batchBytes;
        _watcher = hub.Open(query, () => _signal.Writer.TryWrite(true));
    }

    /// <summary>The next changes; null when they were compacted away.</summary>
    public async ValueTask<WatchBatch?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (_watcher.TryTake(_batchBytes, out var batch)) return batch;
            if (_watcher.CompactedAt is not null) return null;
            await _signal.Reader.ReadAsync(cancellation);
        }
    }

    public void Dispose() => _watcher.Dispose();
}
