using System.Collections.Immutable;
using Hive.Drone.Desired;
using Hive.Drone.Fence;
using Hive.Drone.Journal;
using Hive.Drone.Pods;
using Hive.Drone.Status;
using Hive.Objects;

namespace Hive.Drone;

/// <summary>
/// The drone without threads, clocks, disk or sockets: <see cref="Step"/> takes what happened, <see cref="TakeReady"/> gives what is to be done.
/// It runs on with what it last knew when no queen answers.
/// </summary>
public sealed class DroneNode
{
    private readonly NodeFacts _node;
    private readonly LeaseClock _clock = new();
    private readonly SortedDictionary<PodUid, PodDesk> _pods = [];

    /// <summary>Pods that are done with here while the API still holds them (for somebody's finalizer): they are not taken up again.</summary>
    private readonly SortedSet<PodUid> _finished = [];
    private readonly List<JournalEntry> _persist = [];
    private readonly List<Order> _orders = [];
    private readonly List<PodEvent> _events = [];
    private readonly List<string> _notices = [];
    private Revision _highest;
    private Revision _current;
    private bool _completed;
    private LeaseId _session;
    private HostTime? _renewAt;
    private long _lastBatch;
    private long? _batchInFlight;
    private DroneNow _now;

    /// <param name="restored">What the journal of an earlier process of this drone holds.</param>
    /// <param name="deadline">Until when that process knew its session alive; null when there was none.</param>
    public DroneNode(NodeFacts node, JournalState restored, HostTime? deadline, DroneNow now)
    {
        _node = node;
        _now = now;
        _highest = restored.Highest;
        if (deadline is { } known) _clock.Restore(known);
        foreach ((PodUid uid, JournalState.PodEntry entry) in restored.Pods)
        {
            _pods[uid] = new PodDesk(uid) { Desired = entry.Desired, Wanted = !entry.Gone, Memory = PodMemory.New with { Record = entry.Record }, Persisted = entry.Record };
        }
    }

    /// <summary>Until when the session certainly lives; null when none was ever held.</summary>
    public HostTime? SessionDeadline => _clock.Deadline;

    /// <summary>The lease under which this drone reports; none while it holds no session.</summary>
    public LeaseId Session => _session;

    /// <summary>Pods known here, in the order of their UIDs.</summary>
    public IEnumerable<(PodUid Uid, DesiredPod? Desired, PodMemory Memory, ObservedPod? Observed)> Pods =>
        _pods.Values.Select(p => (p.Uid, p.Desired, p.Memory, p.Observed));

    /// <summary>Takes in one thing that happened. Total: nothing that the world can say is an error here.</summary>
    public void Step(DroneInput input, DroneNow now)
    {
        if (now.Host > _now.Host) _now = now;
        switch (input)
        {
            case DroneInput.Wanted { Message: DesiredMessage.Complete complete }: TakeComplete(complete); break;
            case DroneInput.Wanted { Message: DesiredMessage.Delta delta }: TakeDelta(delta); break;
            case DroneInput.Seen seen: TakeSeen(seen); break;
            case DroneInput.Done done: TakeDone(done); break;
            case DroneInput.SessionOpened opened: TakeSession(opened); break;
            case DroneInput.Renewed renewed: _clock.Renewed(renewed.Sequence, renewed.TimeToLive); break;
            case DroneInput.SessionLost: (_session, _renewAt) = (LeaseId.None, null); break;
            case DroneInput.Reported reported: TakeReported(reported); break;
            case DroneInput.Tick: break;
        }
    }

    /// <summary>Plans what must be planned, and hands over all that is to be done.</summary>
    public DroneReady TakeReady()
    {
        HostTime? wake = null;
        foreach (PodDesk desk in _pods.Values.ToArray())
        {
            bool fenced = desk.Desired is { Unique: true } && _clock.Passed(_now.Host);
            if (fenced != desk.Memory.Fenced)
            {
                desk.Memory = desk.Memory with { Fenced = fenced };
                desk.Dirty = true;
                if (fenced) _notices.Add($"the session is not certain any more: {desk.Desired!.FullName} must be unique and is stopped");
            }
            if (desk.Desired is { Unique: true }) wake = HostTime.Earlier(wake, _clock.Deadline is { } deadline && deadline > _now.Host ? deadline : null);
            if (desk.WakeAt is { } due && due <= _now.Host) desk.Dirty = true;
            if (desk.Dirty) Plan(desk);
            wake = HostTime.Earlier(wake, desk.WakeAt);
        }
        RenewRequest? renew = null;
        if (_renewAt is { } at && at <= _now.Host)
        {
            renew = _clock.Send(_now.Host);
            _renewAt = _now.Host + DroneLimits.RenewEvery;
        }
        wake = HostTime.Earlier(wake, _renewAt);
        var ready = new DroneReady([.. _persist], [.. _orders], [.. _events], NextReport(), renew, [.. _notices], wake);
        _persist.Clear();
        _orders.Clear();
        _events.Clear();
        _notices.Clear();
        return ready;
    }

