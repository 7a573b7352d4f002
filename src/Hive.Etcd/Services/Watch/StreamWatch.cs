using Hive.Etcd.Messages;
using Hive.Store;

namespace Hive.Etcd.Services.Watch;

/// <summary>One watch on a stream. Used by the stream's pump alone, but for <see cref="TryMarkQueued"/>.</summary>
internal sealed class StreamWatch(long id, WatchCreateRequest request, Revision start)
{
    private int _queued;

    public long Id { get; } = id;

    /// <summary>First revision that the client is to hear of.</summary>
    public Revision Start { get; } = start;

    public bool WantsPrevious { get; } = request.PrevKv;
    public bool WantsFragments { get; } = request.Fragment;
    public bool WantsProgress { get; } = request.ProgressNotify;

    /// <summary>Who opened it; null: nobody had to say.</summary>
    public string? User { get; init; }

    /// <summary>Version of users and roles that were last found to allow it.</summary>
    public long AllowedBy { get; set; }

    /// <summary>What is watched.</summary>
    public required WatchQuery Query { get; init; }

    /// <summary>Set once the hub has opened it.</summary>
    public Watcher? Watcher { get; set; }

    /// <summary>Cancelled or compacted: what is still queued for it is nobody's.</summary>
    public bool IsOver { get; set; }

    /// <summary>The last look found nothing more to send.</summary>
    public bool IsDrained { get; set; }

    /// <summary>Something was sent since the last progress tick.</summary>
    public bool WasActive { get; set; } = true;

    /// <summary>True for the caller that is to put it on the ready queue: it stands there at most once.</summary>
    public bool TryMarkQueued() => Interlocked.Exchange(ref _queued, 1) == 0;

    /// <summary>Taken off the queue; what becomes ready from now on queues it again.</summary>
    public void MarkTaken() => Interlocked.Exchange(ref _queued, 0);
}
