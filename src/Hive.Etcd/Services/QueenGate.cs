using System.Collections.Immutable;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Maintenance;
using Hive.Queen;
using Hive.Store;

namespace Hive.Etcd.Services;

/// <summary>What every service needs of the queen, in the face's words: headers, proposals and reads with etcd's refusals.</summary>
internal sealed class QueenGate(IQueen queen, AlarmBook alarms, EtcdLimits limits)
{
    // Neither changes while a queen runs; her status is made anew each time it is asked for.
    private readonly ulong _cluster = queen.Status.Cluster.Value;
    private readonly ulong _self = queen.Status.Self.Value;

    public IQueen Queen => queen;

    public EtcdLimits Limits => limits;

    /// <summary>A header for the answer to a write.</summary>
    public ResponseHeader Header(ApplyResult applied) => Header(applied.Revision, applied.Term);

    /// <summary>A header for an answer that was read from a snapshot.</summary>
    public ResponseHeader Header(StoreSnapshot snapshot) => Header(snapshot.Revision, snapshot.AppliedTerm);

    /// <summary>A header for an answer made at this revision.</summary>
    public ResponseHeader Header(Revision revision) => Header(revision, queen.Store.AppliedTerm);

    /// <summary>A header without a revision, as the answers that do not read the store carry it.</summary>
    public ResponseHeader HeaderWithoutRevision() => Header(Revision.Zero, queen.Status.Term);

    /// <summary>The term is that of the newest entry applied: a new leader's first entry is applied before anything is read under it.</summary>
    private ResponseHeader Header(Revision revision, Term term) =>
        new() { ClusterId = _cluster, MemberId = _self, Revision = revision.Value, RaftTerm = term.Value };

    /// <summary>Proposes and waits. The answer was applied without an error.</summary>
    public async ValueTask<RpcResult<ApplyResult>> ProposeAsync(Command command, CancellationToken cancellation)
    {
        if (alarms.Check(command) is { IsOk: false } refused) return refused;
        var (code, applied) = await queen.ProposeAsync(command, cancellation);
        if (code != QueenCode.Ok) return EtcdErrors.Of(code);
        Invariant.Check(applied is not null);
        return applied.Error == StoreError.None ? applied : EtcdErrors.Of(applied.Error);
    }

    /// <summary>Proposes a user's write with the idempotency id that the call carries.</summary>
    public ValueTask<RpcResult<ApplyResult>> MutateAsync(RpcContext context, Operation operation, CancellationToken cancellation) =>
        context.TryGetRequestId(out var requestId)
            ? ProposeAsync(new MutateCommand(operation, requestId, ImmutableArray<ReadOnlyMemory<byte>>.Empty), cancellation)
            : new(EtcdErrors.BadRequestId);

    /// <summary>A state to read from: linearizable after a read barrier, serializable at once.</summary>
    public async ValueTask<RpcResult<StoreSnapshot>> ReadAsync(bool serializable, CancellationToken cancellation)
    {
        if (serializable) return queen.Store.Snapshot();
#if HIVE_FAULTS
        if (KnownFault.Is(KnownFault.ReadWithoutBarrier)) return queen.Store.Snapshot();
#endif
        var (code, snapshot) = await queen.ReadAsync(cancellation);
        if (code != QueenCode.Ok) return EtcdErrors.Of(code);
        Invariant.Check(snapshot is not null);
        return snapshot;
    }
}
