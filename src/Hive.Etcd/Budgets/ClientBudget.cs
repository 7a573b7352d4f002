namespace Hive.Etcd.Budgets;

/// <summary>What one client has under way, bounded, and how often it was refused. Used from many threads.</summary>
internal sealed class ClientBudget(string address, string? certificate, EtcdLimits limits, Action<ClientBudget> refused)
{
    private long _requests;
    private long _bytes;
    private long _refused;

    /// <summary>Where it calls from.</summary>
    public string Address { get; } = address;

    /// <summary>The user last seen from it, else the name in its certificate, else empty.</summary>
    public string User { get; set; } = certificate ?? "";

    public long Requests => Volatile.Read(ref _requests);
    public long Bytes => Volatile.Read(ref _bytes);
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>When it was last named in the log, as a time stamp of the time provider; 0: never.</summary>
    public long NamedAt;

    /// <summary>Takes a place for one call, to be given back with <see cref="End"/>. False: it has as many under way as it may.</summary>
    public bool TryBegin()
    {
        if (Interlocked.Increment(ref _requests) <= limits.RequestsPerClient) return true;
        Interlocked.Decrement(ref _requests);
        return Refuse();
    }

    /// <summary>Takes bytes for a call that has begun, to be given back with <see cref="End"/>. False: there are not so many left.</summary>
    public bool TryCharge(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= limits.RequestBytesPerClient) return true;
        Interlocked.Add(ref _bytes, -bytes);
        return Refuse();
    }

    /// <summary>The call has ended, with so many bytes charged.</summary>
    public void End(long charged)
    {
        if (charged != 0) Interlocked.Add(ref _bytes, -charged);
        var left = Interlocked.Decrement(ref _requests);
        Invariant.Check(left >= 0, $"{Address} has {left} calls under way");
    }

    private bool Refuse()
    {
        Interlocked.Increment(ref _refused);
        refused(this);
        return false;
    }
}
