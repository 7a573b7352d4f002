using System.Diagnostics;

namespace Hive.Benchmarks.Etcd.Workloads;

/// <summary>
/// Does something at a steady rate, as soon after it is due as a thread that sleeps can. The runtime's timers tell time by the kernel's tick (4 ms, where it beats 250 times a second): beside them, what was due
/// waits for 5 ms in the middle, and no figure below that means anything.
/// </summary>
internal static class SteadyPace
{
    /// <summary>Between two looks at what is due.</summary>
    private const int LookMilliseconds = 1;

    /// <param name="goOn">Asked before each look, with how often it was done so far.</param>
    /// <param name="act">Is told which it is, from 0, and when it was due (<see cref="Stopwatch"/> ticks).</param>
    /// <returns>How often it was done.</returns>
    public static Task<int> RunAsync(double perSecond, Func<int, bool> goOn, Action<int, long> act, CancellationToken cancellation) => Task.Factory.StartNew(
        () =>
        {
            var began = Stopwatch.GetTimestamp();
            var done = 0;
            while (goOn(done))
            {
                cancellation.ThrowIfCancellationRequested();
                var due = (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * perSecond);
                for (; done < due && goOn(done); done++) act(done, began + (long)(done / perSecond * Stopwatch.Frequency));
                Thread.Sleep(LookMilliseconds);
            }
            return done;
        },
        cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
