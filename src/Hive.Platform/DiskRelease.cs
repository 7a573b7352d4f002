using Microsoft.Win32.SafeHandles;

namespace Hive.Platform;

/// <summary>
/// Gives back the room of deleted files a little at a time. A file of a gigabyte that is deleted in one call holds up every sync of the file system until all its blocks
/// are free and, on a device that is told, discarded: 0.7 s was seen, while clients waited for the journal.
/// </summary>
internal sealed class DiskRelease
{
    /// <summary>Bytes that are given back at once.</summary>
    public const int StepBytes = 4 * 1024 * 1024;

    /// <summary>
    /// How long the file system is left alone after a step: shorter only when it would then not be done <see cref="Within"/>. With rests of only twice
    /// a step, syncs waited for up to 0.9 s now and then, every two seconds: a device that is told of free blocks seems to be told of all that were freed meanwhile, and to answer nobody until it is done.
    /// </summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Within = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<SafeFileHandle> _waiting = new();
    private readonly ManualResetEventSlim _wantedAtOnce = new();
    private readonly ManualResetEventSlim _idle = new(initialState: true);
    private long _pendingBytes;

    /// <summary>Bytes that will be free, and are not yet.</summary>
    public long PendingBytes => Interlocked.Read(ref _pendingBytes);

    /// <summary>Steps taken so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Takes over the only handle of a file that has no name any more.</summary>
    public void Take(SafeFileHandle file)
    {
        lock (_gate)
        {
            Interlocked.Add(ref _pendingBytes, RandomAccess.GetLength(file));
            _waiting.Enqueue(file);
            if (!_idle.IsSet) return;
            _idle.Reset();
        }
        new Thread(Run) { IsBackground = true, Name = "disk release" }.Start();
    }

    /// <summary>Gives everything back now, and returns when it is free. False: there was nothing.</summary>
    public bool ReleaseAll()
    {
        lock (_gate)
        {
            if (_idle.IsSet) return false;
            _wantedAtOnce.Set();
        }
        _idle.Wait();
        return true;
    }

    /// <summary>How long to rest after a step while so many bytes are to be given back.</summary>
    internal static TimeSpan RestOf(long pendingBytes)
    {
        TimeSpan share = Within * ((double)StepBytes / pendingBytes);
        return share < Rest ? share : Rest;
    }

    private void Run()
    {
        while (true)
        {
            SafeFileHandle? file;
            lock (_gate)
            {
                if (!_waiting.TryDequeue(out file))
                {
                    _wantedAtOnce.Reset();
                    _idle.Set();
                    return;
                }
            }
            using (file) Release(file);
        }
    }

    private void Release(SafeFileHandle file)
    {
        long left = RandomAccess.GetLength(file);
        try
        {
            while (left > 0 && !_wantedAtOnce.IsSet)
            {
                long next = Math.Max(0, left - StepBytes);
                RandomAccess.SetLength(file, next);
                Libc.SyncData(file, "a deleted file");
                Interlocked.Add(ref _pendingBytes, next - left);
                left = next;
                Steps++;
                if (left > 0) _wantedAtOnce.Wait(RestOf(PendingBytes));
            }
        }
        catch (IOException)
        {
            // Closing it is what remains to be done. A device that fails is noticed by whoever relies on it.
        }
        Interlocked.Add(ref _pendingBytes, -left);
    }
}
