using System.Collections.Immutable;
using System.Threading.Channels;
using Hive.Drone.Desired;
using Hive.Drone.Fence;
using Hive.Drone.Pods;
using Hive.Drone.Runtimes;

namespace Hive.Drone.Shell;

/// <summary>What others may read of the pods at any time: the state after the last turn.</summary>
internal sealed record PodView(PodUid Uid, DesiredPod? Desired, PodMemory Memory, ObservedPod? Observed);

/// <summary>
/// The one owner of the <see cref="DroneNode"/>: takes inputs from all sides, and does what it says in the order in which it says it: journal, then orders,
/// then reports. Everything that takes time runs beside it and comes back as an input.
/// </summary>
internal sealed class DroneLoop
{
    private static readonly TimeSpan LongestNap = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SessionRetry = TimeSpan.FromMilliseconds(500);
    private readonly DroneNode _node;
    private readonly DroneJournal _journal;
    private readonly IContainerRuntime _runtime;
    private readonly OrderCarrier _carrier;
    private readonly IQueenLink _link;
    private readonly EventSender _events;
    private readonly DeadlineFile _deadline;
    private readonly DroneOptions _options;
    private readonly string _bootId;
    private readonly Channel<DroneInput> _inputs = Channel.CreateBounded<DroneInput>(new BoundedChannelOptions(DroneLimits.InputsWaiting) { SingleReader = true });
    private readonly SemaphoreSlim _orderRoom = new(DroneLimits.OrdersAtOnce);
    private readonly SemaphoreSlim _probeRoom = new(DroneLimits.ProbesAtOnce);
    private readonly List<Task> _running = [];
    private long _moment;
    private Task? _session;
    private string? _nodeUid;
    private ImmutableArray<PodView> _view = [];
    private bool _runtimeWell = true;
    private string _sessionProblem = "";

    public DroneLoop(
        DroneNode node, DroneJournal journal, IContainerRuntime runtime, OrderCarrier carrier, IQueenLink link, EventSender events, DeadlineFile deadline,
        DroneOptions options, string bootId)
    {
        (_node, _journal, _runtime, _carrier, _link, _events, _deadline, _options, _bootId) = (node, journal, runtime, carrier, link, events, deadline, options, bootId);
    }

    /// <summary>State after the last turn; safe to read from anywhere.</summary>
    public ImmutableArray<PodView> View => _view;

    /// <summary>True while a session is held: the queens count this drone as alive.</summary>
    public bool HasSession { get; private set; }

    /// <summary>True while the runtime answers.</summary>
    public bool RuntimeWell => Volatile.Read(ref _runtimeWell);

    /// <summary>A session was opened, or the runtime came or went: the node's status is to be posted again.</summary>
    public event Action? NodeChanged;

    /// <summary>The node is registered under this UID; sessions may be opened.</summary>
    public void Registered(string nodeUid)
    {
        Volatile.Write(ref _nodeUid, nodeUid);
        _inputs.Writer.TryWrite(new DroneInput.Tick());
    }

