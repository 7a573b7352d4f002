using static Hive.Store.Tests.StoreDriver;

namespace Hive.Store.Tests;

internal sealed record ModelKv(string Key, string Value, long Create, long Mod, long Version, long Lease);

internal sealed record ModelEvent(string Key, bool IsPut, string? Value, string? Previous, long Lease);

/// <summary>
/// The store as a person would write it down: a sorted dictionary, copied whole for every revision. Knows nothing of trees, slabs or
/// upkeep. What <see cref="KeyValueStore"/> answers must be what this answers.
/// </summary>
internal sealed class NaiveModel
{
    public SortedDictionary<string, ModelKv> Now { get; private set; } = new(StringComparer.Ordinal);
    public Dictionary<long, SortedDictionary<string, ModelKv>> History { get; } = [];
    public SortedDictionary<long, List<ModelEvent>> Events { get; } = [];
    public SortedDictionary<long, (long Seconds, long Deadline)> Leases { get; } = [];
    public long Revision { get; private set; } = 1;
    public long CompactedAt { get; set; } = -1;

    private SortedDictionary<string, ModelKv> _before = new(StringComparer.Ordinal);
    private readonly List<string> _touched = [];

    public NaiveModel() => History[1] = Copy(Now);

    private long Next => Revision + 1;
    private bool HasChanges => _touched.Count > 0;
    private long ReadRevision => HasChanges ? Next : Revision;

    public void EndDueLeases(long now)
    {
        foreach (var (id, _) in Leases.Where(l => l.Value.Deadline <= now).OrderBy(l => l.Value.Deadline).ThenBy(l => l.Key).ToList()) EndLease(id);
    }

    public void EndLease(long id)
    {
        Begin();
        Leases.Remove(id);
        foreach (var kv in Now.Values.Where(kv => kv.Lease == id).ToList()) Delete(kv.Key);
        Commit();
    }

    public (StoreError Error, object? Result) Mutate(Operation operation)
    {
        Begin();
        var chosen = new Queue<bool>();
        Choose(operation, chosen);
        var error = Needs(operation, new Queue<bool>(chosen));
        if (error != StoreError.None) return (error, null);
        var result = Do(operation, chosen);
        Commit();
        return (StoreError.None, result);
    }

    /// <summary>Puts the range back to what it was; null when it was changed after <paramref name="since"/>.</summary>
    public (long Put, long Deleted, long LeftAlone)? Restore(string key, string end, long to, long since)
    {
        if (since > 0 && !In(History[since], key, end).SequenceEqual(In(Now, key, end))) return null;
        Begin();
        var then = In(History[to], key, end).ToDictionary(kv => kv.Key, StringComparer.Ordinal);
        var gone = In(Now, key, end).Where(kv => !then.ContainsKey(kv.Key)).ToList();
        var differ = then.Values.Where(kv => !Now.TryGetValue(kv.Key, out var now) || now.Value != kv.Value || now.Lease != kv.Lease).ToList();
        var put = differ.Where(kv => kv.Lease == 0 || Leases.ContainsKey(kv.Lease)).ToList();
        foreach (var kv in gone) Delete(kv.Key);
        foreach (var kv in put) Put(new PutOperation(B(kv.Key), B(kv.Value), new LeaseId(kv.Lease)), Now.GetValueOrDefault(kv.Key));
        Commit();
        return (put.Count, gone.Count, differ.Count - put.Count);
    }

    private void Begin()
    {
        _before = Copy(Now);
        _touched.Clear();
    }

    private void Commit()
    {
        if (!HasChanges) return;
        Revision++;
        History[Revision] = Copy(Now);
        var events = new List<ModelEvent>();
        foreach (var key in _touched.Distinct())
        {
            _before.TryGetValue(key, out var before);
            Now.TryGetValue(key, out var after);
            if (before is null && after is null) continue;
            events.Add(new ModelEvent(key, after is not null, after?.Value, before?.Value, after?.Lease ?? 0));
        }
        Events[Revision] = events;
        _touched.Clear();
    }

    private void Choose(Operation operation, Queue<bool> chosen)
    {
        if (operation is not TxnOperation txn) return;
        var succeeded = txn.Compare.All(Holds);
        chosen.Enqueue(succeeded);
        foreach (var step in succeeded ? txn.Success : txn.Failure) Choose(step, chosen);
    }

    private bool Holds(Comparison c)
    {
        var found = In(Now, S(c.Key), S(c.RangeEnd)).ToList();
        if (found.Count == 0) return c.Target != CompareTarget.Value && Satisfies(0L.CompareTo(c.Number), c.Result);
        return found.All(kv => Satisfies(
            c.Target switch
            {
                CompareTarget.Version => kv.Version.CompareTo(c.Number),
                CompareTarget.Create => kv.Create.CompareTo(c.Number),
                CompareTarget.Mod => kv.Mod.CompareTo(c.Number),
                CompareTarget.Lease => kv.Lease.CompareTo(c.Number),
                _ => string.CompareOrdinal(kv.Value, S(c.Value)),
            },
            c.Result));
    }

    private static bool Satisfies(int standing, CompareResult result) => result switch
    {
        CompareResult.Equal => standing == 0,
        CompareResult.Greater => standing > 0,
        CompareResult.Less => standing < 0,
        _ => standing != 0,
    };

