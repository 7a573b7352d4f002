using Hive.Journal.Records;

namespace Hive.Journal.Recovery;

/// <summary>
/// Every readable entry record of a damaged journal, by index and term, whether it is in the log or not: behind a hole, or replaced. An entry of one index
/// and term has one content, so that any copy of it will do, here and on a peer with damage elsewhere.
/// </summary>
internal sealed class EntryCopies
{
    private readonly Dictionary<(LogIndex Index, Term Term), (EntryLocation Location, Term Before, byte Kind)> _copies = [];

    /// <summary>Where a copy stands, and the term of the entry in front of it; null when there is none.</summary>
    public (EntryLocation Location, Term Before)? Find(LogIndex index, Term term) => _copies.TryGetValue((index, term), out var found) ? (found.Location, found.Before) : null;

    /// <summary>Index and term of every copy of a kind, the oldest term first. Walks all.</summary>
    public IEnumerable<(LogIndex Index, Term Term)> OfKind(byte kind) =>
        _copies.Where(copy => copy.Value.Kind == kind).Select(copy => copy.Key).OrderBy(id => id.Term).ThenBy(id => id.Index);

    /// <summary>Takes up what a segment holds, holes and all.</summary>
    public void Scan(ReadOnlySpan<byte> bytes, ulong segment, int payloadLimit)
    {
        for (int at = 0; at <= bytes.Length - RecordFrame.HeaderBytes;)
        {
            if (!RecordFrame.TryRead(bytes[at..], segment, at, payloadLimit, out RecordFrame frame))
            {
                at += RecordFrame.Alignment;
                continue;
            }
            if (frame.Kind == RecordKind.Entry && EntryRecord.TryRead(bytes.Slice(at + RecordFrame.HeaderBytes, frame.PayloadBytes), out EntryRecord entry))
            {
                long data = at + RecordFrame.HeaderBytes + EntryRecord.FixedBytes;
                var location = new EntryLocation(entry.Term, segment, data, frame.PayloadBytes - EntryRecord.FixedBytes);
                _copies[(entry.Index, entry.Term)] = (location, entry.TermBefore, entry.Kind);
            }
            at += frame.Size;
        }
    }
}
