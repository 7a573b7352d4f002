using System.Collections.Immutable;
using System.Threading.Channels;
using Hive.Store;

namespace Hive.Control.Shell;

/// <summary>
/// Runs a <see cref="ControlNode"/> in a queen: feeds it what apply makes, leadership, results and time, and proposes what it orders. One loop
/// owns the node; all else only puts messages into its inbox.
/// </summary>
public sealed class ControlLoop : IAsyncDisposable
{
    private readonly IControlHost _host;
    private readonly ControlNode _node;
    private readonly ModelFeed _feed;
    private readonly Channel<ControlInput> _inbox = Channel.CreateUnbounded<ControlInput>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _news = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private volatile Exception? _failure;

    /// <param name="controllers">The rules to run; see <see cref="StandardControllers"/>.</param>
    public ControlLoop(IControlHost host, ControllerCatalog controllers, ControlLimits limits, IControlObserver? observer = null)
    {
        _host = host;
        _node = new ControlNode(controllers, limits, new StoreCounters(host.Store.Snapshot), observer);
        _feed = new ModelFeed(host.Store, limits.FeedRevisions, Ring);
    }

    /// <summary>Ends when the loop is disposed, or with the exception of a bug: the queen must not go on without its control plane.</summary>
    public Task Completion => _running;

    public void Start() => _running = RunBothAsync();

    /// <summary>Neither loop goes on without the other.</summary>
    private async Task RunBothAsync()
    {
        Task[] loops = [RunAsync(_stopping.Token), FollowLeadershipAsync(_stopping.Token)];
        await Task.WhenAny(loops);
        await _stopping.CancelAsync();
        await Task.WhenAll(loops);
    }

    public async ValueTask DisposeAsync()
    {
        _feed.Dispose();
        await _stopping.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // The way in which both loops end.
        }
        _stopping.Dispose();
        _news.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        // Leaves the caller's thread: building the model from a large store takes a while.
        await Task.Yield();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_failure is { } failure) throw new InvalidOperationException("a proposal of the control plane failed", failure);
            if (_feed.Take(_node.Model.At) is { } fed) _node.Step(fed);
            while (_inbox.Reader.TryRead(out var input)) _node.Step(input);
            _node.Step(new ControlInput.Tick(_host.Now));
            var ready = _node.TakeReady();
            // Each ends in the inbox, or in _failure: this loop sees the end of all of them.
            foreach (var batch in ready.Propose) _ = ProposeAsync(batch, cancellation);
            await WaitAsync(ready.WakeAt, cancellation);
        }
    }

    /// <summary>Until there is news or the deadline is due, whichever comes first.</summary>
    private async Task WaitAsync(LogTime? wakeAt, CancellationToken cancellation)
    {
        if (wakeAt is not { } at)
        {
            await _news.WaitAsync(cancellation);
            return;
        }
        var pause = at - _host.Now.Log;
        if (pause <= TimeSpan.Zero) pause = TimeSpan.Zero;
        else if (pause > LongestPause) pause = LongestPause;
        // One more millisecond, so that a timer that fires early does not make an extra turn.
        await _news.WaitAsync(pause == TimeSpan.Zero ? TimeSpan.Zero : pause + TimeSpan.FromMilliseconds(1), cancellation);
    }

    /// <summary>Log time and this machine's time may part: the deadline is looked at again at least so often.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private async Task FollowLeadershipAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var scope = await _host.WaitForLeadershipAsync(cancellation);
            Post(new ControlInput.Lead(scope.Term, scope.FirstOfTerm, _host.Now));
            var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using (scope.Lost.Register(lost.SetResult)) await lost.Task.WaitAsync(cancellation);
#if HIVE_FAULTS
            if (KnownFault.Is(KnownFault.ControlWithoutFence)) continue;
#endif
            Post(new ControlInput.StandDown(scope.Term));
        }
    }

    /// <summary>Every batch is answered by exactly one Decided, whatever happens to it.</summary>
    private async Task ProposeAsync(ControlBatchCommand batch, CancellationToken cancellation)
    {
        ControlProposal proposal;
        try
        {
            proposal = await _host.ProposeAsync(batch, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
        catch (Exception failure)
        {
            _failure = failure;
            Ring();
            return;
        }
        var outcomes = (proposal.Applied?.Result as ControlBatchResult)?.Outcomes ?? ImmutableArray<DecisionOutcome>.Empty;
        var fate = proposal.Applied?.Error == StoreError.Fenced ? BatchFate.Fenced : proposal.Fate;
        var at = proposal.Applied?.Revision ?? Revision.Zero;
        Post(new ControlInput.Decided(new BatchResult(batch.Header.Leadership, batch.Header.Sequence, fate, at, outcomes)));
    }

    private void Post(ControlInput input)
    {
        // The inbox holds at most one result for each batch in flight, and leadership's comings and goings.
        Invariant.Check(_inbox.Writer.TryWrite(input));
        Ring();
    }

    private void Ring()
    {
        try
        {
            if (_news.CurrentCount == 0) _news.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another rang at the same moment: one ring is enough.
        }
    }
}
