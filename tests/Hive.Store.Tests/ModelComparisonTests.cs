using System.Collections.Immutable;
using static Hive.Store.Tests.StoreDriver;

namespace Hive.Store.Tests;

/// <summary>Random commands against the naive model; what readers, held snapshots and watchers see must be what it says.</summary>
public sealed class ModelComparisonTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 16)];

    [Theory, MemberData(nameof(Seeds))]
    public void Store_answers_as_the_naive_model(int seed) => new Run(seed).Go(400);

    private sealed class Run(int seed)
    {
        private readonly RandomCommands _random = new(seed);
        private readonly NaiveModel _model = new();
        private readonly List<(StoreSnapshot Snapshot, NaiveModel Model, long Revision, long CompactedAt)> _held = [];
        private readonly List<WatchedRange> _watched = [];
        private StoreDriver _store = new();

        public void Go(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                Step();
                Assert.Equal(_model.Revision, _store.Store.Revision.Value);
                if (_random.Chance(20)) CheckReads(_store.Store.Snapshot(), _model.Revision, _model.CompactedAt);
                if (_random.Chance(3)) _held.Add((_store.Store.Snapshot(), _model, _model.Revision, _model.CompactedAt));
                if (_random.Chance(3)) CopyAndGoOn();
                if (_random.Chance(4)) OpenWatch();
                foreach (var watched in _watched)
                {
                    if (_random.Chance(20)) watched.Take(_random.Next(2_000));
                }
            }
            foreach (var held in _held) CheckReads(held.Snapshot, held.Revision, held.CompactedAt);
            foreach (var watched in _watched)
            {
                watched.TakeAll();
                watched.Check(_model, _store.Store.Revision.Value);
            }
        }

        private void Step()
        {
            if (_random.Chance(30)) _store.Now += TimeSpan.FromSeconds(_random.Next(3));
            // The store ends what is due before the command.
            _model.EndDueLeases(_store.Now.Ticks);
            switch (_random.Next(20))
            {
                case 0: Grant(); break;
                case 1: Revoke(); break;
                case 2: Renew(); break;
                case 3: Compact(); break;
                case 4: _store.Apply(new TickCommand()); break;
                case 5: Restore(); break;
                default: Mutate(); break;
            }
        }

        private void Mutate()
        {
            var operation = _random.Operation(_model.Revision);
            var applied = _store.Do(operation);
            // Rules that do not look at the state have tests of their own; the model knows only the others.
            if (applied.Error is StoreError.DuplicateKey or StoreError.ValueProvided or StoreError.LeaseProvided) return;
            var (error, result) = _model.Mutate(operation);
            Assert.Equal(error, applied.Error);
            if (error == StoreError.None) CheckResult(result!, applied.Result!);
        }

        private void Grant()
        {
            var (id, seconds) = (1 + _random.Next(6), 1 + _random.Next(10));
            var applied = _store.Apply(new LeaseGrantCommand(new LeaseId(id), seconds));
            Assert.Equal(_model.Leases.ContainsKey(id) ? StoreError.LeaseExists : StoreError.None, applied.Error);
            _model.Leases.TryAdd(id, (seconds, _store.Now.Ticks + seconds * TimeSpan.TicksPerSecond));
        }

        private void Revoke()
        {
            var id = 1 + _random.Next(6);
            var applied = _store.Apply(new LeaseRevokeCommand(new LeaseId(id)));
            Assert.Equal(_model.Leases.ContainsKey(id) ? StoreError.None : StoreError.LeaseNotFound, applied.Error);
            if (applied.Error == StoreError.None) _model.EndLease(id);
        }

        private void Renew()
        {
            ImmutableArray<LeaseId> ids = [new(1 + _random.Next(6)), new(1 + _random.Next(6))];
            var applied = (LeaseRenewResult)_store.Apply(new LeaseRenewCommand(ids)).Result!;
            for (var i = 0; i < ids.Length; i++)
            {
                var lives = _model.Leases.TryGetValue(ids[i].Value, out var lease);
                Assert.Equal(lives ? lease.Seconds : 0, applied.TimeToLiveSeconds[i]);
                if (lives) _model.Leases[ids[i].Value] = (lease.Seconds, _store.Now.Ticks + lease.Seconds * TimeSpan.TicksPerSecond);
            }
        }

        private void Compact()
        {
            // Mostly refused (compacted already), or the history that the other steps read would be short.
            var at = _random.Chance(30) ? _model.Revision - _random.Next(20) : _model.CompactedAt;
            var applied = _store.Apply(new CompactCommand(new Revision(at)));
            Assert.Equal(at <= _model.CompactedAt ? StoreError.Compacted : StoreError.None, applied.Error);
            if (applied.Error == StoreError.None) _model.CompactedAt = at;
        }

        private void Restore()
        {
            var (key, end) = _random.Range();
            var low = Math.Max(1, _model.CompactedAt);
            var to = low + _random.Next((int)(_model.Revision - low + 1));
            var since = _random.Chance(50) ? 0 : Math.Max(low, _model.Revision - _random.Next(3));
            var command = new RestoreCommand(key, end, new Revision(to), new Revision(since));
            var before = _store.Store.Snapshot();
            var applied = _store.Apply(command);
            var expected = _model.Restore(S(key), S(end), to, since);
            Assert.Equal(expected is null ? StoreError.RangeChanged : StoreError.None, applied.Error);
            Assert.Equal(expected is { } e ? new RestoreResult(e.Put, e.Deleted, e.LeftAlone) : null, applied.Result);
            // What the caller is told before is what apply does, unless something comes between.
            if (before.Leases().SequenceEqual(_store.Store.Snapshot().Leases()))
            {
                Assert.Equal(applied.Error, before.Restore(command, out var foretold));
                Assert.Equal(applied.Result, foretold);
            }
        }

        private void CheckDifferences(StoreSnapshot snapshot, long revision, long compactedAt)
        {
            var (key, end) = _random.Range();
            var low = Math.Max(1, compactedAt);
            long from = low + _random.Next((int)(revision - low + 1)), to = low + _random.Next((int)(revision - low + 1));
            Assert.Equal(StoreError.None, snapshot.Differences(key, end, new Revision(from), new Revision(to), out var found));
            var before = NaiveModel.In(_model.History[from], S(key), S(end)).ToDictionary(kv => kv.Key);
            var after = NaiveModel.In(_model.History[to], S(key), S(end)).ToDictionary(kv => kv.Key);
            var expected = before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
                .Select(k => (Before: before.GetValueOrDefault(k), After: after.GetValueOrDefault(k)))
                .Where(d => d.Before?.Value != d.After?.Value || d.Before?.Lease != d.After?.Lease);
            Assert.Equal(expected, found.Select(d => (d.Before is null ? null : ToModel(d.Before), d.After is null ? null : ToModel(d.After))));
        }

        private void CheckVersions(StoreSnapshot snapshot, long revision, long compactedAt)
        {
            var key = _random.Key();
            var expected = new List<(long Revision, ModelKv? Kv)>();
            ModelKv? last = null;
            for (var at = Math.Max(1, compactedAt); at <= revision; at++)
            {
                var seen = _model.History[at].GetValueOrDefault(key);
                if (seen != last && (seen is not null || at > Math.Max(1, compactedAt))) expected.Insert(0, (seen?.Mod ?? at, seen));
                last = seen;
            }
            var found = snapshot.Versions(B(key)).Select(v => (v.Kv.ModRevision.Value, v.Kind == StoreEventKind.Put ? ToModel(v.Kv) : null)).ToList();
            // A deletion at the very revision of the compaction is told too; whether it changed anything can no longer be read.
            if (found.Count == expected.Count + 1 && found[^1] == (compactedAt, null)) found.RemoveAt(found.Count - 1);
            Assert.Equal(expected, found);
        }

        /// <summary>From now on the state is one that was exported and imported; the old store's watchers stop here.</summary>
        private void CopyAndGoOn()
        {
            foreach (var watched in _watched)
            {
                watched.TakeAll();
                watched.Check(_model, _model.Revision);
            }
            _watched.Clear();
            var old = _store;
            _store = new StoreDriver(CopyOf(old.Store.Snapshot())) { Now = old.Now, Term = old.Term };
            Assert.Equal(old.Store.Digest, _store.Store.Digest);
        }

        private void OpenWatch()
        {
            var (key, end) = _random.Range();
            var low = Math.Max(1, _model.CompactedAt);
            var start = _random.Chance(50) ? 0 : low + _random.Next((int)(_model.Revision + 5 - low));
            _watched.Add(new WatchedRange(_store.Store, new WatchQuery(key, end, new Revision(start), _random.Chance(20), _random.Chance(20))));
        }

        private void CheckReads(StoreSnapshot snapshot, long revision, long compactedAt)
        {
            for (var i = 0; i < 5; i++)
            {
                var query = _random.Query(revision, compactedAt);
                if (query.At == default) query = query with { At = new Revision(revision) };
                var expected = _model.Range(query, -1);
                CheckResult(expected, Range(snapshot, query));
            }
            CheckDifferences(snapshot, revision, compactedAt);
            CheckVersions(snapshot, revision, compactedAt);
            var all = _model.History[revision];
            Assert.Equal(all.Values.Select(kv => kv.Key), snapshot.Scan(default, default).Select(kv => S(kv.Key)));
        }

        private static void CheckResult(object expected, OperationResult actual)
        {
            switch (expected)
            {
                case ValueTuple<List<ModelKv>, bool, long> range:
                    var found = Assert.IsType<RangeResult>(actual);
                    Assert.Equal(range.Item1, found.Kvs.Select(ToModel));
                    Assert.Equal((range.Item2, range.Item3), (found.More, found.Count));
                    break;
                case string: Assert.Null(Assert.IsType<PutResult>(actual).Previous); break;
                case ModelKv previous: Assert.Equal(previous, ToModel(Assert.IsType<PutResult>(actual).Previous!)); break;
                case int count: Assert.Equal(count, Assert.IsType<DeleteResult>(actual).Deleted); break;
                case List<ModelKv> gone: Assert.Equal(gone, Assert.IsType<DeleteResult>(actual).Previous.Select(ToModel)); break;
                case List<(object Result, long Revision)> steps:
                    var responses = Assert.IsType<TxnResult>(actual).Responses;
                    Assert.Equal(steps.Select(s => s.Revision), responses.Select(r => r.Revision.Value));
                    for (var i = 0; i < steps.Count; i++) CheckResult(steps[i].Result, responses[i].Result);
                    break;
                default: Assert.Fail($"unexpected {expected}"); break;
            }
        }

        private static ModelKv ToModel(KeyValue kv) =>
            new(S(kv.Key), S(kv.Value), kv.CreateRevision.Value, kv.ModRevision.Value, kv.Version, kv.Lease.Value);
    }

    /// <summary>A watcher and all it was given.</summary>
    private sealed class WatchedRange
    {
        private readonly WatchQuery _query;
        private readonly long _from;
        private readonly Watcher _watcher;
        private readonly List<RevisionChanges> _seen = [];

        public WatchedRange(KeyValueStore store, WatchQuery query)
        {
            _query = query;
            _from = query.Start.Value > 0 ? query.Start.Value : store.Revision.Value + 1;
            _watcher = store.Watches.Open(query, () => { });
        }

        public void Take(int bytes)
        {
            if (_watcher.TryTake(bytes, out var batch)) _seen.AddRange(batch.Changes);
        }

        public void TakeAll()
        {
            while (_watcher.TryTake(1_000_000, out var batch)) _seen.AddRange(batch.Changes);
        }

        public void Check(NaiveModel model, long upTo)
        {
            var end = _watcher.CompactedAt is null ? upTo : (_seen.Count == 0 ? _from : _seen[^1].Revision.Value);
            var expected = model.Events
                .Where(e => e.Key >= _from && e.Key <= end)
                .Select(e => (e.Key, Events: e.Value.Where(Matches).OrderBy(x => x.Key, StringComparer.Ordinal).ToList()))
                .Where(e => e.Events.Count > 0)
                .ToList();
            var actual = _seen
                .Where(c => c.Revision.Value <= end)
                .Select(c => (c.Revision.Value, Events: c.Events.Select(ToModel).OrderBy(x => x.Key, StringComparer.Ordinal).ToList()))
                .ToList();
            if (_watcher.CompactedAt is not null && _seen.Count == 0) return;
            Assert.Equal(expected.Select(e => e.Key), actual.Select(e => e.Value));
            for (var i = 0; i < expected.Count; i++) Assert.Equal(expected[i].Events, actual[i].Events);
            if (_watcher.CompactedAt is null) Assert.Equal(upTo, _watcher.Progress.Value);
        }

        private bool Matches(ModelEvent change) =>
            (change.IsPut ? !_query.NoPut : !_query.NoDelete)
            && NaiveModel.In(new(StringComparer.Ordinal) { [change.Key] = new(change.Key, "", 0, 0, 0, 0) }, S(_query.Key), S(_query.RangeEnd)).Any();

        private static ModelEvent ToModel(StoreEvent change) => new(
            S(change.Kv.Key), change.Kind == StoreEventKind.Put, change.Kind == StoreEventKind.Put ? S(change.Kv.Value) : null,
            change.Previous is null ? null : S(change.Previous.Value), change.Kv.Lease.Value);
    }
}
