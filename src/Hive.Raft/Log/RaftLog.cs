using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>
/// The log as the core sees it: its tail in memory, the rest behind <see cref="ILogView"/>; and how far it is handed to the disk, durable,
/// committed, handed to apply, applied. Always: handed to apply &lt;= min(commit, persisted); commit &lt;= last.
/// </summary>
internal sealed class RaftLog
{
    private readonly ILogView _view;
    private readonly RaftLimits _limits;
    private readonly EntryCache _cache;
    private readonly Queue<(LogIndex Last, long Bytes)> _applying = new();
    private LogIndex _handedToDisk;
    private LogIndex _handedToApply;
    private long _applyingBytes;
    private SnapshotMetadata? _installing;
    private bool _installHandedOut;

    public RaftLog(ILogView view, RaftLimits limits)
    {
        _view = view;
        _limits = limits;
        var snapshot = view.Snapshot;
        Invariant.Check(view.FirstIndex <= snapshot.Index.Next, $"first {view.FirstIndex}, snapshot {snapshot.Index}");
        Memberships = new MembershipHistory(snapshot);
        _cache = new EntryCache(view.LastIndex.Next);
        Commit = Applied = _handedToApply = snapshot.Index;
        Persisted = _handedToDisk = view.LastIndex;
        LastStamp = snapshot.Stamp;
        ReadMemberships();
    }

    public MembershipHistory Memberships { get; }

    /// <summary>Highest index known to be committed.</summary>
    public LogIndex Commit { get; private set; }

    /// <summary>Highest index that the state machine has reported.</summary>
    public LogIndex Applied { get; private set; }

    /// <summary>Highest index that is durable here.</summary>
    public LogIndex Persisted { get; private set; }

    /// <summary>Stamp of the last entry.</summary>
    public Stamp LastStamp { get; private set; }

    public LogIndex LastIndex => _cache.LastIndex;

    public LogIndex FirstIndex => _installing is { } snapshot ? snapshot.Index.Next : _view.FirstIndex;

    public Term LastTerm => TermAt(LastIndex) ?? throw Invariant.Fail($"term of the last entry {LastIndex} is not known");

    /// <summary>Charged bytes of the entries in memory.</summary>
    public long CachedBytes => _cache.Bytes;

    /// <summary>A snapshot has arrived and is not durable yet.</summary>
    public bool IsInstalling => _installing is not null;

    /// <summary>The newest snapshot that could be sent to a follower.</summary>
    public SnapshotMetadata Snapshot => _view.Snapshot;

    /// <summary>Term of the entry, or null when it is compacted or beyond the end.</summary>
    public Term? TermAt(LogIndex index)
    {
        if (index > LastIndex) return null;
        if (index >= _cache.FirstIndex) return _cache[index].Term;
        if (_installing is { } snapshot) return index == snapshot.Index ? snapshot.Term : null;
        return _view.TermAt(index);
    }

    /// <summary>Whether the log holds that entry.</summary>
    public bool Matches(LogIndex index, Term term) => TermAt(index) == term;

    /// <summary>Whether a log that ends so is at least as complete as this one (thesis §3.6.1).</summary>
    public bool IsUpToDate(LogIndex lastIndex, Term lastTerm) => lastTerm > LastTerm || (lastTerm == LastTerm && lastIndex >= LastIndex);

    /// <summary>
    /// The highest index at or below <paramref name="index"/> whose term is at most <paramref name="term"/>, and that term (zero when compacted): all
    /// between cannot match a log whose entry there has that term, so a probe skips them.
    /// </summary>
    public (LogIndex Index, Term Term) LastNotAbove(LogIndex index, Term term)
    {
        for (; index.Value > 0; index = index.Previous)
        {
            var own = TermAt(index);
            if (own is null) return (index, Term.Zero);
            if (own.Value <= term) return (index, own.Value);
        }
        return (LogIndex.Zero, Term.Zero);
    }

