using System.Threading.Tasks.Sources;
using Hive.Queen.Core;

namespace Hive.Queen.Shell;

/// <summary>One caller that waits: for the core's answer, or until it gives up.</summary>
internal sealed class Caller : IValueTaskSource<CoreAnswer>
{
    private ManualResetValueTaskSourceCore<CoreAnswer> _outcome;
    private int _decided;

    /// <summary>To be awaited once.</summary>
    public ValueTask<CoreAnswer> Waiting => new(this, _outcome.Version);

    /// <param name="here">The caller goes on on this thread, before this returns.</param>
    public void Answer(in CoreAnswer answer, bool here)
    {
        if (Interlocked.Exchange(ref _decided, 1) != 0) return;
        _outcome.RunContinuationsAsynchronously = !here;
        _outcome.SetResult(answer);
    }

    public void GiveUp(CancellationToken cancelled)
    {
        if (Interlocked.Exchange(ref _decided, 1) != 0) return;
        _outcome.RunContinuationsAsynchronously = true;
        _outcome.SetException(new OperationCanceledException(cancelled));
    }

    CoreAnswer IValueTaskSource<CoreAnswer>.GetResult(short token) => _outcome.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<CoreAnswer>.GetStatus(short token) => _outcome.GetStatus(token);

    void IValueTaskSource<CoreAnswer>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _outcome.OnCompleted(continuation, state, token, flags);
}
