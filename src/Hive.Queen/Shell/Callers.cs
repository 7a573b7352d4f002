using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Hive.Queen.Core;

namespace Hive.Queen.Shell;

/// <summary>Callers that wait for the core's answer to their number.</summary>
internal sealed class Callers
{
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<CoreAnswer>> _waiting = new();
    private ulong _lastNumber;
    private int _count;
    private volatile bool _stopped;

    /// <summary>Callers that wait now.</summary>
    public int Count => Volatile.Read(ref _count);

    public ulong NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>Registers a caller, hands its input to the core, and waits. A cancelled caller leaves; what it asked for goes on.</summary>
    public async ValueTask<CoreAnswer> Ask(ulong number, Func<bool> put, CancellationToken cancellation)
    {
        var source = new TaskCompletionSource<CoreAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[number] = source;
        Interlocked.Increment(ref _count);
        if (_stopped || !put()) return Forget(number, new CoreAnswer(number, QueenCode.Stopped));
        if (!cancellation.CanBeCanceled) return await source.Task;
        try
        {
            return await source.Task.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            TryRemove(number, out _);
            throw;
        }
    }

    public void Answer(in CoreAnswer answer)
    {
        if (TryRemove(answer.Number, out TaskCompletionSource<CoreAnswer>? source)) source.TrySetResult(answer);
    }

    /// <summary>The member stops. What was proposed may or may not take effect.</summary>
    public void Stop()
    {
        _stopped = true;
        foreach (ulong number in _waiting.Keys) Answer(new CoreAnswer(number, QueenCode.TimedOut));
    }

    private CoreAnswer Forget(ulong number, CoreAnswer answer)
    {
        TryRemove(number, out _);
        return answer;
    }

    private bool TryRemove(ulong number, [NotNullWhen(true)] out TaskCompletionSource<CoreAnswer>? source)
    {
        if (!_waiting.TryRemove(number, out source)) return false;
        Interlocked.Decrement(ref _count);
        return true;
    }
}
