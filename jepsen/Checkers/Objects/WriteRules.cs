using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Checkers.Objects;

/// <summary>A write that names a version takes effect on that version; each version holds what the one before held, and one value that somebody wrote.</summary>
internal static class WriteRules
{
    public static void Judge(IReadOnlyList<Operation> history, ObjectLog log, Findings found)
    {
        foreach (Operation operation in history.Where(o => o.Outcome == Outcome.Ok))
        {
            switch (operation.Action)
            {
                case ObjectActions.Replace { Replaced: { } replaced } replace: Replaced(operation, replace, replaced, log, found); break;
                case ObjectActions.Create { Created: { } created }: Created(operation, created, log, found); break;
                case ObjectActions.Remove { Removed: true } remove: Removed(operation, remove, log, found); break;
                default: break;
            }
        }
        foreach (string name in log.Names) Chain(name, log, found);
        Unexpected(history, log, found);
    }

    private static void Replaced(Operation operation, ObjectActions.Replace replace, ObjectState replaced, ObjectLog log, Findings found)
    {
        if (log.Between(replaced.Name, replace.Base.Version, replaced.Version).FirstOrDefault() is { } between)
            found.Add("stale resourceVersion accepted", $"{operation}\n  was taken though there was {between}");
        if (replaced.Uid != replace.Base.Uid || !replaced.Values.SequenceEqual(replace.Base.Values.Add(replace.Value)))
            found.Add("wrong answer", $"built on {replace.Base}, but answered with something else:\n  {operation}");
    }

    private static void Created(Operation operation, ObjectState created, ObjectLog log, Findings found)
    {
        if (log.At(created.Name, created.Version - 1) is { Deleted: false } before && log.Covers(before.Revision, created.Version))
            found.Add("created twice", $"{operation}\n  was taken though there was {before}");
    }

    private static void Removed(Operation operation, ObjectActions.Remove remove, ObjectLog log, Findings found)
    {
        KnownVersion? deletion = log.Of(remove.Base.Name).FirstOrDefault(v => v.Deleted && v.State.Uid == remove.Base.Uid);
        if (deletion is not null && log.Between(remove.Base.Name, remove.Base.Version, deletion.Revision).FirstOrDefault() is { } between)
            found.Add("stale resourceVersion accepted", $"{operation}\n  was taken though there was {between}");
    }

    /// <summary>From one version of an object to the next, nothing that was there may be gone.</summary>
    private static void Chain(string name, ObjectLog log, Findings found)
    {
        KnownVersion? before = null;
        foreach (KnownVersion version in log.Of(name))
        {
            if (before is not null && before.State.Uid == version.State.Uid)
            {
                if (before.Deleted) found.Add("deleted object came back", $"there is {version}\n  after {before}");
                else if (!version.State.Values.Take(before.State.Values.Length).SequenceEqual(before.State.Values))
                    found.Add("lost update", $"{string.Join(", ", before.State.Values.Except(version.State.Values))} is gone: there was {before}\n  and then {version}");
            }
            before = version;
        }
    }

    private static void Unexpected(IReadOnlyList<Operation> history, ObjectLog log, Findings found)
    {
        var writers = new Dictionary<long, Operation>();
        foreach (Operation operation in history)
        {
            if (operation.Action is ObjectActions.Create create) writers[create.Value] = operation;
            if (operation.Action is ObjectActions.Replace replace) writers[replace.Value] = operation;
        }
        var judged = new HashSet<long>();
        foreach (KnownVersion version in log.Names.SelectMany(log.Of))
        {
            foreach (long value in version.State.Values.Where(judged.Add))
            {
                if (!writers.TryGetValue(value, out Operation? writer)) found.Add("unexpected value", $"nobody wrote {value}, which is in {version}");
                else if (!MayHaveWritten(writer)) found.Add("unexpected value", $"{value} is in {version}\n  but its write was refused:\n  {writer}");
            }
        }
    }

    private static bool MayHaveWritten(Operation writer) => writer.Outcome switch
    {
        Outcome.Unknown => true,
        Outcome.Ok => writer.Action is ObjectActions.Create { Created: not null } or ObjectActions.Replace { Replaced: not null },
        _ => false,
    };
}