    private void TakeComplete(DesiredMessage.Complete complete)
    {
        if (complete.At < _highest)
        {
            _notices.Add($"refused: a complete set of pods at revision {complete.At}, when {_highest} was reached before. Was the cluster restored from an old state? Pods run on; to take the old state, stop the drone and remove its journal");
            return;
        }
        var named = new SortedSet<PodUid>();
        foreach (DesiredPod pod in complete.Pods)
        {
            named.Add(pod.Uid);
            Accept(pod);
        }
        foreach (PodDesk desk in _pods.Values)
        {
            if (named.Contains(desk.Uid)) continue;
            Drop(desk);
            // What nobody knows was only quarantined until now.
            desk.Dirty = true;
        }
        _finished.IntersectWith(named);
        _completed = true;
        _current = complete.At;
        _highest = complete.At;
        _persist.Add(new JournalEntry.Reached(complete.At));
    }

    private void TakeDelta(DesiredMessage.Delta delta)
    {
        if (!_completed || delta.AppliesTo != _current || delta.ResultsIn < delta.AppliesTo)
        {
            _notices.Add($"refused: news from revision {delta.AppliesTo} to {delta.ResultsIn} does not follow {_current}");
            return;
        }
        foreach (DesiredPod pod in delta.Put) Accept(pod);
        foreach (PodUid uid in delta.Gone)
        {
            _finished.Remove(uid);
            if (_pods.TryGetValue(uid, out PodDesk? desk)) Drop(desk);
        }
        _current = delta.ResultsIn;
        if (_current > _highest) _highest = _current;
    }

    private void Accept(DesiredPod pod)
    {
        if (_finished.Contains(pod.Uid)) return;
        bool isNew = !_pods.TryGetValue(pod.Uid, out PodDesk? desk);
        desk ??= _pods[pod.Uid] = new PodDesk(pod.Uid);
        if (desk.Desired is { } known && known.At > pod.At) return;
        // Most news of a pod is the echo of its own status: not worth a write to disk.
        bool same = desk.Desired is { } old && old.Deleting == pod.Deleting && old.Grace == pod.Grace && desk.Wanted
            && HiveJson.Write(old.Pod.Spec).AsSpan().SequenceEqual(HiveJson.Write(pod.Pod.Spec));
        if (isNew && pod.Pod.Status.Phase is PodPhase.Succeeded or PodPhase.Failed && desk.Memory.Record.Terminal is null)
        {
            // This drone's disk was lost: what had ended must not run again.
            PodStatus ended = pod.Pod.Status;
            desk.Memory = desk.Memory with { Record = desk.Memory.Record with { Terminal = new TerminalPhase(ended.Phase, ended.Reason, ended.Message) } };
        }
        PodStatus status = desk.Status is { } own ? StatusMerge.Over(own, pod.Pod.Status) : pod.Pod.Status;
        // What the API shows now is what was written last, by whomever.
        if (desk.Sent is null) desk.Acknowledged = HiveJson.Write(pod.Pod.Status);
        desk.Desired = pod with { Pod = pod.Pod with { Status = status } };
        desk.Wanted = true;
        desk.Dirty = true;
        desk.Acknowledged ??= HiveJson.Write(pod.Pod.Status);
        if (!same) _persist.Add(new JournalEntry.Accepted(desk.Desired));
    }

    private void Drop(PodDesk desk)
    {
        if (!desk.Wanted || desk.Desired is null) return;
        desk.Wanted = false;
        desk.Dirty = true;
        _persist.Add(new JournalEntry.Gone(desk.Uid));
    }

    private void TakeSeen(DroneInput.Seen seen)
    {
        var found = new SortedSet<PodUid>();
        foreach (ObservedPod pod in seen.Pods)
        {
            found.Add(pod.Uid);
            if (!_pods.TryGetValue(pod.Uid, out PodDesk? desk)) desk = _pods[pod.Uid] = new PodDesk(pod.Uid);
            Look(desk, pod with { AsOf = seen.AsOf });
        }
        foreach (PodDesk desk in _pods.Values)
        {
            if (!found.Contains(desk.Uid)) Look(desk, ObservedPod.Absent(desk.Uid, desk.Desired?.Namespace ?? "", desk.Desired?.Name ?? "", seen.AsOf));
        }
    }

    private static void Look(PodDesk desk, ObservedPod pod)
    {
        if (desk.Observed is { } before && before.AsOf >= pod.AsOf) return;
        bool changed = desk.Observed is not { } old || old.Sandbox != pod.Sandbox || !old.Containers.SequenceEqual(pod.Containers)
            || old.AsOf < desk.Memory.TrustFrom;
        desk.Observed = pod;
        desk.Dirty |= changed;
    }

    private void TakeDone(DroneInput.Done done)
    {
        if (!_pods.TryGetValue(done.Order.Pod, out PodDesk? desk)) return;
        ObservedPod observed = desk.Observed ?? ObservedPod.Absent(desk.Uid, "", "", 0);
        PodPlan settled = PodPlanner.Settle(desk.Desired, observed, desk.Memory, done.Order, done.Outcome, done.AsOf, _node, _now);
        desk.Memory = settled.Memory;
        _events.AddRange(settled.Events);
        desk.Dirty = true;
    }

