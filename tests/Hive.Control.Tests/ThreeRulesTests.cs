using System.Buffers;
using System.Collections.Immutable;
using Hive.Control.Controllers;
using Hive.Objects;
using Hive.Store;

namespace Hive.Control.Tests;

/// <summary>
/// One ReplicaSet of twenty with generated names, leaders lost and regained, batches delayed, dropped or forwarded late, models that lag: never more
/// than twenty pods, and exactly twenty once all is healed. The real node, the real store, a log in which entries come in any order that leaders allow.
/// </summary>
public sealed class ThreeRulesTests
{
    private const int Wanted = 20;

    /// <summary>A member: its own node and its own copy of the store, fed from the shared log as far as it has got.</summary>
    private sealed class Member
    {
        private readonly List<RevisionChanges> _unseen = [];
        private readonly KeyValueStore _store = new();

        public Member()
        {
            _store.Changed += _unseen.Add;
            Node = new ControlNode(
                new ControllerCatalog(new ReplicaSetController()), ControlLimits.Default with { Rethrow = true, BatchesInFlight = 2 }, new StoreCounters(_store.Snapshot));
            Node.Step(new ControlInput.Rebuilt(_store.Snapshot()));
        }

        public ControlNode Node { get; }
        public int Applied { get; private set; }
        public Term Leading { get; set; }
        public Revision Revision => _store.Revision;

        public ApplyResult Apply((Term Term, Stamp Stamp, byte[] Command) entry) =>
            _store.Apply(new LogIndex((ulong)++Applied), entry.Term, entry.Stamp, entry.Command);

        /// <summary>The model takes some of what was applied.</summary>
        public void Feed(int most)
        {
            int taken = Math.Min(most, _unseen.Count);
            if (taken == 0) return;
            Node.Step(new ControlInput.Applied([.. _unseen.Take(taken)]));
            _unseen.RemoveRange(0, taken);
        }

        public int Pods => Node.Model.All(Resources.Pods).Count();
    }

    private sealed class World
    {
        private readonly Random _random;
        private readonly List<(Term Term, Stamp Stamp, byte[] Command)> _log = [];
        private readonly List<(Member From, ControlBatchCommand Batch, bool Forwarded)> _flying = [];
        private readonly Member[] _members = [new(), new(), new()];
        private Stamp _now = new(new LogTime(1), new WallTime(DateTime.UnixEpoch.Ticks));
        private Term _term;

        public World(int seed)
        {
            _random = new Random(seed);
            Elect(_members[0]);
            var set = Samples.ReplicaSet("web", Wanted);
            set = set with { Metadata = set.Metadata with { Uid = "set", Generation = 1 } };
            Append(_term, Encode(new MutateCommand(new PutOperation(new ObjectKey(Resources.ReplicaSets, "default", "web").ToStoreKey(), HiveJson.Write(set)))));
        }

        public int Most { get; private set; }
        public int Refused { get; private set; }

        public void Step()
        {
            _now = new Stamp(_now.Log + TimeSpan.FromMilliseconds(_random.Next(30)), _now.Wall);
            var member = _members[_random.Next(_members.Length)];
            switch (_random.Next(12))
            {
                case 0:
                    Elect(member);
                    break;
                case 1:
                    // It does not know yet that it was deposed, or never learns.
                    if (member.Leading == _term) break;
                    member.Node.Step(new ControlInput.StandDown(member.Leading));
                    break;
                case 2 or 3 or 4:
                    member.Feed(_random.Next(1, 4));
                    break;
                case 5 or 6 or 7:
                    CatchUp(member, _random.Next(1, 6));
                    break;
                case 8 or 9:
                    Deliver();
                    break;
                default:
                    member.Node.Step(new ControlInput.Tick(_now));
                    foreach (var batch in member.Node.TakeReady().Propose) _flying.Add((member, batch, false));
                    break;
            }
        }

        /// <summary>No more accidents: one leader, everything arrives.</summary>
        public int Heal()
        {
            Elect(_members[1]);
            for (int turn = 0; turn < 200; turn++)
            {
                _now = new Stamp(_now.Log + TimeSpan.FromSeconds(1), _now.Wall);
                while (_flying.Count > 0) Deliver();
                foreach (var member in _members)
                {
                    CatchUp(member, int.MaxValue);
                    member.Feed(int.MaxValue);
                    member.Node.Step(new ControlInput.Tick(_now));
                }
                foreach (var batch in _members[1].Node.TakeReady().Propose) _flying.Add((_members[1], batch, false));
            }
            return _members[1].Pods;
        }

