using System.Collections.Immutable;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Checkers;

/// <summary>
/// The promises of a watch, each under its own name: Ordered, Unique, Atomic, Reliable, Resumable, Bookmarkable; and that what is told is what
/// was written. What happened at each revision is known from all watches together and from the acknowledged writes.
/// </summary>
public static class WatchChecker
{
    public static Verdict Check(IEnumerable<Operation> history)
    {
        Operation[] operations = [.. history];
        var found = new Findings();
        Operation[] writes = [.. operations.Where(o => o.Action is Action.Store)];
        WatchSession[] sessions = [.. operations.Where(o => o.Action is Action.Watched).Select(o => new WatchSession(o))];
        RevisionLog reference = Reference(writes, sessions, found);
        foreach (WatchSession session in sessions) Judge(session, reference, found);
        Chain(reference, found);
        Writes(writes, reference, found);
        bool empty = !sessions.Any(s => s.Messages.Any(m => m.Changes.Count > 0));
        return new Verdict("watches", found.ToImmutable(), empty ? "no watch told of anything" : "");
    }

    /// <summary>What happened at each revision. Two watches that differ about it cannot both be right.</summary>
    private static RevisionLog Reference(Operation[] writes, WatchSession[] sessions, Findings found)
    {
        var reference = new SortedDictionary<long, SortedDictionary<string, Change>>();
        foreach (WatchSession session in sessions)
        {
            foreach (Change change in session.Messages.SelectMany(m => m.Changes))
            {
                if (!At(change.ModRevision).TryAdd(change.Key, change) && At(change.ModRevision)[change.Key] is var other && !Same(other, change))
                    found.Add("Consistent", $"at revision {change.ModRevision} {change.Key} became {Show(other)} for one watch and {Show(change)} for\n  {session.Operation}");
            }
        }
        foreach (Operation write in writes.Where(w => w is { Outcome: Outcome.Ok, Revision: > 0 }))
        {
            foreach ((string key, string? value) in ((Action.Store)write.Action).Changes)
            {
                var change = new Change(key, value, 0, write.Revision, 0, null);
                if (!At(write.Revision).TryAdd(key, change) && At(write.Revision)[key].Value != value)
                    found.Add("Consistent", $"watches were told that {key} became {Show(At(write.Revision)[key])} at revision {write.Revision}, but this was acknowledged there:\n  {write}");
            }
        }
        return new RevisionLog(reference);

        SortedDictionary<string, Change> At(long revision)
        {
            if (!reference.TryGetValue(revision, out SortedDictionary<string, Change>? changes)) reference[revision] = changes = new SortedDictionary<string, Change>(StringComparer.Ordinal);
            return changes;
        }
    }

    private static bool Same(Change one, Change other) =>
        (one.Value, one.CreateRevision, one.Version) == (other.Value, other.CreateRevision, other.Version) && (one.Previous is null || other.Previous is null || one.Previous == other.Previous);

    private static void Judge(WatchSession session, RevisionLog reference, Findings found)
    {
        var seen = new Dictionary<long, HashSet<string>>();
        long last = 0, bookmark = 0;
        foreach (WatchMessage message in session.Messages)
        {
            long finishedBefore = last;
            foreach (Change change in message.Changes)
            {
                long at = change.ModRevision;
                if (at < session.Start) found.Add("Resumable", $"told of revision {at}, which is before its start:\n  {session.Operation}");
                if (at < last) found.Add("Ordered", $"told of revision {at} ({Show(change)}) after revision {last}:\n  {session.Operation}");
                if (at <= bookmark) found.Add("Bookmarkable", $"told of revision {at} ({Show(change)}) after its bookmark said that all was told up to {bookmark}:\n  {session.Operation}");
                if (at == finishedBefore && at > 0) found.Add("Atomic", $"revision {at} is split between messages:\n  {session.Operation}");
                if (!seen.TryGetValue(at, out HashSet<string>? keys)) seen[at] = keys = new HashSet<string>(StringComparer.Ordinal);
                if (!keys.Add(change.Key)) found.Add("Unique", $"told twice of {change.Key} at revision {at}:\n  {session.Operation}");
                last = Math.Max(last, at);
            }
            if (message is { Changes.Count: 0, Created: false, Ended: false }) bookmark = Math.Max(bookmark, message.Revision);
        }
        Gaps(session, seen, last, bookmark, reference, found);
    }

