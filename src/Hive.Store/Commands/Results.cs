using System.Collections.Immutable;

namespace Hive.Store;

/// <summary>A key with its value, as it stood at <see cref="ModRevision"/>.</summary>
/// <param name="Version">Number of puts since the key was created; 1 for the first.</param>
public sealed record KeyValue(
    ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value, Revision CreateRevision, Revision ModRevision, long Version, LeaseId Lease);

/// <summary>Why the state machine refused a command. Each has one gRPC code and text on the etcd face.</summary>
public enum StoreError : byte
{
    None = 0,
    EmptyKey,
    KeyNotFound,
    ValueProvided,
    LeaseProvided,
    TooManyOperations,
    DuplicateKey,
    InvalidSortOption,
    Compacted,
    FutureRevision,
    LeaseNotFound,
    LeaseExists,
    LeaseTimeToLiveTooLarge,
    NoSpace,
    /// <summary>A control batch whose term is not that of its entry: its author is not the leader any more.</summary>
    Fenced,
    /// <summary>The bytes of the entry are no command that this version knows.</summary>
    Malformed,
    /// <summary>A restore whose range was changed after the revision that its caller looked at.</summary>
    RangeChanged,
    /// <summary>A restore that would examine or change more than <see cref="StoreLimits"/> allows in one entry.</summary>
    RangeTooLarge,
    /// <summary>A <see cref="GuardedCommand"/> whose guard did not hold when its turn came.</summary>
    GuardFailed,
}

/// <summary>What one <see cref="Operation"/> answered.</summary>
public abstract record OperationResult;

/// <param name="Count">Keys in the range, whatever the limit.</param>
/// <param name="More">The limit cut the answer.</param>
public sealed record RangeResult(ImmutableArray<KeyValue> Kvs, bool More, long Count) : OperationResult;

public sealed record PutResult(KeyValue? Previous) : OperationResult;

public sealed record DeleteResult(long Deleted, ImmutableArray<KeyValue> Previous) : OperationResult;

/// <param name="Responses">One for each step of the branch taken, with the store's revision as that step saw it.</param>
public sealed record TxnResult(bool Succeeded, ImmutableArray<(OperationResult Result, Revision Revision)> Responses) : OperationResult;

/// <summary>Answer of grant and revoke.</summary>
public sealed record LeaseResult(LeaseId Lease, long TimeToLiveSeconds) : OperationResult;

/// <summary>Answer of a renewal: for each lease in order its granted TTL in seconds, or 0 when it is unknown or has ended.</summary>
public sealed record LeaseRenewResult(ImmutableArray<long> TimeToLiveSeconds) : OperationResult;

/// <summary>Answer of <see cref="SetRecordCommand"/>.</summary>
/// <param name="Taken">False: the record's version was another one, and nothing changed.</param>
/// <param name="Version">The record's version afterwards.</param>
public sealed record RecordResult(bool Taken, long Version) : OperationResult;

/// <summary>Answer of <see cref="RestoreCommand"/>.</summary>
/// <param name="Put">Keys written as they were.</param>
/// <param name="Deleted">Keys that were not there then.</param>
/// <param name="LeftAlone">Keys that differ and were left as they are, because the lease they lived by has ended.</param>
public sealed record RestoreResult(long Put, long Deleted, long LeftAlone) : OperationResult;

/// <summary>How one decision of a control batch ended.</summary>
public enum DecisionOutcome : byte { Committed, Conflict, Fenced, Refused }

public sealed record ControlBatchResult(ImmutableArray<DecisionOutcome> Outcomes) : OperationResult;

/// <summary>What applying an entry came to.</summary>
/// <param name="Revision">The store's revision afterwards.</param>
public sealed record ApplyResult(LogIndex Index, Term Term, Revision Revision, StoreError Error, OperationResult? Result);
