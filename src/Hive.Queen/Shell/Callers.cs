using System.Collections.Concurrent;
using Hive.Queen.Core;

namespace Hive.Queen.Shell;

/// <summary>Callers that wait for the core's answer to their number.</summary>
internal sealed class Callers
{
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<CoreAnswer>> _waiting = new();
    private ulong _lastNumber;
    private volatile bool _stopped;

    public ulong NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>Registers a caller, hands its input to the core, and waits. A cancelled caller leaves; what it asked for goes on.</summary>
    public async ValueTask<CoreAnswer> Ask(ulong number, Func<bool> put, CancellationToken cancellation)
    {
        var source = new TaskCompletionSource<CoreAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[number] = source;
        if (_stopped || !put()) return Forget(number, new CoreAnswer(number, QueenCode.Stopped));
        if (!cancellation.CanBeCanceled) return await source.Task;
        try
        {
            return await source.Task.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            _waiting.TryRemove(number, out _);
            throw;
        }
    }

    public void Answer(in CoreAnswer answer)
    {
        if (_waiting.TryRemove(answer.Number, out TaskCompletionSource<CoreAnswer>? source)) source.TrySetResult(answer);
    }

    /// <summary>The member stops. What was proposed may or may not take effect.</summary>
    public void Stop()
    {
        _stopped = true;
        foreach (ulong number in _waiting.Keys) Answer(new CoreAnswer(number, QueenCode.TimedOut));
    }

    private CoreAnswer Forget(ulong number, CoreAnswer answer)
    {
        _waiting.TryRemove(number, out _);
        return answer;
    }
}