        private void Elect(Member member)
        {
            CatchUp(member, int.MaxValue);
            _term = _term.Next;
            member.Leading = _term;
            Append(_term, []);
            CatchUp(member, int.MaxValue);
            // The scope opens only when the model has reached this revision, however late that is.
            member.Node.Step(new ControlInput.Lead(_term, member.Revision, _now));
        }

        /// <summary>A batch reaches a log: its author's, if that still leads; else it is lost, or forwarded to the new leader, late.</summary>
        private void Deliver()
        {
            if (_flying.Count == 0) return;
            int at = _random.Next(_flying.Count);
            var (from, batch, _) = _flying[at];
            bool leads = from.Leading == _term && batch.Header.Leadership == _term;
            // Entries of one leader keep their order.
            if (leads && _flying.Take(at).Any(other => other.From == from && other.Batch.Header.Leadership == batch.Header.Leadership)) return;
            _flying.RemoveAt(at);
            if (!leads && _random.Next(3) == 0) return;
            var entry = Append(_term, Encode(batch));
            CatchUp(from, int.MaxValue, entry, batch);
        }

        private int Append(Term term, byte[] command)
        {
            _log.Add((term, _now, command));
            return _log.Count;
        }

        private void CatchUp(Member member, int most, int decidedAt = 0, ControlBatchCommand? batch = null)
        {
            while (most-- > 0 && member.Applied < _log.Count)
            {
                var applied = member.Apply(_log[member.Applied]);
                if (applied.Error == StoreError.Fenced) Refused++;
                if (batch is null || member.Applied != decidedAt) continue;
                var fate = applied.Error == StoreError.Fenced ? BatchFate.Fenced : BatchFate.Applied;
                var outcomes = ((ControlBatchResult)applied.Result!).Outcomes;
                member.Node.Step(new ControlInput.Decided(new BatchResult(batch.Header.Leadership, batch.Header.Sequence, fate, applied.Revision, outcomes)));
            }
            Most = Math.Max(Most, member.Pods);
        }

        private static byte[] Encode(Command command)
        {
            var buffer = new ArrayBufferWriter<byte>();
            CommandCodec.Encode(command, buffer);
            return buffer.WrittenSpan.ToArray();
        }
    }

    [Fact]
    public void Replica_set_never_has_more_pods_than_wanted_through_any_change_of_leader()
    {
        int refused = 0;
        for (int seed = 0; seed < 25; seed++)
        {
            var world = new World(seed);
            for (int step = 0; step < 150; step++) world.Step();
            int healed = world.Heal();
            Assert.True(world.Most <= Wanted, $"seed {seed}: {world.Most} pods");
            Assert.True(healed == Wanted, $"seed {seed}: {healed} pods once healed");
            refused += world.Refused;
        }
        // The accidents did happen: batches of deposed leaders reached the log.
        Assert.True(refused > 4, $"only {refused} batches were fenced");
    }

    [Fact]
    public void Deposed_leader_cannot_bind_a_pod()
    {
        var cluster = Cluster.Leading();
        new Drones(cluster).Join(Samples.Node("n1"));
        cluster.Settle();
        cluster.Put(Samples.Pod("p"));
        var batch = Assert.Single(cluster.Node.TakeReady().Propose);
        Assert.Contains(batch.Transactions, transaction => transaction.Writes.OfType<PutOperation>().Any());

        // Another leads before the batch gets to the log; it is forwarded all the same.
        cluster.Lead();
        var result = cluster.Decide(batch);

        Assert.All(result.Outcomes, outcome => Assert.Equal(DecisionOutcome.Fenced, outcome));
        Assert.Equal("", cluster.Get<Pod>("default", "p").Spec.NodeName);
        // The new scope goes on, and binds it itself.
        cluster.Settle();
        Assert.Equal("n1", cluster.Get<Pod>("default", "p").Spec.NodeName);
    }

    [Fact]
    public void Scope_opens_only_when_the_model_has_reached_the_first_entry_of_its_term()
    {
        var cluster = new Cluster(null, new ReplicaSetController());
        cluster.Node.Step(new ControlInput.Rebuilt(cluster.Store.Snapshot()));
        cluster.Node.Step(new ControlInput.Lead(new Term(5), new Revision(3), cluster.Now));
        Assert.Null(cluster.Node.DecidingIn);
        cluster.Put(Samples.ReplicaSet("web", 1));
        Assert.Null(cluster.Node.DecidingIn);
        Assert.Empty(cluster.Node.TakeReady().Propose);
        cluster.Put(Samples.ReplicaSet("other", 1));
        Assert.Equal(new Term(5), cluster.Node.DecidingIn);
        Assert.NotEmpty(cluster.Node.TakeReady().Propose);
    }

