using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Checkers.Objects;

/// <summary>
/// Kubernetes objects: writes that name a resourceVersion take effect on that version or not at all, nothing acknowledged is lost, reads and lists
/// show all that was acknowledged before them, and an informer that listed once and followed the watch ends with what a list shows.
/// </summary>
public static class ObjectChecker
{
    public static Verdict Check(IEnumerable<Operation> history)
    {
        Operation[] operations = [.. history];
        var found = new Findings();
        var log = new ObjectLog(operations, found);
        WriteRules.Judge(operations, log, found);
        ReadRules.Judge(operations, log, found);
        int compared = InformerRules.Judge(operations, log, found);
        return new Verdict("objects", found.ToImmutable(), compared == 0 ? "no informer could be compared with a final list" : "");
    }
}