    private void TakeSession(DroneInput.SessionOpened opened)
    {
        _session = opened.Lease;
        // The queens may have answered a lease that is older than the question: only a renewal says until when it lives.
        _renewAt = _now.Host;
        _batchInFlight = null;
    }

    private void TakeReported(DroneInput.Reported reported)
    {
        if (_batchInFlight != reported.Batch) return;
        _batchInFlight = null;
        foreach (ReportOutcome outcome in reported.Outcomes)
        {
            if (!_pods.TryGetValue(outcome.Uid, out PodDesk? desk) || desk.Sent is not { } sent) continue;
            desk.Sent = null;
            if (outcome.Fate == ReportFate.Committed) desk.Acknowledged = sent;
            if (outcome.Fate == ReportFate.Gone) Drop(desk);
            if (outcome.Fate == ReportFate.Fenced) (_session, _renewAt) = (LeaseId.None, null);
            if (outcome.Fate is ReportFate.Committed or ReportFate.Gone && desk.SentRemoved)
            {
                desk.Memory = desk.Memory with { Released = true };
                desk.Dirty = true;
            }
        }
        foreach (PodDesk desk in _pods.Values) desk.Sent = null;
    }

    private void Plan(PodDesk desk)
    {
        desk.Dirty = false;
        desk.WakeAt = null;
        // Until the first look nothing is known of the runtime; until a complete set nobody may be called unknown.
        if (desk.Observed is not { } observed || (desk.Desired is null && !_completed)) return;
        PodPlan plan = PodPlanner.Plan(desk.Desired, desk.Wanted, observed, desk.Memory, _node, _now);
        desk.Memory = plan.Memory;
        desk.WakeAt = plan.LookAgainAt;
        _events.AddRange(plan.Events);
        if (!desk.Memory.Record.Equals(desk.Persisted))
        {
            desk.Persisted = desk.Memory.Record;
            _persist.Add(new JournalEntry.Remembered(desk.Uid, desk.Memory.Record));
        }
        // A unique pod starts under the session that is certain now, or not at all.
        HostTime? startBefore = desk.Desired is { Unique: true } ? _clock.Deadline : null;
        _orders.AddRange(plan.Orders.Select(order => order is Order.StartContainer start ? start with { StartBefore = startBefore } : order));
        if (plan.Status is { } status && desk.Desired is { } desired)
        {
            byte[] shown = HiveJson.Write(status);
            if (desk.Status is null || !shown.AsSpan().SequenceEqual(desk.Shown))
            {
                (desk.Status, desk.Shown) = (status, shown);
                desk.Desired = desired with { Pod = desired.Pod with { Status = status } };
            }
        }
        if (desk.Memory.Record.Stage != PodStage.Cleaned) return;
        _pods.Remove(desk.Uid);
        if (desk.Wanted && desk.Desired is not null) _finished.Add(desk.Uid);
        _persist.Add(new JournalEntry.Forgotten(desk.Uid));
    }

    private StatusBatch? NextReport()
    {
        if (_batchInFlight is not null || _session.IsNone) return null;
        var reports = ImmutableArray.CreateBuilder<PodReport>();
        foreach (PodDesk desk in _pods.Values)
        {
            if (reports.Count == DroneLimits.StatusesPerBatch) break;
            if (desk.Desired is not { } desired || !desk.Wanted || desk.Status is not { } status || desk.Memory.Released) continue;
            bool removed = desired.Deleting && desk.Memory.Record.Stage >= PodStage.Stopped;
            if (!removed && desk.Acknowledged is { } known && known.AsSpan().SequenceEqual(desk.Shown)) continue;
            desk.Sent = desk.Shown;
            desk.SentRemoved = removed;
            reports.Add(new PodReport(desk.Uid, desired.Namespace, desired.Name, status, removed));
        }
        if (reports.Count == 0) return null;
        _batchInFlight = ++_lastBatch;
        return new StatusBatch(_lastBatch, _session, reports.ToImmutable());
    }

    /// <summary>All that the drone holds of one pod.</summary>
    private sealed class PodDesk(PodUid uid)
    {
        public PodUid Uid => uid;
        public DesiredPod? Desired { get; set; }
        public bool Wanted { get; set; } = true;
        public ObservedPod? Observed { get; set; }
        public PodMemory Memory { get; set; } = PodMemory.New;
        public PodRecord? Persisted { get; set; }
        public PodStatus? Status { get; set; }

        /// <summary>The status as JSON: what the API would show, what it is known to show, and what is on its way.</summary>
        public byte[] Shown { get; set; } = [];
        public byte[]? Acknowledged { get; set; }
        public byte[]? Sent { get; set; }
        public bool SentRemoved { get; set; }
        public bool Dirty { get; set; } = true;
        public HostTime? WakeAt { get; set; }
    }
}