    /// <summary>What the session must have told, up to the last revision that it told of or vouched for.</summary>
    private static void Gaps(WatchSession session, Dictionary<long, HashSet<string>> seen, long last, long bookmark, RevisionLog reference, Findings found)
    {
        long first = seen.Count > 0 ? seen.Keys.Min() : long.MaxValue, end = Math.Max(last, bookmark);
        foreach ((long revision, SortedDictionary<string, Change> changes) in reference.Between(session.Start, end))
        {
            if (!seen.TryGetValue(revision, out HashSet<string>? keys))
            {
                (string promise, string why) = revision > last ? ("Bookmarkable", $"though its bookmark vouches for all up to {bookmark}")
                    : revision < first ? ("Resumable", $"though it began at {session.Start}") : ("Reliable", $"though it told of {first} before and of {last} after");
                found.Add(promise, $"not told of revision {revision} ({string.Join(", ", changes.Values.Select(Show))}), {why}:\n  {session.Operation}");
            }
            else if (changes.Keys.FirstOrDefault(k => !keys.Contains(k)) is { } missing)
            {
                found.Add("Atomic", $"told of {string.Join(", ", keys)} at revision {revision}, but not of {missing}:\n  {session.Operation}");
            }
        }
    }

    /// <summary>From one change of a key to the next: versions go up by one, and what was before is what the next says was before.</summary>
    private static void Chain(RevisionLog reference, Findings found)
    {
        var before = new SortedDictionary<string, Change>(StringComparer.Ordinal);
        foreach (Change change in reference.Changes)
        {
            if (before.TryGetValue(change.Key, out Change? last) && last.Version > 0 && last.Value is not null && change.Version == last.Version + 1)
            {
                if (change.Previous is not null && change.Previous != last.Value) found.Add("Previous", $"{Show(change)} at revision {change.ModRevision} says that {change.Previous} was before, but revision {last.ModRevision} made it {Show(last)}");
                if (change.CreateRevision != last.CreateRevision) found.Add("Previous", $"{Show(change)} at revision {change.ModRevision} says that it was created at {change.CreateRevision}, but at revision {last.ModRevision} that was {last.CreateRevision}");
            }
            before[change.Key] = change;
        }
    }

    /// <summary>What was told was written by somebody, and not by somebody who failed.</summary>
    private static void Writes(Operation[] writes, RevisionLog reference, Findings found)
    {
        var writers = new Dictionary<string, Operation>(StringComparer.Ordinal);
        foreach (Operation write in writes)
        {
            foreach ((_, string? value) in ((Action.Store)write.Action).Changes)
            {
                if (value is not null) writers[value] = write;
            }
        }
        foreach (Change change in reference.Changes.Where(c => c.Value is not null))
        {
            if (!writers.TryGetValue(change.Value!, out Operation? writer)) found.Add("Unexpected", $"{Show(change)} at revision {change.ModRevision}: nobody wrote that");
            else if (writer.Outcome == Outcome.Failed) found.Add("Unexpected", $"{Show(change)} at revision {change.ModRevision} was told, but its write failed:\n  {writer}");
        }
    }

    private static string Show(Change change) => change.Value is null ? $"{change.Key} deleted" : $"{change.Key} := {change.Value}";

    /// <summary>Everything that is known to have happened, by revision.</summary>
    private sealed class RevisionLog(SortedDictionary<long, SortedDictionary<string, Change>> known)
    {
        private readonly long[] _revisions = [.. known.Keys];
        private readonly SortedDictionary<string, Change>[] _changes = [.. known.Values];

        public IEnumerable<Change> Changes => _changes.SelectMany(c => c.Values);

        public IEnumerable<(long Revision, SortedDictionary<string, Change> Changes)> Between(long from, long to)
        {
            int found = Array.BinarySearch(_revisions, from);
            for (int i = found < 0 ? ~found : found; i < _revisions.Length && _revisions[i] <= to; i++) yield return (_revisions[i], _changes[i]);
        }
    }

    /// <summary>A watch, as it was lived through.</summary>
    private sealed class WatchSession(Operation operation)
    {
        public Operation Operation => operation;

        public ImmutableArray<WatchMessage> Messages { get; } = ((Action.Watched)operation.Action).Messages;

        /// <summary>The first revision that it must tell of; past all when it was never created.</summary>
        public long Start { get; } = StartOf((Action.Watched)operation.Action);

        private static long StartOf(Action.Watched watched)
        {
            if (watched.Start > 0) return watched.Start;
            WatchMessage? created = watched.Messages.FirstOrDefault(m => m.Created);
            return created is null ? long.MaxValue : created.Revision + 1;
        }
    }
}
