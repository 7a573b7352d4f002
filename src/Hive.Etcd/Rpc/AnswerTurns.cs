namespace Hive.Etcd.Rpc;

/// <summary>
/// Turns for answers that are too large to be made at once. Only few are worked on at any moment (<see cref="EtcdLimits.LargeAnswersAtOnce"/>), a piece each in the order in which
/// they asked, so that a small call waits for a piece or two, however many clients read much. While other calls come, or entries are applied, turns rest longer than they
/// worked: the processors, too, are shared with what is small. When nobody else is there they do not rest.
/// </summary>
/// <param name="appliedIndex">The last entry applied: what other members' clients write is work of this one too.</param>
internal sealed class AnswerTurns(EtcdLimits limits, TimeProvider time, Func<LogIndex> appliedIndex)
{
    private readonly SemaphoreSlim _free = new(limits.LargeAnswersAtOnce);
    private long _calls;

    // Guarded by _gate: work since the last rest; when others were last seen, and what was counted then.
    private readonly Lock _gate = new();
    private TimeSpan _worked;
    private (long Calls, LogIndex Applied) _seen;
    private long? _othersAt;

    /// <summary>Counts a call, of whatever size.</summary>
    public void CallBegins() => Interlocked.Increment(ref _calls);

    /// <summary>
    /// Waits for a turn, and in it for a thread of the pool, behind the small calls that wait for one. It lasts until it is disposed. Nothing may be waited for in it: least of all
    /// a client, who may not be reading.
    /// </summary>
    public async ValueTask<Turn> TakeAsync(CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation);
        await Task.Yield();
        return new Turn(this, time.GetTimestamp());
    }

    /// <summary>Takes the next part of an answer in a turn of its own.</summary>
    public async ValueTask<bool> MoveNextAsync<T>(IEnumerator<T> parts, CancellationToken cancellation)
    {
        await using var turn = await TakeAsync(cancellation);
        return parts.MoveNext();
    }

    private async ValueTask EndAsync(TimeSpan worked)
    {
        try
        {
            if (RestAfter(worked) is { } rest) await Task.Delay(rest, time);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Null: not yet, or nobody else is there.</summary>
    private TimeSpan? RestAfter(TimeSpan worked)
    {
        lock (_gate)
        {
            _worked += worked;
            if (_worked < limits.LargeAnswerWork) return null;
            var rest = _worked * limits.LargeAnswerRest;
            _worked = TimeSpan.Zero;
            if (!OthersAreThere()) return null;
            return rest < limits.LargeAnswerLongestRest ? rest : limits.LargeAnswerLongestRest;
        }
    }

    private bool OthersAreThere()
    {
        var now = (Volatile.Read(ref _calls), appliedIndex());
        if (now != _seen) (_seen, _othersAt) = (now, time.GetTimestamp());
        return _othersAt is { } at && time.GetElapsedTime(at) < limits.OthersPresence;
    }

    /// <summary>A turn that was taken.</summary>
    public readonly struct Turn(AnswerTurns turns, long began) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => turns.EndAsync(turns.Elapsed(began));
    }

    private TimeSpan Elapsed(long began) => time.GetElapsedTime(began);
}
