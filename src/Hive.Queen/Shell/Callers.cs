using System.Collections.Concurrent;
using Hive.Queen.Core;

namespace Hive.Queen.Shell;

/// <summary>Callers that wait for the core's answer to their number.</summary>
internal sealed class Callers
{
    private readonly record struct Waiting(Caller Caller, bool IsBrief);

    private readonly ConcurrentDictionary<ulong, Waiting> _waiting = new();
    private ulong _lastNumber;
    private int _count;
    private volatile bool _stopped;

    /// <summary>Callers that wait now.</summary>
    public int Count => Volatile.Read(ref _count);

    public ulong NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>Registers a caller, hands its input to the core, and waits. A cancelled caller leaves; what it asked for goes on.</summary>
    /// <param name="isBrief">What it does with the answer is brief: it may go on on a thread of the queen.</param>
    public async ValueTask<CoreAnswer> Ask(ulong number, Func<bool> put, bool isBrief, CancellationToken cancellation)
    {
        var caller = new Caller();
        _waiting[number] = new Waiting(caller, isBrief);
        Interlocked.Increment(ref _count);
        if (_stopped || !put()) Answer(new CoreAnswer(number, QueenCode.Stopped), mayGoOnHere: false);
        if (!cancellation.CanBeCanceled) return await caller.Waiting;
        using CancellationTokenRegistration leaves = cancellation.UnsafeRegister(_ => Forget(number, cancellation), null);
        return await caller.Waiting;
    }

    /// <param name="mayGoOnHere">Callers that are brief may go on on this thread.</param>
    public void Answer(in CoreAnswer answer, bool mayGoOnHere)
    {
        if (!_waiting.TryRemove(answer.Number, out Waiting waiting)) return;
        Interlocked.Decrement(ref _count);
        waiting.Caller.Answer(answer, mayGoOnHere && waiting.IsBrief);
    }

    /// <summary>The member stops. What was proposed may or may not take effect.</summary>
    public void Stop()
    {
        _stopped = true;
        foreach (ulong number in _waiting.Keys) Answer(new CoreAnswer(number, QueenCode.TimedOut), mayGoOnHere: false);
    }

    private void Forget(ulong number, CancellationToken cancelled)
    {
        if (!_waiting.TryRemove(number, out Waiting waiting)) return;
        Interlocked.Decrement(ref _count);
        waiting.Caller.GiveUp(cancelled);
    }
}
