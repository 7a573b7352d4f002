using Hive.Queen.Core;
using Hive.Raft;
using Hive.Simulation.Machines;
using Hive.Simulation.World;
using Hive.Store;

namespace Hive.Simulation.Checkers;

/// <summary>
/// The one log that all members must agree on: built from whoever applies an index first, compared with everyone after. Promises: state machine
/// safety (thesis figure 3.2), applied only what is durable here, equal digests, no proposal twice, no refused proposal at all, order and clocks of entries.
/// </summary>
internal sealed class CommittedLog(KeyModel model)
{
    private readonly List<(Entry Entry, ulong Digest, long Revision)> _entries = [];
    private readonly SortedDictionary<MemberId, LogIndex> _applied = [];
    private readonly HashSet<ProposalHeader> _seen = [];
    private readonly HashSet<ProposalHeader> _refused = [];
    private readonly Dictionary<ProposalHeader, LogIndex> _places = [];

    public LogIndex LastIndex => new((ulong)_entries.Count);

    public IReadOnlyList<(Entry Entry, ulong Digest, long Revision)> Entries => _entries;

    /// <summary>Called once for each entry, when the first member applies it.</summary>
    public event Action<Entry, Command?, ApplyResult>? Committed;

    public void Started(SimMember member) => _applied[member.Id] = member.Store!.AppliedIndex;

    public void Installed(SimMember member, LogIndex index)
    {
        _applied[member.Id] = index;
        CompareDigest(member, index);
    }

    public void Applied(SimMember member, Entry entry, ProposalHeader header, ReadOnlyMemory<byte> command, ApplyResult result)
    {
        Violation.Unless(entry.Index == _applied[member.Id].Next, "applied-in-order", () => $"member {member.Id} applied {entry} after {_applied[member.Id]}");
        Violation.Unless(member.HoldsDurably(entry), "applied-is-durable", () => $"member {member.Id} applied {entry}, which its disk does not hold");
        _applied[member.Id] = entry.Index;
        if (entry.Index > LastIndex) Append(member, entry, header, command, result);
        var known = _entries[(int)entry.Index.Value - 1].Entry;
        Violation.Unless(known.SameAs(entry), "state-machine-safety", () => $"member {member.Id} applied {entry} where {known} was applied");
        CompareDigest(member, entry.Index);
    }

    /// <summary>A client was told that its proposal was not and will not be carried out.</summary>
    public void Refused(ProposalHeader header)
    {
        _refused.Add(header);
        Violation.Unless(!_seen.Contains(header), "refused-means-no", () => $"{header} was refused and is in the log");
    }

    /// <summary>Where a proposal stands in the log; null when it is not there.</summary>
    public LogIndex? PlaceOf(ProposalHeader header) => _places.TryGetValue(header, out var at) ? at : null;

    /// <summary>The newest index that is not beyond the revision asked for: a state at a revision is one after some entry.</summary>
    public long RevisionAt(LogIndex index) => index == LogIndex.Zero ? 1 : _entries[(int)index.Value - 1].Revision;

    private void Append(SimMember member, Entry entry, ProposalHeader header, ReadOnlyMemory<byte> command, ApplyResult result)
    {
        Violation.Unless(entry.Index == LastIndex.Next, "no-committed-entry-skipped", () => $"member {member.Id} applied {entry}, the log ends at {LastIndex}");
        if (_entries.Count > 0)
        {
            var before = _entries[^1].Entry;
            Violation.Unless(entry.Term >= before.Term, "terms-never-fall", () => $"{entry} after {before}");
            bool forward = entry.Stamp.Log >= before.Stamp.Log && entry.Stamp.Wall.Ticks >= before.Stamp.Wall.Ticks;
            Violation.Unless(forward, "clocks-never-go-back", () => $"{entry} {entry.Stamp} after {before.Stamp}");
        }
        Command? decoded = null;
        if (!command.IsEmpty) CommandCodec.TryDecode(command, out decoded);
        if (header.Number != 0)
        {
            Violation.Unless(_seen.Add(header), "proposed-once-applied-once", () => $"{header} is in the log twice, again at {entry}");
            Violation.Unless(!_refused.Contains(header), "refused-means-no", () => $"{header} was refused and is in the log at {entry}");
            _places.Add(header, entry.Index);
        }
        _entries.Add((entry, member.Store!.Digest.Value, result.Revision.Value));
        model.Apply(entry.Index, decoded, result);
        Committed?.Invoke(entry, decoded, result);
    }

    private void CompareDigest(SimMember member, LogIndex index)
    {
        ulong digest = member.Store!.Digest.Value;
        ulong known = _entries[(int)index.Value - 1].Digest;
        Violation.Unless(digest == known, "equal-digests", () => $"member {member.Id} at {index}: {digest:x}, others {known:x}");
    }
}