    private StoreError Needs(Operation operation, Queue<bool> chosen)
    {
        if (operation is PutOperation alone) return NeedsLease(alone) is var error && error != StoreError.None ? error : NeedsKey(alone);
        var steps = Taken(operation, new Queue<bool>(chosen)).ToList();
        return steps.OfType<PutOperation>().SelectMany(put => (StoreError[])[NeedsKey(put), NeedsLease(put)])
            .Concat(steps.OfType<RangeOperation>().Select(NeedsRevision))
            .FirstOrDefault(error => error != StoreError.None);
    }

    /// <summary>The steps that are done, those of nested transactions in their place.</summary>
    private static IEnumerable<Operation> Taken(Operation operation, Queue<bool> chosen) =>
        operation is TxnOperation txn ? (chosen.Dequeue() ? txn.Success : txn.Failure).SelectMany(step => Taken(step, chosen)) : [operation];

    private StoreError NeedsKey(PutOperation put) => (put.IgnoreLease || put.IgnoreValue) && !Now.ContainsKey(S(put.Key)) ? StoreError.KeyNotFound : StoreError.None;

    private StoreError NeedsLease(PutOperation put) => put.Lease.Value != 0 && !Leases.ContainsKey(put.Lease.Value) ? StoreError.LeaseNotFound : StoreError.None;

    private StoreError NeedsRevision(RangeOperation range)
    {
        var at = range.Query.At.Value;
        return at > Revision ? StoreError.FutureRevision : at != 0 && at < CompactedAt ? StoreError.Compacted : StoreError.None;
    }

    private object Do(Operation operation, Queue<bool> chosen)
    {
        switch (operation)
        {
            case PutOperation put:
                Now.TryGetValue(S(put.Key), out var previous);
                Put(put, previous);
                return put.PrevKv && previous is not null ? previous : "no previous";
            case DeleteOperation delete:
                var gone = In(Now, S(delete.Key), S(delete.RangeEnd)).ToList();
                foreach (var kv in gone) Delete(kv.Key);
                return delete.PrevKv ? gone : gone.Count;
            case RangeOperation range:
                return Range(range.Query, ReadRevision);
            case TxnOperation txn:
                var succeeded = chosen.Dequeue();
                return (succeeded ? txn.Success : txn.Failure).Select(step => (Do(step, chosen), ReadRevision)).ToList();
            default:
                throw new InvalidOperationException();
        }
    }

    private void Put(PutOperation put, ModelKv? previous)
    {
        var key = S(put.Key);
        Now[key] = new ModelKv(
            key,
            put.IgnoreValue ? previous!.Value : S(put.Value),
            previous?.Create ?? Next,
            Next,
            (previous?.Version ?? 0) + 1,
            put.IgnoreLease ? previous!.Lease : put.Lease.Value);
        _touched.Add(key);
    }

    private void Delete(string key)
    {
        Now.Remove(key);
        _touched.Add(key);
    }

    public (List<ModelKv> Kvs, bool More, long Count) Range(RangeQuery query, long newest)
    {
        var at = query.At.Value <= 0 ? newest : query.At.Value;
        var state = at == newest ? Now : History[at];
        var all = In(state, S(query.Key), S(query.RangeEnd)).ToList();
        if (query.CountOnly) return ([], false, all.Count);
        IEnumerable<ModelKv> kept = all.Where(kv =>
            (query.MinModRevision == 0 || kv.Mod >= query.MinModRevision) && (query.MaxModRevision == 0 || kv.Mod <= query.MaxModRevision)
            && (query.MinCreateRevision == 0 || kv.Create >= query.MinCreateRevision) && (query.MaxCreateRevision == 0 || kv.Create <= query.MaxCreateRevision));
        if (query is { Order: SortOrder.None, Limit: > 0, MinModRevision: 0, MaxModRevision: 0, MinCreateRevision: 0, MaxCreateRevision: 0 }) kept = kept.Take((int)query.Limit + 1);
        Comparison<ModelKv> by = query.Target switch
        {
            SortTarget.Version => (a, b) => a.Version.CompareTo(b.Version),
            SortTarget.Create => (a, b) => a.Create.CompareTo(b.Create),
            SortTarget.Mod => (a, b) => a.Mod.CompareTo(b.Mod),
            SortTarget.Value => (a, b) => string.CompareOrdinal(a.Value, b.Value),
            _ => (a, b) => string.CompareOrdinal(a.Key, b.Key),
        };
        var sorted = (query.Order == SortOrder.Descend
            ? kept.OrderByDescending(kv => kv, Comparer<ModelKv>.Create(by))
            : kept.OrderBy(kv => kv, Comparer<ModelKv>.Create(by))).ToList();
        var cut = query.Limit > 0 && sorted.Count > query.Limit;
        if (cut) sorted = sorted.Take((int)query.Limit).ToList();
        if (query.KeysOnly) sorted = sorted.ConvertAll(kv => kv with { Value = "" });
        return (sorted, cut, all.Count);
    }

    public static IEnumerable<ModelKv> In(SortedDictionary<string, ModelKv> state, string key, string end) => state.Values.Where(kv =>
        end.Length == 0 ? kv.Key == key
        : string.CompareOrdinal(kv.Key, key == "\0" && end == "\0" ? "" : key) >= 0 && (end == "\0" || string.CompareOrdinal(kv.Key, end) < 0));

    private static SortedDictionary<string, ModelKv> Copy(SortedDictionary<string, ModelKv> state) => new(state, StringComparer.Ordinal);
}
