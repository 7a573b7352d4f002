using System.Collections.Immutable;
using Hive.Store.State;

namespace Hive.Store.Apply;

/// <summary>One arm for each kind of command.</summary>
internal sealed class CommandExecutor(StateWriter writer)
{
    private readonly OperationExecutor _operations = new(writer);
    private readonly OperationResult[] _single = new OperationResult[1];

    /// <summary>What came of it, and the revision to answer with when it is not the store's own (a repeated request).</summary>
    public readonly record struct Outcome(StoreError Error, OperationResult? Result = null, long AnsweredAt = 0);

    /// <summary>Called when a revision was made: several times for one entry when leases end with it.</summary>
    public Action? Committed { get; init; }

    public Outcome Execute(Command command) => command switch
    {
        MutateCommand mutate => Mutate(mutate),
        CompactCommand compact => Compact(compact),
        LeaseGrantCommand grant => Grant(grant),
        LeaseRevokeCommand revoke => Revoke(revoke),
        LeaseRenewCommand renew => Renew(renew),
        ControlBatchCommand batch => Batch(batch),
        SetRetentionCommand set => SetRetention(set),
        SetRecordCommand set => SetRecord(set),
        RestoreCommand restore => Restore(restore),
        AdvanceRevisionCommand advance => AdvanceRevision(advance),
        GuardedCommand guarded => Holds(guarded.Guard) ? Execute(guarded.Inner) : new Outcome(StoreError.GuardFailed),
        TickCommand => default,
        _ => throw Invariant.Fail($"unknown command {command.GetType()}"),
    };

    /// <summary>Ends the leases that are due, in the order of their deadlines, each in a revision of its own.</summary>
    public void EndDueLeases()
    {
        for (var ended = 0; ended < StoreLimits.LeasesEndedPerApply; ended++)
        {
            if (!writer.Roots.Deadlines.TryFirst(out var due) || due.At > writer.Now) return;
            writer.EndLease(due.Id);
            Commit();
        }
    }

    private Outcome Mutate(MutateCommand mutate)
    {
        if (mutate.RequestId != default && writer.Roots.Requests.TryFind(new RequestOrder(), mutate.RequestId, out var remembered))
        {
            return new Outcome(remembered.Error, ResultCodec.Decode(remembered.Answer), remembered.Revision);
        }
        var error = OperationRules.Check(mutate.Operation);
        _single[0] = null!;
        if (error == StoreError.None) error = _operations.Execute([mutate.Operation], _single);
        if (writer.HasChanges && !mutate.Bumps.IsDefaultOrEmpty)
        {
            foreach (var hidden in mutate.Bumps) writer.Bump(hidden.Span);
        }
        Commit();
        if (mutate.RequestId != default) Remember(mutate.RequestId, error, _single[0]);
        return new Outcome(error, _single[0]);
    }

    private void Remember(UInt128 id, StoreError error, OperationResult? result)
    {
        ref var roots = ref writer.Roots;
        var request = new RememberedRequest(id, roots.NextTurn++, writer.Now, roots.Revision, error, ResultCodec.Encode(result));
        roots.Requests.Upsert(writer.Edit, new RequestOrder(), id, request, out _);
        roots.RequestTurns.Upsert(writer.Edit, new RequestTurnOrder(), request.Turn, new RequestTurn(request.Turn, id), out _);
        roots.RequestBytes += request.Weight;
        roots.RequestDigest += request.Digest;
    }

    private Outcome Compact(CompactCommand compact)
    {
        ref var roots = ref writer.Roots;
        if (compact.At.Value <= roots.CompactedAt) return new Outcome(StoreError.Compacted);
        if (compact.At.Value > roots.Revision) return new Outcome(StoreError.FutureRevision);
        roots.CompactedAt = compact.At.Value;
        return default;
    }

    private Outcome Grant(LeaseGrantCommand grant)
    {
        if (grant.Lease.IsNone || grant.TimeToLiveSeconds <= 0) return new Outcome(StoreError.Malformed);
        if (grant.TimeToLiveSeconds > StoreLimits.MaxLeaseSeconds) return new Outcome(StoreError.LeaseTimeToLiveTooLarge);
        // Also a lease that is due and not ended yet: its keys are still there.
        if (writer.Roots.Leases.TryFind(new LeaseOrder(), grant.Lease.Value, out _)) return new Outcome(StoreError.LeaseExists);
        writer.SetLease(new Lease(grant.Lease.Value, grant.TimeToLiveSeconds, Deadline(grant.TimeToLiveSeconds)));
        return new Outcome(StoreError.None, new LeaseResult(grant.Lease, grant.TimeToLiveSeconds));
    }

    private Outcome Revoke(LeaseRevokeCommand revoke)
    {
        if (!writer.TryFindLease(revoke.Lease.Value, out var lease)) return new Outcome(StoreError.LeaseNotFound);
        writer.EndLease(lease.Id);
        Commit();
        return new Outcome(StoreError.None, new LeaseResult(revoke.Lease, lease.Seconds));
    }

