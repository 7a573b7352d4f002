using System.Diagnostics;

namespace Hive.Jepsen.Histories;

/// <summary>Gathers what all processes did, on one monotonic clock; threads may call at once.</summary>
public sealed class Recorder
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<Operation> _operations = [];
    private readonly Lock _gate = new();
    private int _nextIndex;
    private int _nextProcess;

    /// <summary>Nanoseconds since the run began.</summary>
    public long Now => (long)Stopwatch.GetElapsedTime(_start).TotalNanoseconds;

    /// <summary>A process number that nobody had.</summary>
    public int NewProcess() => Interlocked.Increment(ref _nextProcess) - 1;

    /// <summary>The place in the history of an operation that is about to be invoked.</summary>
    public int Invoke() => Interlocked.Increment(ref _nextIndex) - 1;

    public void Complete(Operation operation)
    {
        lock (_gate) _operations.Add(operation);
    }

    /// <summary>All that was completed, by invocation.</summary>
    public Operation[] History()
    {
        lock (_gate) return [.. _operations.OrderBy(o => o.Index)];
    }
}
