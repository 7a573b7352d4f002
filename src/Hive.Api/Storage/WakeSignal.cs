namespace Hive.Api.Storage;

/// <summary>Wakes one waiter; sets that come before the wait, or several at once, count as one. <see cref="Set"/> never blocks.</summary>
public sealed class WakeSignal
{
    private readonly SemaphoreSlim _set = new(0, 1);
    private int _raised;

    public void Set()
    {
        if (Interlocked.Exchange(ref _raised, 1) == 0) _set.Release();
    }

    public async ValueTask WaitAsync(CancellationToken cancellation)
    {
        await _set.WaitAsync(cancellation);
        Volatile.Write(ref _raised, 0);
    }

    /// <summary>False: nothing was set within the time.</summary>
    public async ValueTask<bool> WaitAsync(TimeSpan time, CancellationToken cancellation)
    {
        if (!await _set.WaitAsync(time, cancellation)) return false;
        Volatile.Write(ref _raised, 0);
        return true;
    }

}