    private Outcome Renew(LeaseRenewCommand renew)
    {
        var granted = ImmutableArray.CreateBuilder<long>(renew.Leases.Length);
        foreach (var id in renew.Leases)
        {
            var lives = writer.TryFindLease(id.Value, out var lease);
            if (lives) writer.SetLease(lease with { Deadline = Deadline(lease.Seconds) });
            granted.Add(lives ? lease.Seconds : 0);
        }
        return new Outcome(StoreError.None, new LeaseRenewResult(granted.MoveToImmutable()));
    }

    private Outcome SetRecord(SetRecordCommand set)
    {
        var version = VersionOf(set.Name.Span);
        if (version != set.ExpectedVersion) return new Outcome(StoreError.None, new RecordResult(false, version));
        var removes = set.Value.IsEmpty;
        if (version != 0 || !removes) writer.SetRecord(new SideRecord(set.Name.ToArray(), version + 1, set.Value.ToArray()));
        return new Outcome(StoreError.None, new RecordResult(true, removes ? 0 : version + 1));
    }

    private Outcome SetRetention(SetRetentionCommand set)
    {
        if (set.Retention.Age > StoreLimits.RetentionAge || set.Retention.PercentOfLive > StoreLimits.RetentionPercent) return new Outcome(StoreError.Malformed);
        writer.Roots.Retention = set.Retention;
        return default;
    }

    private Outcome Restore(RestoreCommand restore)
    {
        var error = new RangeRestore(writer).Run(restore, out var result);
        Commit();
        return new Outcome(error, result);
    }

    private Outcome AdvanceRevision(AdvanceRevisionCommand advance)
    {
        if (advance.To.Value > StoreLimits.HighestAdvance) return new Outcome(StoreError.Malformed);
        if (advance.To.Value <= writer.Roots.Revision) return default;
        writer.AdvanceTo(advance.To.Value);
        Commit();
        return default;
    }

    /// <summary>
    /// The fence first: a batch whose author led another term than that of this entry is refused whole. Then each transaction in order,
    /// on the state that those before it made. What they commit is one revision.
    /// </summary>
    private Outcome Batch(ControlBatchCommand batch)
    {
        var outcomes = ImmutableArray.CreateBuilder<DecisionOutcome>(batch.Transactions.Length);
#if HIVE_FAULTS
        if (KnownFault.Is(KnownFault.ControlWithoutFence) && batch.Header.Leadership != writer.Roots.AppliedTerm)
        {
            batch = new ControlBatchCommand(batch.Header with { Leadership = writer.Roots.AppliedTerm }, [.. batch.Transactions.Select(t => t with { Guards = [] })]);
        }
#endif
        if (batch.Header.Leadership != writer.Roots.AppliedTerm)
        {
            for (var i = 0; i < batch.Transactions.Length; i++) outcomes.Add(DecisionOutcome.Fenced);
            return new Outcome(StoreError.Fenced, new ControlBatchResult(outcomes.MoveToImmutable()));
        }
        foreach (var transaction in batch.Transactions) outcomes.Add(Decide(transaction));
        Commit();
        return new Outcome(StoreError.None, new ControlBatchResult(outcomes.MoveToImmutable()));
    }

    private DecisionOutcome Decide(GuardedTransaction transaction)
    {
        foreach (var guard in transaction.Guards)
        {
            if (!Holds(guard)) return DecisionOutcome.Conflict;
        }
        if (OperationRules.Check(transaction.Writes) != StoreError.None) return DecisionOutcome.Refused;
        if (_operations.Execute(transaction.Writes.AsSpan(), new OperationResult[transaction.Writes.Length]) != StoreError.None) return DecisionOutcome.Refused;
        foreach (var hidden in transaction.Bumps) writer.Bump(hidden.Span);
        return DecisionOutcome.Committed;
    }

    private bool Holds(Guard guard) => guard switch
    {
        Guard.Unchanged unchanged => ModOf(unchanged.Key.Span) == unchanged.ModifiedAt.Value,
        Guard.SameIncarnation same => writer.TryFind(same.Key.Span, out var live) && writer.Heap.Open(live).Create == same.CreatedAt.Value,
        Guard.HiddenUnchanged hidden => BumpedAt(hidden.Hidden.Span) == hidden.BumpedAt.Value,
        Guard.LeaseIs lease => writer.TryFindLease(lease.Lease.Value, out _) == lease.Alive,
        Guard.RecordIs record => VersionOf(record.Name.Span) == record.Version,
        _ => throw Invariant.Fail($"unknown guard {guard.GetType()}"),
    };

    private long ModOf(ReadOnlySpan<byte> key) => writer.TryFind(key, out var live) ? writer.Heap.Open(live).Mod : 0;

    private long VersionOf(ReadOnlySpan<byte> record) =>
        writer.Roots.Records.TryFind(new SideRecordOrder(), new HiddenKey(record), out var found) ? found.Version : 0;

    private long BumpedAt(ReadOnlySpan<byte> hidden) =>
        writer.Roots.Hidden.TryFind(new HiddenOrder(), new HiddenKey(hidden), out var counter) ? counter.BumpedAt : 0;

    private LogTime Deadline(long seconds) => writer.Now + TimeSpan.FromSeconds(seconds);

    private void Commit()
    {
        if (writer.Commit()) Committed?.Invoke();
    }
}
