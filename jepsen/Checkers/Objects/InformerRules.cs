using Hive.Jepsen.Histories;
using Hive.Jepsen.Workloads;

namespace Hive.Jepsen.Checkers.Objects;

/// <summary>A watch tells of every change after its start, once, in order and as what it is; who listed and then followed it knows what a list shows.</summary>
internal static class InformerRules
{
    /// <returns>How often what an informer knew was compared with a final list.</returns>
    public static int Judge(IReadOnlyList<Operation> history, ObjectLog log, Findings found)
    {
        Operation[] finals = [.. history.Where(o => o is { Outcome: Outcome.Ok, Key: ObjectsWorkload.FinalKey, Action: ObjectActions.List })];
        int compared = 0;
        foreach (IGrouping<string, Operation> informer in history.Where(o => o.Outcome == Outcome.Ok && o.Action is ObjectActions.List or ObjectActions.Watch).GroupBy(o => o.Key, StringComparer.Ordinal))
        {
            if (informer.Key == ObjectsWorkload.FinalKey) continue;
            Operation[] lived = [.. informer.OrderBy(o => o.Index)];
            foreach (Operation watch in lived.Where(o => o.Action is ObjectActions.Watch)) Told(watch, (ObjectActions.Watch)watch.Action, log, found);
            Types(lived, found);
            compared += finals.Count(final => Compare(informer.Key, lived, final, found));
        }
        return compared;
    }

    private static void Told(Operation operation, ObjectActions.Watch watch, ObjectLog log, Findings found)
    {
        var told = new HashSet<(long, string)>();
        long last = watch.From, bookmark = watch.From;
        foreach (ObjectEvent happened in watch.Events)
        {
            long at = happened.Object.Version;
            if (happened.Type == ObjectEvent.Bookmark) bookmark = Math.Max(bookmark, at);
            if (!happened.IsChange) continue;
            if (!told.Add((at, happened.Object.Name))) found.Add("doubled event", $"{happened} was told twice:\n  {operation}");
            else if (at <= watch.From) found.Add("doubled event", $"{happened} was told, which is not after the start:\n  {operation}");
            else if (at <= bookmark) found.Add("reordered event", $"{happened} was told after a bookmark of {bookmark}:\n  {operation}");
            else if (at < last) found.Add("reordered event", $"{happened} was told after an event of revision {last}:\n  {operation}");
            last = Math.Max(last, at);
        }
        foreach (KnownVersion missed in log.Names.SelectMany(name => log.Between(name, watch.From, watch.Until + 1)).Where(v => !told.Contains((v.Revision, v.State.Name))))
            found.Add("missed event", $"{operation}\n  was not told of {missed}");
    }

    /// <summary>Whether each event is what it says, to one who knows what was there before.</summary>
    private static void Types(Operation[] lived, Findings found)
    {
        Cache? cache = null;
        foreach (Operation operation in lived)
        {
            if (operation.Action is ObjectActions.List list) cache = new Cache(list.Objects, operation.Revision);
            if (operation.Action is not ObjectActions.Watch watch || cache is null) continue;
            foreach (ObjectEvent happened in watch.Events.Where(e => e.IsChange))
            {
                if (cache.Apply(happened) is { } problem) found.Add("wrong event", $"{happened}: {problem}:\n  {operation}");
            }
        }
    }

    /// <summary>What the informer knew at the revision of a final list must be that list. False: it never stood at that revision.</summary>
    private static bool Compare(string informer, Operation[] lived, Operation final, Findings found)
    {
        Cache? cache = null;
        foreach (Operation operation in lived)
        {
            if (operation.Action is ObjectActions.List list)
            {
                if (operation.Revision > final.Revision) break;
                cache = new Cache(list.Objects, operation.Revision);
            }
            else if (operation.Action is ObjectActions.Watch watch && cache is not null)
            {
                foreach (ObjectEvent happened in watch.Events.Where(e => e.IsChange && e.Object.Version <= final.Revision)) cache.Apply(happened);
                cache.Revision = Math.Max(cache.Revision, watch.Until);
            }
        }
        if (cache is null || cache.Revision < final.Revision) return false;
        var listed = new Cache(((ObjectActions.List)final.Action).Objects, final.Revision);
        if (cache.Difference(listed) is { } difference) found.Add("informer differs", $"{informer} at revision {final.Revision} against the list of {final.Member}: {difference}:\n  {final}");
        return true;
    }

    /// <summary>What an informer knows.</summary>
    private sealed class Cache
    {
        private readonly SortedDictionary<string, ObjectState> _objects = new(StringComparer.Ordinal);

        public Cache(IEnumerable<ObjectState> listed, long revision)
        {
            foreach (ObjectState one in listed) _objects[one.Name] = one;
            Revision = revision;
        }

        public long Revision { get; set; }

        /// <returns>What cannot be about it; null when it fits.</returns>
        public string? Apply(ObjectEvent happened)
        {
            ObjectState next = happened.Object;
            ObjectState? before = _objects.GetValueOrDefault(next.Name);
            if (happened.Type == ObjectEvent.Deleted) _objects.Remove(next.Name);
            else _objects[next.Name] = next;
            return happened.Type switch
            {
                ObjectEvent.Added when before is not null => $"there was {before}",
                ObjectEvent.Modified or ObjectEvent.Deleted when before is null => "there was none",
                ObjectEvent.Modified or ObjectEvent.Deleted when before!.Uid != next.Uid => $"there was another object of that name, {before}",
                _ => null,
            };
        }

        public string? Difference(Cache listed)
        {
            foreach (string name in _objects.Keys.Union(listed._objects.Keys).Order(StringComparer.Ordinal))
            {
                ObjectState? own = _objects.GetValueOrDefault(name), other = listed._objects.GetValueOrDefault(name);
                if (!Equals(own, other)) return $"{own?.ToString() ?? $"no {name}"} against {other?.ToString() ?? $"no {name}"}";
            }
            return null;
        }
    }
}
