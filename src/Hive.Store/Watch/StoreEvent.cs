using System.Collections.Immutable;

namespace Hive.Store;

public enum StoreEventKind : byte { Put = 0, Delete = 1 }

/// <summary>One change of one key.</summary>
/// <param name="Kv">After a put the new pair; after a delete the key with only <see cref="KeyValue.ModRevision"/> set.</param>
/// <param name="Previous">What was there before; null on creation.</param>
public sealed record StoreEvent(StoreEventKind Kind, KeyValue Kv, KeyValue? Previous);

/// <summary>Everything that one revision changed, in the order of its operations. Never split between revisions (promise Atomic).</summary>
public sealed record RevisionChanges(Revision Revision, Stamp Stamp, ImmutableArray<StoreEvent> Events);

/// <summary>What a watcher asks for.</summary>
/// <param name="Start">First revision of interest; zero means "from the next change on".</param>
public sealed record WatchQuery(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> RangeEnd = default, Revision Start = default, bool NoPut = false, bool NoDelete = false);
