using System.Collections.Immutable;
using Hive.Store;

namespace Hive.Control;

/// <summary>
/// The control plane without threads, clocks or sockets: inputs by <see cref="Step"/>, orders by <see cref="TakeReady"/>, in the manner of
/// the consensus core. On every member it keeps the model hot; in the scope of a leadership it also decides.
/// <para>Three rules keep decisions safe (CONTROL.md §0, each is necessary): a key in flight is not decided again before its outcome
/// is visible in the model; apply refuses a batch whose term is not its entry's; a scope starts only when the model has reached the first
/// entry of its own term.</para>
/// </summary>
public sealed class ControlNode
{
    /// <summary>Moves when any rule does that decides where pods go, so that a recorded decision is replayed under its own rules.</summary>
    public const uint RulesVersion = 1;

    private sealed class Scope(Term term, Revision firstOfTerm)
    {
        public Term Term { get; } = term;
        public Revision FirstOfTerm { get; } = firstOfTerm;
        public bool IsOpen;
        public long Sequence;
        /// <summary>A batch of unknown fate is settled by any later one: entries of one leader are applied in the order of proposal.</summary>
        public LogTime? BarrierAt;
        public readonly SortedDictionary<long, (IReadOnlyList<WorkItem> Items, bool Unknown)> InFlight = [];
    }

    private readonly ImmutableArray<IController> _controllers;
    private readonly ControlLimits _limits;
    private readonly IHiddenCounters _hidden;
    private readonly IControlObserver? _observer;
    private readonly WorkQueue _queue;
    private Scope? _scope;
    private Stamp _now;

    /// <param name="hidden">Hidden counters of this member's store; they may be ahead of the model, never behind it.</param>
    public ControlNode(ControllerCatalog catalog, ControlLimits limits, IHiddenCounters hidden, IControlObserver? observer = null)
    {
        _controllers = catalog.Controllers;
        _limits = limits;
        _hidden = hidden;
        _observer = observer;
        _queue = new WorkQueue(limits);
    }

    /// <summary>The decoded cluster as this member has applied it.</summary>
    public ClusterModel Model { get; } = new();

    /// <summary>The term in which this node decides; null while it does not.</summary>
    public Term? DecidingIn => _scope is { IsOpen: true } scope ? scope.Term : null;

    /// <summary>True when nothing is waiting, in flight, or due before the horizon.</summary>
    public bool IsQuiet(LogTime horizon) => _scope is null or { IsOpen: true, InFlight.Count: 0 } && _queue.IsIdle(horizon);

    public void Step(ControlInput input)
    {
        switch (input)
        {
            case ControlInput.Applied applied: OnApplied(applied); break;
            case ControlInput.Rebuilt rebuilt: OnRebuilt(rebuilt); break;
            case ControlInput.Decided decided: OnDecided(decided.Result); break;
            case ControlInput.Tick tick: Advance(tick.Now); break;
            case ControlInput.Lead lead: OnLead(lead); break;
            case ControlInput.StandDown down: if (_scope?.Term == down.Term) EndScope(); break;
            default: throw Invariant.Fail($"unknown input {input}");
        }
    }

    /// <summary>Decides what is ready, at the model's revision, and hands out what is to be proposed.</summary>
    public ControlReady TakeReady()
    {
        if (_scope is not { IsOpen: true } scope) return ControlReady.Nothing;
        _queue.Advance(_now.Log, Model.At);
        var batches = ImmutableArray.CreateBuilder<ControlBatchCommand>();
        var view = new View(Model, scope.Term);
        int budget = _limits.KeysPerTurn;
        while (scope.InFlight.Count < _limits.BatchesInFlight && budget > 0 && _queue.HasReady)
        {
            var batch = new BatchBuilder(_limits);
            while (!batch.IsFull && budget > 0 && _queue.TryTake(_now.Log, out var item)) budget -= Decide(item, view, batch);
            if (batch.IsEmpty) break;
            batches.Add(Propose(scope, batch));
        }
        if (scope.BarrierAt <= _now.Log)
        {
            scope.BarrierAt = null;
            batches.Add(Propose(scope, new BatchBuilder(_limits)));
        }
        bool more = _queue.HasReady && scope.InFlight.Count < _limits.BatchesInFlight;
        return new ControlReady(batches.ToImmutable(), more ? _now.Log : Earlier(_queue.NextDeadline, scope.BarrierAt));
    }

