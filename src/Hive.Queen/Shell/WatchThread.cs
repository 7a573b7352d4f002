using Hive.Store;

namespace Hive.Queen.Shell;

/// <summary>Tells watchers that there is something for them, so that apply need not: ten thousand of them must not hold up the next entry.</summary>
internal sealed class WatchThread
{
    private readonly WatchHub _hub;
    private readonly Inbox<bool> _inbox = new();

    public WatchThread(WatchHub hub)
    {
        _hub = hub;
        hub.WakeRequested = () => _inbox.Put(true);
    }

    public void Close() => _inbox.Close();

    public void Run()
    {
        while (_inbox.Take(Timeout.InfiniteTimeSpan, out _))
        {
            _inbox.Release();
            _hub.WakeReady();
        }
    }
}