    /// <summary>Reads [from, to) up to a bound, at least one entry; false when compacted.</summary>
    public bool TryRead(LogIndex from, LogIndex to, long maxBytes, List<Entry> into)
    {
        Invariant.Check(to <= LastIndex.Next, $"{to} {LastIndex}");
        long bytes = 0;
        if (from < _cache.FirstIndex)
        {
            if (_installing is not null) return false;
            int had = into.Count;
            var end = to < _cache.FirstIndex ? to : _cache.FirstIndex;
            if (!_view.TryRead(from, end, maxBytes, into)) return false;
            for (int i = had; i < into.Count; i++) bytes += into[i].ChargedBytes;
            from = into.Count > had ? into[^1].Index.Next : from;
            if (from < end) return true;
        }
        for (var index = from; index < to; index = index.Next)
        {
            var entry = _cache[index];
            bytes += entry.ChargedBytes;
            if (bytes > maxBytes && into.Count > 0) break;
            into.Add(entry);
        }
        return true;
    }

    /// <summary>Term of the entry in front of the one named, from whatever this disk still holds of it; null when it holds nothing of it.</summary>
    public Term? TermBefore(EntryId entry)
    {
        if (entry.Index == LogIndex.Zero) return null;
        return (Matches(entry.Index, entry.Term) ? TermAt(entry.Index.Previous) : null) ?? _view.TermBefore(entry);
    }

    /// <summary>A copy of an entry that is not in the log, left over on a damaged disk.</summary>
    public Entry? ReadCopy(EntryId entry) => _view.ReadCopy(entry);

    /// <summary>Reads the entry named and those behind it up to <paramref name="last"/> and a bound, from the log or from what a damaged disk has left.</summary>
    public void ReadCopies(EntryId first, LogIndex last, long maxBytes, List<Entry> into)
    {
        if (last > LastIndex) last = LastIndex;
        bool inLog = first.Index.Value > 0 && first.Index <= last && Matches(first.Index, first.Term);
        if (inLog && TryRead(first.Index, last.Next, maxBytes, into)) return;
        long bytes = 0;
        for (var next = first; bytes < maxBytes && _view.ReadCopy(next) is { } copy; next = next with { Index = next.Index.Next })
        {
            into.Add(copy);
            bytes += copy.ChargedBytes;
        }
    }

    /// <summary>Appends one entry at the end.</summary>
    public void Append(Entry entry)
    {
        Invariant.Check(entry.Index == LastIndex.Next, $"{entry} after {LastIndex}");
        Invariant.Check(entry.Term >= LastTerm, $"{entry} after term {LastTerm}");
        _cache.Append(entry);
        LastStamp = entry.Stamp;
        if (entry.Kind == EntryKind.Membership) Memberships.Append(entry.Index, MembershipOf(entry));
    }

    /// <summary>
    /// Takes a leader's entries, which follow an entry that matched: those already held are skipped, a conflicting tail is cut off
    /// (thesis §3.5). True when the log was cut, with the index it was cut before.
    /// </summary>
    /// <param name="cutsAlways">A known bug (tests only): what is held already is cut off too.</param>
    public LogIndex? Merge(ImmutableArray<Entry> entries, bool cutsAlways = false)
    {
        LogIndex? cut = null;
        foreach (var entry in entries)
        {
            if (cut is null && entry.Index <= LastIndex)
            {
                if (Matches(entry.Index, entry.Term) && !(cutsAlways && entry.Index > Commit)) continue;
                Invariant.Check(entry.Index > Commit, $"{entry} conflicts below commit {Commit}");
                cut = entry.Index;
                CutFrom(entry.Index);
            }
            Append(entry);
        }
        return cut;
    }

    /// <summary>Moves the commit index forward; never back.</summary>
    public bool CommitTo(LogIndex index)
    {
        if (index <= Commit) return false;
        Invariant.Check(index <= LastIndex, $"commit {index} beyond the last entry {LastIndex}");
        Commit = index;
        return true;
    }

    /// <summary>Replaces everything by a snapshot that has arrived.</summary>
    public void Install(SnapshotMetadata snapshot)
    {
        Invariant.Check(snapshot.Index > Commit, $"{snapshot} {Commit}");
        _cache.Reset(snapshot.Index.Next);
        _installing = snapshot;
        _installHandedOut = false;
        Memberships.Reset(snapshot);
        LastStamp = snapshot.Stamp;
        Commit = _handedToApply = _handedToDisk = snapshot.Index;
        Persisted = LogIndex.Zero;
    }

    /// <summary>Whether entries or a snapshot wait to be handed to the disk.</summary>
    public bool HasUnhanded => _handedToDisk < LastIndex || (_installing is not null && !_installHandedOut);

