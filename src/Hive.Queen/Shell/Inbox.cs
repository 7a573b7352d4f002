using System.Runtime.ExceptionServices;

namespace Hive.Queen.Shell;

/// <summary>
/// Work that is done in order by one thread at a time, put in by many: by a thread of its own, or by whichever thread brings work while nobody is at it, which
/// spares waking another. All that is there is taken at once: what comes together is done together.
/// </summary>
/// <param name="held">Its own thread begins, and nobody may before it.</param>
internal sealed class Inbox<T>(bool held = false)
{
    private readonly object _gate = new();
    private List<T> _items = [];
    private List<T> _spare = [];
    private bool _held = held;
    private bool _ownerWaits;
    private bool _closed;
    private ExceptionDispatchInfo? _fault;

    /// <summary>Wakes nobody: the caller sees to it (<see cref="Wake"/>, <see cref="TryTake"/>). False once closed.</summary>
    public bool Add(T item)
    {
        lock (_gate)
        {
            if (_closed) return false;
            _items.Add(item);
            return true;
        }
    }

    /// <summary>Adds, and wakes its own thread when nobody is at it. False once closed.</summary>
    public bool Put(T item)
    {
        lock (_gate)
        {
            if (_closed) return false;
            _items.Add(item);
            if (_items.Count == 1 && !_held) Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Wakes its own thread when there is something and nobody is at it: who is at it looks again before it lets go.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            if (_items.Count > 0 && !_held) Monitor.Pulse(_gate);
        }
    }

    /// <summary>For its own thread: takes all, waiting up to a time-out for the first. The caller is at it until <see cref="Release"/>. False: closed and empty.</summary>
    /// <exception cref="Exception">What <see cref="Break"/> was given.</exception>
    public bool Take(TimeSpan timeout, out List<T> taken)
    {
        lock (_gate)
        {
            if (_items.Count == 0 && !_closed && timeout != TimeSpan.Zero) Monitor.Wait(_gate, timeout);
            while (_held)
            {
                _ownerWaits = true;
                Monitor.Wait(_gate);
            }
            _ownerWaits = false;
            _held = true;
            _fault?.Throw();
            taken = Swap();
            return taken.Count > 0 || !_closed;
        }
    }

    /// <summary>For any thread: takes all when there is something and nobody is at it. The caller is at it until <see cref="Release"/>.</summary>
    public bool TryTake(out List<T> taken)
    {
        lock (_gate)
        {
            taken = _spare;
            if (_held || _closed || _items.Count == 0) return false;
            _held = true;
            taken = Swap();
            return true;
        }
    }

    /// <summary>For who is at it: takes what came meanwhile.</summary>
    public bool TryTakeMore(out List<T> taken)
    {
        lock (_gate)
        {
            bool some = _items.Count > 0 && !_closed;
            taken = some ? Swap() : _spare;
            return some;
        }
    }

    /// <summary>For who is at it: lets go, and leaves what came meanwhile to its own thread.</summary>
    public void Release()
    {
        lock (_gate) LetGo();
    }

    /// <summary>For who is at it: it failed. Nothing more is taken, and its own thread meets the exception.</summary>
    public void Break(Exception error)
    {
        lock (_gate)
        {
            _fault = ExceptionDispatchInfo.Capture(error);
            _closed = true;
            LetGo();
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

    private List<T> Swap()
    {
        List<T> taken = _items;
        // Only who is at it has seen the other list, and is done with it.
        _spare.Clear();
        (_items, _spare) = (_spare, taken);
        return taken;
    }

    private void LetGo()
    {
        _held = false;
        if (_items.Count > 0 || _ownerWaits || _closed) Monitor.PulseAll(_gate);
    }
}
