using System.Collections.Immutable;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Auth;
using Hive.Etcd.Services.Maintenance;
using Hive.Queen;
using Hive.Store;

namespace Hive.Etcd.Services;

/// <summary>Whether the caller may do what the request asks, as users and roles are now.</summary>
internal delegate RpcStatus AccessCheck<in TRequest>(AuthGate auth, RpcContext context, TRequest request);

/// <summary>What every service needs of the queen, in the face's words: headers, proposals and reads with etcd's refusals.</summary>
internal sealed class QueenGate(IQueen queen, AuthGate auth, AlarmBook alarms, EtcdLimits limits, AnswerTurns turns)
{
    // Neither changes while a queen runs; her status is made anew each time it is asked for.
    private readonly ulong _cluster = queen.Status.Cluster.Value;
    private readonly ulong _self = queen.Status.Self.Value;

    public IQueen Queen => queen;

    public EtcdLimits Limits => limits;

    /// <summary>For answers that are made and sent in parts.</summary>
    public AnswerTurns Turns => turns;

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

    /// <summary>
    /// Proposes what the caller may do, and lets it happen only while users and roles are still those by which it was allowed: a permission that was
    /// taken away before the write's turn came, here or at another member, stops it. Whoever may do it after the change too is proposed again.
    /// </summary>
    /// <returns>What was applied, which may be an error of the store.</returns>
    public async ValueTask<RpcResult<ApplyResult>> ApplyAsync<TRequest>(
        RpcContext context, TRequest request, AccessCheck<TRequest> check, Command command, CancellationToken cancellation)
    {
        while (true)
        {
            // Read before the check, which may see a later state: then the guard fails, and the check is made again.
            var allowedBy = auth.Current.Version;
            if (check(auth, context, request) is { IsOk: false } forbidden) return forbidden;
            if (alarms.Check(command) is { IsOk: false } refused) return refused;
            var isBrief = command is MutateCommand { Operation: PutOperation };
            var guarded = new GuardedCommand(new Guard.RecordIs(AuthGate.RecordName, allowedBy), command);
            var (code, applied) = await queen.ProposeAsync(guarded, cancellation, isBrief);
            if (code != QueenCode.Ok) return EtcdErrors.Of(code);
            Invariant.Check(applied is not null);
            if (applied.Error != StoreError.GuardFailed) return applied;
        }
    }

    /// <summary>As <see cref="ApplyAsync"/>. The answer was applied without an error.</summary>
    public async ValueTask<RpcResult<ApplyResult>> ProposeAsync<TRequest>(
        RpcContext context, TRequest request, AccessCheck<TRequest> check, Command command, CancellationToken cancellation)
    {
        var done = await ApplyAsync(context, request, check, command, cancellation);
        return done.Succeeded(out var applied, out _) && applied.Error != StoreError.None ? EtcdErrors.Of(applied.Error) : done;
    }

    /// <summary>Proposes and waits; for what needs nobody's permission. The answer was applied without an error.</summary>
    public async ValueTask<RpcResult<ApplyResult>> ProposeAsync(Command command, CancellationToken cancellation)
    {
        if (alarms.Check(command) is { IsOk: false } refused) return refused;
        var (code, applied) = await queen.ProposeAsync(command, cancellation);
        if (code != QueenCode.Ok) return EtcdErrors.Of(code);
        Invariant.Check(applied is not null);
        return applied.Error == StoreError.None ? applied : EtcdErrors.Of(applied.Error);
    }

    /// <summary>Proposes a user's write with the idempotency id that the call carries.</summary>
    public ValueTask<RpcResult<ApplyResult>> MutateAsync<TRequest>(
        RpcContext context, TRequest request, AccessCheck<TRequest> check, Operation operation, CancellationToken cancellation) =>
        context.TryGetRequestId(out var requestId)
            ? ProposeAsync(context, request, check, new MutateCommand(operation, requestId, ImmutableArray<ReadOnlyMemory<byte>>.Empty), cancellation)
            : new(EtcdErrors.BadRequestId);

    /// <summary>
    /// Whether the caller may manage the cluster, by users and roles as they are after a barrier: what was taken away before the call began, at whatever member, is
    /// gone. For what takes no place in the store's log, where a guard could stop it (members, leadership).
    /// </summary>
    public async ValueTask<RpcStatus> CheckAdminAsync(RpcContext context, CancellationToken cancellation)
    {
        var read = await ReadAsync(serializable: false, cancellation);
        return read.Succeeded(out _, out var status) ? auth.CheckAdmin(context) : status;
    }

    /// <summary>A state to read from: linearizable after a read barrier, serializable at once.</summary>
    /// <param name="isBrief">As in <see cref="IQueen.ReadAsync"/>.</param>
    public async ValueTask<RpcResult<StoreSnapshot>> ReadAsync(bool serializable, CancellationToken cancellation, bool isBrief = false)
    {
        if (serializable) return queen.Store.Snapshot();
#if HIVE_FAULTS
        if (KnownFault.Is(KnownFault.ReadWithoutBarrier)) return queen.Store.Snapshot();
#endif
        var (code, snapshot) = await queen.ReadAsync(cancellation, isBrief);
        if (code != QueenCode.Ok) return EtcdErrors.Of(code);
        Invariant.Check(snapshot is not null);
        return snapshot;
    }
}