    [Fact]
    public void Key_in_flight_is_not_decided_again_before_its_own_write_is_visible()
    {
        var cluster = Cluster.Leading(new ReplicaSetController());
        cluster.Put(Samples.ReplicaSet("web", 3));
        var batch = Assert.Single(cluster.Node.TakeReady().Propose);
        // A user's change of the same object wakes the key while it is in flight.
        cluster.Node.Step(new ControlInput.Tick(cluster.Now));
        Assert.Empty(cluster.Node.TakeReady().Propose);
        var applied = cluster.Apply(batch);
        var outcomes = ((ControlBatchResult)applied.Result!).Outcomes;
        cluster.Node.Step(new ControlInput.Decided(new BatchResult(batch.Header.Leadership, batch.Header.Sequence, BatchFate.Applied, applied.Revision, outcomes)));
        // The outcome is known; the model does not show it yet.
        Assert.Empty(cluster.Node.TakeReady().Propose);
        cluster.Settle();
        Assert.Equal(3, cluster.All<Pod>().Count);
    }

    [Fact]
    public void Batch_of_unknown_fate_holds_its_keys_until_a_later_batch_of_the_scope_is_applied()
    {
        var cluster = Cluster.Leading(new ReplicaSetController());
        cluster.Put(Samples.ReplicaSet("web", 3));
        var lost = Assert.Single(cluster.Node.TakeReady().Propose);
        cluster.Node.Step(new ControlInput.Decided(new BatchResult(lost.Header.Leadership, lost.Header.Sequence, BatchFate.Unknown, Revision.Zero, [])));

        var barrier = Assert.Single(cluster.Node.TakeReady().Propose);
        Assert.Empty(barrier.Transactions);
        // It was in the log after all, before the barrier, as everything that this leader proposed earlier.
        cluster.Apply(lost);
        cluster.Decide(barrier);
        cluster.Settle();

        Assert.Equal(3, cluster.All<Pod>().Count);
    }

    /// <summary>Throws for one object, as a bug would.</summary>
    private sealed class Poisoned(IController inner) : IController
    {
        public string Name => inner.Name;
        public Band Band => inner.Band;
        public void Wake(in Change change, IView view, IWakeList wake) => inner.Wake(change, view, wake);
        public Plan Reconcile(IView view, ObjectKey key, Stamp now) =>
            key.Name == "poison" ? throw new InvalidOperationException("a bug") : inner.Reconcile(view, key, now);
    }

    private sealed class Failures : List<string>, IControlObserver
    {
        public void ScopeOpened(Term term, Revision at) => Add($"opened {term}");
        public void ScopeEnded(Term term) => Add($"ended {term}");
        public void ReconcileFailed(string controller, ObjectKey key, Exception failure) => Add(key.Name);
    }

    [Fact]
    public void Poisoned_object_is_held_back_and_reported_and_the_others_go_on()
    {
        var cluster = new Cluster();
        var failures = new Failures();
        var node = new ControlNode(new ControllerCatalog(new Poisoned(new ReplicaSetController())), ControlLimits.Default, new StoreCounters(cluster.Store.Snapshot), failures);
        cluster.Put(Samples.ReplicaSet("poison", 1));
        cluster.Put(Samples.ReplicaSet("sound", 1));
        node.Step(new ControlInput.Rebuilt(cluster.Store.Snapshot()));
        node.Step(new ControlInput.Lead(cluster.Term, cluster.Store.Revision, cluster.Now));
        var ready = node.TakeReady();
        Assert.Single(Assert.Single(ready.Propose).Transactions);
        Assert.Equal(["opened 1", "poison"], failures);
        Assert.Equal(cluster.Now.Log + ControlLimits.Default.HoldBack, ready.WakeAt);
        node.Step(new ControlInput.StandDown(cluster.Term));
        Assert.Equal("ended 1", failures[^1]);
    }

    [Fact]
    public void Batch_that_was_not_proposed_is_decided_again()
    {
        var cluster = Cluster.Leading(new ReplicaSetController());
        cluster.Put(Samples.ReplicaSet("web", 3));
        var refused = Assert.Single(cluster.Node.TakeReady().Propose);
        cluster.Node.Step(new ControlInput.Decided(new BatchResult(refused.Header.Leadership, refused.Header.Sequence, BatchFate.NotProposed, Revision.Zero, [])));
        cluster.Settle();
        Assert.Equal(3, cluster.All<Pod>().Count);
    }
}