    /// <summary>Runs until cancelled; then waits for what it started.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await using var alarm = new Timer(_ => _inputs.Writer.TryWrite(new DroneInput.Tick()));
        Task looking = OwnAsync(LookAsync(cancellation), cancellation);
        Task following = OwnAsync(FollowAsync(cancellation), cancellation);
        try
        {
            while (await _inputs.Reader.WaitToReadAsync(cancellation))
            {
                while (_inputs.Reader.TryRead(out DroneInput? input)) _node.Step(input, Now());
                DroneReady ready = _node.TakeReady();
                Carry(ready, cancellation);
                TimeSpan nap = ready.WakeAt is { } at ? GracePeriod.Left(at, HostCalls.Boottime()) : LongestNap;
                alarm.Change(nap < LongestNap ? nap + TimeSpan.FromMilliseconds(1) : LongestNap, Timeout.InfiniteTimeSpan);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The daemon is going down; containers run on.
            HasSession = false;
        }
        await Task.WhenAll([looking, following, _session ?? Task.CompletedTask, .. _running]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Carry(DroneReady ready, CancellationToken cancellation)
    {
        _journal.Append(ready.PersistFirst);
        if (_node.SessionDeadline is { } deadline) _deadline.Write(deadline);
        _running.RemoveAll(t => t.IsCompleted);
        foreach (string notice in ready.Notices) _options.Log(notice);
        foreach (Order order in ready.Orders) _running.Add(OwnAsync(CarryAsync(order, cancellation), cancellation));
        foreach (PodEvent news in ready.Events) _events.Send(news);
        if (ready.Report is { } report) _running.Add(OwnAsync(ReportAsync(report, cancellation), cancellation));
        if (ready.Renew is { } renew) _running.Add(OwnAsync(RenewAsync(renew, _node.Session, cancellation), cancellation));
        HasSession = !_node.Session.IsNone && _node.SessionDeadline is { } until && until > HostCalls.Boottime();
        if (_node.Session.IsNone && Volatile.Read(ref _nodeUid) is { } uid && _session is null or { IsCompleted: true }) _session = OwnAsync(OpenSessionAsync(uid, cancellation), cancellation);
        _view = [.. _node.Pods.Select(p => new PodView(p.Uid, p.Desired, p.Memory, p.Observed))];
    }

    /// <summary>What fails beside the loop in a way that nobody expects fails the loop: a drone that goes on blind would be worse than none.</summary>
    private async Task OwnAsync(Task work, CancellationToken cancellation)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
        catch (Exception failure)
        {
            _inputs.Writer.TryComplete(failure);
        }
    }

    private async Task CarryAsync(Order order, CancellationToken cancellation)
    {
        // A stop may take as long as a pod's grace, and must not wait for the stops of others.
        SemaphoreSlim? room = order switch
        {
            Order.Probe => _probeRoom,
            Order.StopContainer or Order.RunHook => null,
            _ => _orderRoom,
        };
        if (room is not null) await room.WaitAsync(cancellation);
        OrderOutcome outcome;
        try
        {
            outcome = await _carrier.CarryAsync(order, cancellation);
        }
        finally
        {
            room?.Release();
        }
        await _inputs.Writer.WriteAsync(new DroneInput.Done(order, outcome, NextMoment()), cancellation);
        // Only a look that begins after this moment may be planned on.
        if (order is not Order.Probe) _runtime.Poke();
    }

    private async Task ReportAsync(StatusBatch batch, CancellationToken cancellation)
    {
        LinkAnswer<ImmutableArray<ReportOutcome>> answer = await _link.ReportAsync(_options.NodeName, batch, cancellation);
        if (!answer.Ok)
        {
            _options.Log($"pod statuses were not taken: {answer.Problem}");
            await Task.Delay(DroneLimits.FirstRetry, cancellation);
        }
        await _inputs.Writer.WriteAsync(new DroneInput.Reported(batch.Number, answer.Ok ? answer.Value : []), cancellation);
    }

    private async Task RenewAsync(RenewRequest request, LeaseId lease, CancellationToken cancellation)
    {
        LinkAnswer<TimeSpan> answer = await _link.RenewAsync(_options.NodeName, lease, request.Sequence, cancellation);
        if (answer.Ok)
        {
            DroneInput input = answer.Value > TimeSpan.Zero ? new DroneInput.Renewed(request.Sequence, answer.Value) : new DroneInput.SessionLost();
            await _inputs.Writer.WriteAsync(input, cancellation);
        }
    }

    private async Task OpenSessionAsync(string nodeUid, CancellationToken cancellation)
    {
        LinkAnswer<SessionGrant> answer = await _link.OpenSessionAsync(_options.NodeName, nodeUid, _bootId, cancellation);
        if (answer.Ok)
        {
            _sessionProblem = "";
            NodeChanged?.Invoke();
            await _inputs.Writer.WriteAsync(new DroneInput.SessionOpened(answer.Value.Lease), cancellation);
            return;
        }
        if (answer.Problem != _sessionProblem) _options.Log($"no session: {answer.Problem}");
        _sessionProblem = answer.Problem;
        // The node was deleted, or registered anew under another UID.
        if (answer.Fate is LinkFate.NotFound or LinkFate.Conflict) NodeChanged?.Invoke();
        await Task.Delay(SessionRetry, cancellation);
        _inputs.Writer.TryWrite(new DroneInput.Tick());
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            long asOf = NextMoment();
            try
            {
                ImmutableArray<ObservedPod> pods = await _runtime.ListOwnAsync(cancellation);
                if (!RuntimeWell) Tell(true, "the container runtime answers again");
                await _inputs.Writer.WriteAsync(new DroneInput.Seen(asOf, pods), cancellation);
            }
            catch (Exception failure) when (failure is RuntimeUnavailableException or IOException or UnauthorizedAccessException)
            {
                if (RuntimeWell) Tell(false, failure.Message);
            }
            await _runtime.WaitForChangeAsync(DroneLimits.LookEvery, cancellation);
        }
    }

    private void Tell(bool well, string words)
    {
        Volatile.Write(ref _runtimeWell, well);
        _options.Log(words);
        NodeChanged?.Invoke();
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        string last = "";
        await foreach (DesiredNews news in _link.FollowPodsAsync(_options.NodeName, _journal.State.Highest, cancellation))
        {
            if (news.Message is { } message) await _inputs.Writer.WriteAsync(new DroneInput.Wanted(message), cancellation);
            else if (news.Problem != last) _options.Log($"the queens cannot be followed, pods run on: {news.Problem}");
            last = news.Problem;
        }
    }

    private long NextMoment() => Interlocked.Increment(ref _moment);

    private static DroneNow Now() => new(HostCalls.Boottime(), new WallTime(DateTime.UtcNow.Ticks));
}
