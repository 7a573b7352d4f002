namespace Hive.Queen.Shell;

/// <summary>What one thread has to do, put in by many. All that is there is taken at once: what comes together is done together.</summary>
internal sealed class Inbox<T>
{
    private readonly object _gate = new();
    private List<T> _items = [];
    private bool _closed;

    /// <summary>False once closed.</summary>
    public bool Put(T item)
    {
        lock (_gate)
        {
            if (_closed) return false;
            _items.Add(item);
            if (_items.Count == 1) Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Takes all, waiting up to a time-out for the first. <paramref name="empty"/> takes its place. False: closed and empty.</summary>
    public bool Take(TimeSpan timeout, List<T> empty, out List<T> taken)
    {
        lock (_gate)
        {
            if (_items.Count == 0 && !_closed && timeout != TimeSpan.Zero) Monitor.Wait(_gate, timeout);
            taken = _items;
            _items = empty;
            return taken.Count > 0 || !_closed;
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }
}
