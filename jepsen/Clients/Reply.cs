using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Clients;

/// <summary>A pair as the store holds it.</summary>
public sealed record Pair(string Key, string Value, long CreateRevision, long ModRevision, long Version, long Lease);

/// <summary>What a call to the etcd face came to.</summary>
/// <param name="Fate">Failed only when nothing can have changed.</param>
/// <param name="Held">Whether the conditions of a transaction held; of a deletion, whether there was anything; true of other calls that succeeded.</param>
public sealed record Reply(Outcome Fate, bool Held, IReadOnlyList<Pair> Pairs, long Revision, string Error)
{
    public bool IsOk => Fate == Outcome.Ok;

    /// <summary>The pair of a key; null when it is absent.</summary>
    public Pair? Find(string key) => Pairs.FirstOrDefault(p => p.Key == key);

    /// <summary>The text of a key, and the revision that a transaction compares; 0 and null when it is absent.</summary>
    public (string? Text, long ModRevision) Of(string key) => Find(key) is { } pair ? (pair.Value, pair.ModRevision) : (null, 0);
}

/// <summary>What a call about a lease came to. <paramref name="Seconds"/> is what the answer says is left; 0 or less: there is no such lease.</summary>
public sealed record LeaseReply(Outcome Fate, long Lease, long Seconds, long Revision, string Error);

/// <summary>What asking for a lock came to.</summary>
/// <param name="Key">The key that stands for holding it.</param>
/// <param name="Revision">The store's revision at which it was found to be held.</param>
public sealed record LockReply(Outcome Fate, string Key, long Revision, string Error);

/// <summary>What a member says of itself.</summary>
public sealed record MemberStatus(ulong Id, ulong Leader, ulong Term, long Revision)
{
    public bool Leads => Leader != 0 && Leader == Id;
}

/// <summary>One change that a watch told.</summary>
/// <param name="Value">Null: the key was deleted.</param>
/// <param name="Previous">What the key held before; null when nothing.</param>
public sealed record Change(string Key, string? Value, long CreateRevision, long ModRevision, long Version, string? Previous);

/// <summary>One message of a watch: created, some changes, a bookmark (no changes), or the end.</summary>
/// <param name="Revision">The revision in its header.</param>
/// <param name="CompactedAt">Of an end: the oldest revision that is kept, when that is why; else 0.</param>
public sealed record WatchMessage(bool Created, bool Ended, long Revision, long CompactedAt, IReadOnlyList<Change> Changes);
