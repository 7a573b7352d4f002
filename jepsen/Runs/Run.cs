using System.Collections.Concurrent;
using Hive.Jepsen.Checkers;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Members;
using Hive.Jepsen.Nemeses;
using Hive.Jepsen.Workloads;

namespace Hive.Jepsen.Runs;

/// <summary>One run: members up, workers and nemesis at work, all healed, final reads, verdict.</summary>
public sealed class Run(RunOptions options, TextWriter console)
{
    private const int WorkersOfOneMember = 2;
    private const int WorkersOfAnyMember = 2;
    private const int FinalTries = 10;
    private static readonly TimeSpan ObserverPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private int Workers => options.Members * WorkersOfOneMember + WorkersOfAnyMember;

    /// <summary>Of one worker between two operations, at which the mean makes the rate.</summary>
    private TimeSpan LongestPause => TimeSpan.FromSeconds(2.0 * Workers / options.Rate);

    private Recorder _recorder = new();
    private IWorkload _workload = WorkloadCatalog.Create(options.Workload, new Recorder());

    /// <exception cref="MisuseException">Something that the run needs is missing.</exception>
    public async Task<RunResult> ExecuteAsync(CancellationToken cancellation)
    {
        string folder = Path.Combine(options.Store, $"{DateTime.UtcNow:yyyyMMdd'T'HHmmss'Z'}-{options.Workload}-{options.Nemesis}-{options.Members}-{options.Seed}");
        Directory.CreateDirectory(folder);
        MemberNeeds needs = _workload.Needs | NemesisCatalog.Needs(options.Nemeses.SelectMany(track => track));
        await using Cluster cluster = await Cluster.StartAsync(options.Hive, options.Fault, options.Members, needs, folder, cancellation);
        await console.WriteLineAsync($"{options.Members} members serve; {cluster.Network.Description}");
        // The clock starts with the workload.
        _recorder = new Recorder();
        _workload = WorkloadCatalog.Create(options.Workload, _recorder);
        using (MemberClient first = cluster.ConnectToAny(0)) await _workload.PrepareAsync(cluster, first, cancellation);
        var faults = new ConcurrentQueue<FaultSpan>();
        var probes = new Probes(cluster, _recorder);
        long from = _recorder.Now, until;
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var probing = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] observers = [.. _workload.Observers(options.Members, options.Seed).Select(o => ObserveAsync(cluster, o, watching.Token))];
        Task probed = probes.RunAsync(probing.Token);
        try
        {
            until = await WorkUntilTimeIsUpAsync(cluster, faults, cancellation);
            cancellation.ThrowIfCancellationRequested();
            await Task.WhenAll(Enumerable.Range(0, options.Members).Select(m => FinishAsync(cluster, m, cancellation)));
            watching.CancelAfter(ObserverPatience);
            await Task.WhenAll(observers);
        }
        finally
        {
            await watching.CancelAsync();
            await probing.CancelAsync();
            await Task.WhenAll([.. observers, probed]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        Operation[] history = _recorder.History();
        await console.WriteLineAsync($"checking {history.Length} operations");
        Verdict verdict = _workload.Check(history);
        FaultSpan[] spans = [.. faults.OrderBy(f => f.Until)];
        return new RunResult(options, folder, cluster.Network.Description, history, spans, cluster.Crashes(), verdict, Progress.LongestStall(history, from, until), [.. Progress.Recoveries(probes.Answers, spans)]);
    }

    /// <returns>When the clients were told to stop; faults are healed only after that.</returns>
    private async Task<long> WorkUntilTimeIsUpAsync(Cluster cluster, ConcurrentQueue<FaultSpan> faults, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] tracks = [.. options.Nemeses.Select((kinds, number) => new FaultTrack(cluster, kinds, number, options.Seed, _recorder, faults).RunAsync(stop.Token))];
        Task[] workers = [.. Enumerable.Range(0, Workers).Select(w => WorkAsync(cluster, w, stop.Token, cancellation))];
        await Task.Delay(options.Time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        long until = _recorder.Now;
        await stop.CancelAsync();
        await Task.WhenAll(tracks);
        await Task.WhenAll(workers);
        return until;
    }

    private async Task ObserveAsync(Cluster cluster, Observer observer, CancellationToken stop)
    {
        using MemberClient client = cluster.Connect(observer.Member);
        await observer.RunAsync(client, _recorder, stop);
    }

    /// <summary>One client: one operation at a time, always to the same member, but for those that fail over. A new process after an unknown outcome.</summary>
    private async Task WorkAsync(Cluster cluster, int worker, CancellationToken stop, CancellationToken cancellation)
    {
        bool failsOver = worker >= options.Members * WorkersOfOneMember;
        using MemberClient client = failsOver ? cluster.ConnectToAny(worker % options.Members) : cluster.Connect(worker % options.Members);
        var random = new Random(HashCodeOf(options.Seed, worker));
        int process = _recorder.NewProcess();
        while (!stop.IsCancellationRequested)
        {
            Outcome outcome = await PerformAsync(_workload.Next(random), client, process, cancellation);
            if (outcome == Outcome.Unknown) process = _recorder.NewProcess();
            TimeSpan pause = outcome == Outcome.Ok ? random.NextDouble() * LongestPause : PauseAfterFailure;
            await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The final reads through one member, each until it succeeds or the tries are used up.</summary>
    private async Task FinishAsync(Cluster cluster, int member, CancellationToken cancellation)
    {
        await cluster.UntilServingAsync(member, cancellation);
        using MemberClient client = cluster.Connect(member);
        int process = _recorder.NewProcess();
        foreach (Step step in _workload.Final())
        {
            for (int i = 0; i < FinalTries && await PerformAsync(step, client, process, cancellation) != Outcome.Ok; i++) await Task.Delay(PauseAfterFailure, cancellation);
        }
    }

    private async Task<Outcome> PerformAsync(Step step, MemberClient client, int process, CancellationToken cancellation)
    {
        int index = _recorder.Invoke();
        long invoked = _recorder.Now;
        Done done = await step.RunAsync(client, cancellation);
        _recorder.Complete(new Operation(index, process, step.Key, done.Action, done.Outcome, invoked, _recorder.Now) { Revision = done.Revision, Member = client.Member, Error = done.Error });
        return done.Outcome;
    }

    /// <summary>The same in every process, unlike <see cref="HashCode"/>.</summary>
    private static int HashCodeOf(int seed, int worker) => unchecked(seed * 1_000_003 + worker);
}
