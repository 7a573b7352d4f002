using Hive.Queen.Core;

namespace Hive.Queen.Shell;

/// <summary>Leadership of this member for those who work under it: opens and ends scopes, lets callers wait for one.</summary>
internal sealed class Leadership : IDisposable
{
    private readonly Lock _gate = new();
    private TaskCompletionSource<LeadershipScope> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource? _lost;
    private bool _stopped;

    public Task<LeadershipScope> WaitAsync(CancellationToken cancellation)
    {
        Task<LeadershipScope> next;
        lock (_gate) next = _next.Task;
        return next.WaitAsync(cancellation);
    }

    /// <summary>Called on the loop's thread. What hangs on a scope's token is told elsewhere: a slow listener must not hold up the loop.</summary>
    public void Change(in ScopeChange change)
    {
        lock (_gate)
        {
            if (_stopped) return;
            if (change.FirstOfTerm is { } revision)
            {
                _lost = new CancellationTokenSource();
                _next.TrySetResult(new LeadershipScope(change.Term, revision, _lost.Token));
            }
            else
            {
                End();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            End();
            _next.TrySetCanceled();
        }
    }

    private void End()
    {
        if (_lost is not { } lost) return;
        _lost = null;
        _next = new TaskCompletionSource<LeadershipScope>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = lost.CancelAsync();
    }
}
