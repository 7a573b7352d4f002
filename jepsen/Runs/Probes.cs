using System.Collections.Concurrent;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Members;

namespace Hive.Jepsen.Runs;

/// <summary>A member answered a linearizable read.</summary>
/// <param name="At">When, in nanoseconds of the run's clock.</param>
public readonly record struct Answer(string Member, long At);

/// <summary>
/// Asks every member the same small question again and again, whatever the workload does, so that it is known from when on each serves again: operations of
/// a workload may be slow by their nature, as one that waits for a lock. A question is asked on time whether the one before was answered or not.
/// </summary>
internal sealed class Probes(Cluster cluster, Recorder clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentQueue<Answer> _answers = [];

    public IReadOnlyCollection<Answer> Answers => _answers;

    /// <summary>Until it is told to stop.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, cluster.Size).Select(member => AskAsync(member, stop)));

    private async Task AskAsync(int member, CancellationToken stop)
    {
        using MemberClient client = cluster.Connect(member);
        var open = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            open.RemoveAll(question => question.IsCompletedSuccessfully);
            open.Add(AskOnceAsync(client, stop));
            await Task.Delay(Interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await Task.WhenAll(open);
    }

    private async Task AskOnceAsync(MemberClient client, CancellationToken stop)
    {
        Reply reply = await client.GetAsync("ready", stop);
        if (reply.IsOk) _answers.Enqueue(new Answer(client.Member, clock.Now));
    }
}
