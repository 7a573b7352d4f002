using System.Collections.Immutable;
using Hive.Queen.Archive;
using Hive.Queen.Core;
using Hive.Raft;
using Hive.Store;

namespace Hive.Queen.Shell;

/// <summary>Applies committed entries to a store, and says what the core must know of it.</summary>
internal sealed class EntryApplier(KeyValueStore store, MemberId self, ulong incarnation)
{
    /// <param name="applied">Told of each entry once it is applied.</param>
    public AppliedBatch Apply(ImmutableArray<Entry> entries, Action<LogIndex>? applied = null)
    {
        var own = ImmutableArray.CreateBuilder<(ulong, ApplyResult)>();
        var firsts = ImmutableArray.CreateBuilder<(Term, Revision)>();
        long bytes = 0;
        foreach (Entry entry in entries)
        {
            bytes += entry.ChargedBytes;
            ReadOnlyMemory<byte> command = AppliedEntry.CommandOf(entry.Kind, entry.Payload, out ProposalHeader header);
            ApplyResult result = store.Apply(entry.Index, entry.Term, entry.Stamp, command);
            applied?.Invoke(entry.Index);
            if (entry.Kind == EntryKind.Empty) firsts.Add((entry.Term, result.Revision));
            if (header.Origin == self && header.Incarnation == incarnation) own.Add((header.Number, result));
        }
        return new AppliedBatch(entries[^1].Index, bytes, own.DrainToImmutable(), firsts.DrainToImmutable(), store.NextDeadline);
    }
}