    private static LogTime? Earlier(LogTime? left, LogTime? right) => left is not { } one || right is not { } two ? left ?? right : one < two ? one : two;

    private ControlBatchCommand Propose(Scope scope, BatchBuilder batch)
    {
        long sequence = ++scope.Sequence;
        scope.InFlight.Add(sequence, (batch.Items, false));
        return batch.Build(new DecisionHeader(scope.Term, sequence, Model.At, _now, RulesVersion));
    }

    /// <summary>Reconciles one key (or, for a batch controller, all its ready keys). Answers with the number of keys used up.</summary>
    private int Decide(in WorkItem item, View view, BatchBuilder batch)
    {
        var controller = _controllers[item.Controller];
        if (controller is IBatchController together) return DecideTogether(item, together, view, batch);
        Plan plan;
        try
        {
            plan = controller.Reconcile(view, item.Key, _now);
        }
        catch (Exception failure) when (!_limits.Rethrow)
        {
            _observer?.ReconcileFailed(controller.Name, item.Key, failure);
            _queue.Failed(item, _now.Log);
            return 1;
        }
        Enqueue(item, plan, batch);
        return 1;
    }

    private int DecideTogether(in WorkItem first, IBatchController controller, View view, BatchBuilder batch)
    {
        List<WorkItem> items = [first];
        while (_queue.TryTakeSame(first, _now.Log, out var next)) items.Add(next);
        var keys = items.ConvertAll(item => item.Key);
        Plan?[] plans;
        try
        {
            plans = controller.ReconcileMany(view, keys, _now, batch.Room);
        }
        catch (Exception failure) when (!_limits.Rethrow)
        {
            _observer?.ReconcileFailed(controller.Name, first.Key, failure);
            foreach (var item in items) _queue.Failed(item, _now.Log);
            controller.Open(view, _hidden);
            return items.Count;
        }
        int used = 0;
        for (int i = 0; i < items.Count; i++)
        {
            if (plans[i] is { } plan && (plan.IsEmpty || !batch.IsFull))
            {
                if (!Enqueue(items[i], plan, batch)) controller.Rejected(keys[i]);
                used++;
                continue;
            }
            if (plans[i] is not null) controller.Rejected(keys[i]);
            _queue.PutBack(items[i]);
        }
        return Math.Max(1, used);
    }

    /// <summary>False: the plan met another of the same entry, and its key goes again once that one is visible.</summary>
    private bool Enqueue(in WorkItem item, Plan plan, BatchBuilder batch)
    {
        if (plan.IsEmpty)
        {
            _queue.Done(item, plan.LookAgainAt, _now.Log);
            return true;
        }
        if (batch.TryAdd(item, plan))
        {
            _queue.Proposed(item, plan.LookAgainAt);
            return true;
        }
        // Two plans of one view want the same object. The first is about to change it, and that change wakes whoever watches the object;
        // the second need only wait until the model has moved on.
        _queue.Proposed(item, null);
        _queue.Settled(item, committed: false, Model.At.Next, _now.Log);
        return false;
    }

    private void OnApplied(ControlInput.Applied applied)
    {
        foreach (var revision in applied.Changes)
        {
            Advance(revision.Stamp);
            var changes = Model.Apply(revision);
            if (_scope is { IsOpen: true } scope) WakeFor(changes, new View(Model, scope.Term));
        }
        TryOpen();
    }

    private void OnRebuilt(ControlInput.Rebuilt rebuilt)
    {
        Model.Load(rebuilt.Snapshot);
        Advance(rebuilt.Snapshot.Stamp);
        if (_scope is { IsOpen: true } scope) LookAtEverything(scope);
        else TryOpen();
    }