    /// <summary>Hands out what must be made durable next.</summary>
    public (SnapshotMetadata? Snapshot, ImmutableArray<Entry> Entries) TakeUnhanded()
    {
        var snapshot = _installHandedOut ? null : _installing;
        _installHandedOut = _installing is not null;
        var entries = ImmutableArray.CreateBuilder<Entry>((int)(LastIndex - _handedToDisk));
        for (var index = _handedToDisk.Next; index <= LastIndex; index = index.Next) entries.Add(_cache[index]);
        _handedToDisk = LastIndex;
        return (snapshot, entries.MoveToImmutable());
    }

    /// <summary>All up to here is durable.</summary>
    public void PersistedTo(LogIndex index)
    {
        Invariant.Check(index <= LastIndex, $"{index} {LastIndex}");
        if (_installing is { } snapshot && index >= snapshot.Index) _installing = null;
        if (index > Persisted) Persisted = index;
        Evict();
    }

    /// <summary>Whether committed, durable entries wait to be handed to apply, and apply keeps up.</summary>
    public bool HasCommitted => _handedToApply < Applicable && _applyingBytes < _limits.ApplyInflightBytes;

    /// <summary>Hands out entries to apply.</summary>
    public ImmutableArray<Entry> TakeCommitted()
    {
        if (!HasCommitted) return [];
        var entries = new List<Entry>();
        Invariant.Check(TryRead(_handedToApply.Next, Applicable.Next, _limits.ApplyBytes, entries), $"entry {_handedToApply.Next} to apply is gone");
        long bytes = 0;
        foreach (var entry in entries) bytes += entry.ChargedBytes;
        Invariant.Check(entries[0].Index == _handedToApply.Next);
        _handedToApply = entries[^1].Index;
        _applying.Enqueue((_handedToApply, bytes));
        _applyingBytes += bytes;
        return [.. entries];
    }

    /// <summary>The state machine has applied all up to here.</summary>
    public void AppliedTo(LogIndex index)
    {
        Invariant.Check(index <= _handedToApply, $"applied {index}, handed out {_handedToApply}");
        while (_applying.TryPeek(out var batch) && batch.Last <= index) _applyingBytes -= _applying.Dequeue().Bytes;
        if (index > Applied) Applied = index;
        Evict();
    }

    /// <summary>Metadata for a snapshot of the state after an applied entry.</summary>
    public SnapshotMetadata MetadataAt(LogIndex index)
    {
        Invariant.Check(index <= Applied && index >= _view.Snapshot.Index, $"{index} applied {Applied} snapshot {_view.Snapshot.Index}");
        if (index == _view.Snapshot.Index) return _view.Snapshot;
        var one = new List<Entry>();
        Invariant.Check(TryRead(index, index.Next, 0, one), $"entry {index} is gone");
        return new SnapshotMetadata(index, one[0].Term, one[0].Stamp, Memberships.At(index));
    }

    /// <summary>The view's snapshot moved forward.</summary>
    public void Compacted() => Memberships.ForgetBefore(_view.Snapshot.Index);

    private LogIndex Applicable => Commit < Persisted ? Commit : Persisted;

    private void CutFrom(LogIndex from)
    {
        _cache.CutFrom(from);
        Memberships.CutFrom(from);
        if (_handedToDisk >= from) _handedToDisk = from.Previous;
        if (Persisted >= from) Persisted = from.Previous;
    }

    /// <summary>Keeps the cache within its bound; only what is not durable stays. What waits for a slow state machine is read from the disk again.</summary>
    private void Evict()
    {
        while (_cache.Bytes > _limits.CacheBytes && _cache.FirstIndex <= Persisted) _cache.DropFirst();
    }

    private void ReadMemberships()
    {
        var entries = new List<Entry>();
        var from = _view.FirstIndex;
        while (from <= _view.LastIndex)
        {
            entries.Clear();
            Invariant.Check(_view.TryRead(from, _view.LastIndex.Next, _limits.ApplyBytes, entries), $"entry {from} is gone");
            foreach (var entry in entries)
                if (entry.Kind == EntryKind.Membership && entry.Index > Memberships.CurrentIndex) Memberships.Append(entry.Index, MembershipOf(entry));
            LastStamp = entries[^1].Index >= Snapshot.Index ? entries[^1].Stamp : LastStamp;
            from = entries[^1].Index.Next;
        }
    }

    private static Membership MembershipOf(Entry entry) =>
        RaftCodec.TryReadMembership(entry.Payload, out var membership) ? membership : throw Invariant.Fail($"membership entry {entry.Index} cannot be read");
}
