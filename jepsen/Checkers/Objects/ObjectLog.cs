using System.Collections.Immutable;
using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Checkers.Objects;

/// <summary>A version of an object, and who said so.</summary>
/// <param name="State">What it was; of a deletion, what was deleted.</param>
internal sealed record KnownVersion(long Revision, ObjectState State, bool Deleted, Operation Source)
{
    public override string ToString() => $"{(Deleted ? $"the deletion at {Revision}" : State.ToString())}, known from\n    {Source}";
}

/// <summary>Every version of every object that anybody told of: answers to writes, reads, lists and watches. Two that differ about one version cannot both be right.</summary>
internal sealed class ObjectLog
{
    private static readonly SortedList<long, KnownVersion> Nothing = [];

    private readonly SortedDictionary<string, SortedList<long, KnownVersion>> _versions = new(StringComparer.Ordinal);
    private readonly ImmutableArray<(long After, long Until)> _covered;

    public ObjectLog(IReadOnlyList<Operation> history, Findings found)
    {
        foreach (Operation operation in history.Where(o => o.Outcome == Outcome.Ok)) Note(operation, found);
        _covered = Joined(history.Select(o => o.Action).OfType<ObjectActions.Watch>().Select(w => (w.From, w.Until)).Order());
    }

    public IEnumerable<string> Names => _versions.Keys;

    /// <summary>All known versions of a name in order, whatever object had it.</summary>
    public IEnumerable<KnownVersion> Of(string name) => _versions.GetValueOrDefault(name, Nothing).Values;

    /// <summary>Versions of a name after one revision and before another.</summary>
    public IEnumerable<KnownVersion> Between(string name, long after, long before)
    {
        SortedList<long, KnownVersion> versions = _versions.GetValueOrDefault(name, Nothing);
        for (int i = FirstAfter(versions, after); i < versions.Count && versions.GetKeyAtIndex(i) < before; i++) yield return versions.GetValueAtIndex(i);
    }

    /// <summary>The last version that is known up to a revision; null when none is.</summary>
    public KnownVersion? At(string name, long revision)
    {
        SortedList<long, KnownVersion> versions = _versions.GetValueOrDefault(name, Nothing);
        int next = FirstAfter(versions, revision);
        return next == 0 ? null : versions.GetValueAtIndex(next - 1);
    }

    /// <summary>Whether watches together told of all that happened after one revision and up to another.</summary>
    public bool Covers(long after, long until) => after >= until || _covered.Any(c => c.After <= after && c.Until >= until);

    private void Note(Operation operation, Findings found)
    {
        switch (operation.Action)
        {
            case ObjectActions.Create { Created: { } created }: Add(created, false, operation, found); break;
            case ObjectActions.Replace { Replaced: { } replaced }: Add(replaced, false, operation, found); break;
            case ObjectActions.Get { Seen: { } seen }: Add(seen, false, operation, found); break;
            case ObjectActions.List list:
                foreach (ObjectState one in list.Objects) Add(one, false, operation, found);
                break;
            case ObjectActions.Watch watch:
                foreach (ObjectEvent told in watch.Events.Where(e => e.IsChange)) Add(told.Object, told.Type == ObjectEvent.Deleted, operation, found);
                break;
            default: break;
        }
    }

    private void Add(ObjectState state, bool deleted, Operation source, Findings found)
    {
        if (!_versions.TryGetValue(state.Name, out SortedList<long, KnownVersion>? versions)) _versions[state.Name] = versions = [];
        var version = new KnownVersion(state.Version, state, deleted, source);
        if (versions.TryAdd(state.Version, version)) return;
        KnownVersion other = versions[state.Version];
        if (other.Deleted != deleted || !other.State.Equals(state)) found.Add("versions differ", $"one version of {state.Name} is two things:\n  {other}\n  {version}");
    }

    private static int FirstAfter(SortedList<long, KnownVersion> versions, long revision)
    {
        int low = 0, high = versions.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (versions.GetKeyAtIndex(middle) <= revision) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private static ImmutableArray<(long, long)> Joined(IEnumerable<(long After, long Until)> parts)
    {
        var joined = ImmutableArray.CreateBuilder<(long After, long Until)>();
        foreach ((long after, long until) in parts)
        {
            if (joined.Count > 0 && joined[^1].Until >= after) joined[^1] = (joined[^1].After, Math.Max(joined[^1].Until, until));
            else joined.Add((after, until));
        }
        return joined.ToImmutable();
    }
}