    private void OnLead(ControlInput.Lead lead)
    {
        EndScope();
        Advance(lead.Now);
        _scope = new Scope(lead.Term, lead.FirstOfTerm);
        TryOpen();
    }

    private void OnDecided(BatchResult result)
    {
        if (_scope is not { IsOpen: true } scope || scope.Term != result.Leadership) return;
        if (!scope.InFlight.Remove(result.Sequence, out var proposed)) return;
        switch (result.Fate)
        {
            case BatchFate.Fenced:
                EndScope();
                return;
            case BatchFate.Unknown:
                scope.InFlight.Add(result.Sequence, (proposed.Items, true));
                scope.BarrierAt = _now.Log;
                return;
            case BatchFate.NotProposed:
                foreach (var item in proposed.Items) Settle(item, committed: false, Revision.Zero);
                // It may have been the barrier: another is needed as long as a fate is unknown, but not at once.
                if (scope.InFlight.Values.Any(entry => entry.Unknown)) scope.BarrierAt = _now.Log + _limits.HoldBack;
                return;
            default:
                SettleUnknownBefore(scope, result);
                Invariant.Check(result.Outcomes.Length == proposed.Items.Count);
                for (int i = 0; i < proposed.Items.Count; i++) Settle(proposed.Items[i], result.Outcomes[i] == DecisionOutcome.Committed, result.At);
                return;
        }
    }

    private void SettleUnknownBefore(Scope scope, BatchResult result)
    {
        foreach (var (sequence, earlier) in scope.InFlight.Where(entry => entry.Key < result.Sequence && entry.Value.Unknown).ToArray())
        {
            scope.InFlight.Remove(sequence);
            foreach (var item in earlier.Items) Settle(item, committed: false, result.At);
        }
    }

    private void Settle(in WorkItem item, bool committed, Revision visibleFrom)
    {
        if (!committed && _controllers[item.Controller] is IBatchController together) together.Rejected(item.Key);
        _queue.Settled(item, committed, visibleFrom, _now.Log);
    }

    private void TryOpen()
    {
        if (_scope is not { IsOpen: false } scope || Model.At < scope.FirstOfTerm) return;
        scope.IsOpen = true;
        LookAtEverything(scope);
        _observer?.ScopeOpened(scope.Term, Model.At);
    }

    /// <summary>Wakes every key of every controller, as if all objects had just been created; what is in flight stays so.</summary>
    private void LookAtEverything(Scope scope)
    {
        var view = new View(Model, scope.Term);
        for (int i = 0; i < _controllers.Length; i++)
        {
            (_controllers[i] as IBatchController)?.Open(view, _hidden);
        }
        for (int i = 0; i < _controllers.Length; i++)
        {
            var list = new WakeList(_queue, _controllers[i].Band, i, _now.Log);
            _controllers[i].Begin(view, list);
            foreach (var stored in Model.Everything()) _controllers[i].Wake(new Change(stored.Key, null, stored, Model.At), view, list);
        }
    }

    private void WakeFor(List<Change> changes, View view)
    {
        for (int i = 0; i < _controllers.Length; i++)
        {
            var controller = _controllers[i];
            var list = new WakeList(_queue, controller.Band, i, _now.Log);
            foreach (var change in changes)
            {
                (controller as IBatchController)?.Observe(change, view, _hidden);
                controller.Wake(change, view, list);
            }
        }
    }

    private void EndScope()
    {
        if (_scope is not { } scope) return;
        _scope = null;
        _queue.Clear();
        foreach (var controller in _controllers) (controller as IBatchController)?.Close();
        if (scope.IsOpen) _observer?.ScopeEnded(scope.Term);
    }

    private void Advance(Stamp now)
    {
        _now = new Stamp(now.Log > _now.Log ? now.Log : _now.Log, now.Wall.Ticks > _now.Wall.Ticks ? now.Wall : _now.Wall);
    }

    private sealed class WakeList(WorkQueue queue, Band band, int controller, LogTime now) : IWakeList
    {
        public void Add(ObjectKey key) => queue.Wake(new WorkItem(band, controller, key), now, now);
    }
}
