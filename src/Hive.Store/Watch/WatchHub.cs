using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Hive.Store;

/// <summary>
/// Registers watchers and feeds them. Promises: Ordered, Unique, Atomic, Reliable, Resumable, Bookmarkable. A slow watcher is moved aside
/// and catches up from history; it never holds up apply or another watcher.
/// </summary>
public sealed class WatchHub
{
    /// <summary>
    /// Opens a watcher. <paramref name="onReady"/> is called (from the apply thread or from <see cref="Watcher.TryTake"/>; must not block)
    /// when a taker that found nothing may find something. A start in the future is allowed.
    /// </summary>
    public Watcher Open(WatchQuery query, Action onReady) => throw new NotImplementedException();
}

/// <summary>One open watch. Taken from by one thread at a time.</summary>
public sealed class Watcher : IDisposable
{
    /// <summary>Everything up to and including this revision was handed out (what a bookmark may carry).</summary>
    public Revision Progress => throw new NotImplementedException();

    /// <summary>
    /// Takes the next whole revisions, at most about <paramref name="maxBytes"/> (always at least one revision). False: nothing now,
    /// <c>onReady</c> will be called. Once <see cref="CompactedAt"/> is set the watcher is over.
    /// </summary>
    public bool TryTake(int maxBytes, [NotNullWhen(true)] out WatchBatch? batch) => throw new NotImplementedException();

    /// <summary>Set when what this watcher needs next was compacted: the cancel that must be sent instead of a gap.</summary>
    public Revision? CompactedAt => throw new NotImplementedException();

    public void Dispose() { }
}

/// <summary>Whole revisions in order.</summary>
/// <param name="Revision">The newest revision in it.</param>
public sealed record WatchBatch(Revision Revision, ImmutableArray<RevisionChanges> Changes);

