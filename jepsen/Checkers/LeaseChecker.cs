using System.Collections.Immutable;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Checkers;

/// <summary>
/// Leases: a key lives for at least the time granted, counted from when the last acknowledged renewal was asked for; a revoked lease has no
/// key; what is gone stays gone; and without renewals everything goes in the end. Of late expiry nothing is promised but that it comes:
/// the log's time stands still while there is no leader.
/// </summary>
public static class LeaseChecker
{
    private const int Told = 5;
    private const long NanosecondsOfSecond = 1_000_000_000;

    public static Verdict Check(IEnumerable<Operation> history)
    {
        Operation[] operations = [.. history.OrderBy(o => o.InvokedAt).ThenBy(o => o.Index)];
        var anomalies = new List<Anomaly>();
        var immortal = operations.Where(o => o is { Outcome: Outcome.Ok, Action: Action.LookAtEnd { Present.Length: > 0 } }).ToList();
        foreach (Operation look in immortal.Take(1)) anomalies.Add(new Anomaly("immortal", $"these leases were not renewed for much longer than they were granted for, and their keys are still there:\n  {look}"));
        foreach (IGrouping<long, Operation> lease in operations.Where(o => LeaseOf(o.Action) != 0).GroupBy(o => LeaseOf(o.Action))) Judge([.. lease], anomalies);
        bool ended = operations.Any(o => o is { Outcome: Outcome.Ok, Action: Action.LookAtEnd });
        IEnumerable<Anomaly> told = anomalies.GroupBy(a => a.Kind, StringComparer.Ordinal).SelectMany(g => g.Take(Told));
        return new Verdict("leases", [.. told], ended ? "" : "no look at the end succeeded");
    }

    private static long LeaseOf(Action action) => action switch
    {
        Action.Grant grant => grant.Lease,
        Action.Attach attach => attach.Lease,
        Action.Renew renew => renew.Lease,
        Action.Revoke revoke => revoke.Lease,
        Action.Look look => look.Lease,
        _ => 0,
    };

    private static void Judge(Operation[] operations, List<Anomaly> anomalies)
    {
        (Operation By, long Until)[] promises = [.. operations.Where(o => o.Outcome == Outcome.Ok).Select(o => (o, Promised(o))).Where(p => p.Item2 > 0)];
        Operation? attached = operations.FirstOrDefault(o => o is { Action: Action.Attach, Outcome: Outcome.Ok });
        Operation[] revocations = [.. operations.Where(o => o is { Action: Action.Revoke, Outcome: not Outcome.Failed })];
        Operation? gone = null;
        foreach (Operation look in operations.Where(o => o.Outcome == Outcome.Ok))
        {
            bool absent = (look.Action is Action.Look { Present: false } && attached is not null && attached.CompletedAt < look.InvokedAt) || look.Action is Action.Renew { Seconds: <= 0 };
            if (absent)
            {
                bool revoked = revocations.Any(r => r.InvokedAt < look.CompletedAt);
                if (!revoked && promises.FirstOrDefault(p => p.By.CompletedAt < look.InvokedAt && look.CompletedAt < p.Until).By is { } promise)
                    anomalies.Add(new Anomaly("expired early", $"this lease was promised:\n  {promise}\nand had ended before its time:\n  {look}"));
                if (gone is null || look.CompletedAt < gone.CompletedAt) gone = look;
            }
            if (look.Action is not Action.Look { Present: true }) continue;
            if (revocations.FirstOrDefault(r => r.Outcome == Outcome.Ok && r.CompletedAt < look.InvokedAt) is { } revocation)
                anomalies.Add(new Anomaly("outlived its revocation", $"a key is there after its lease was revoked:\n  {revocation}\n  {look}"));
            if (gone is not null && gone.CompletedAt < look.InvokedAt)
                anomalies.Add(new Anomaly("came back", $"a key is there again though its lease had ended:\n  {gone}\n  {look}"));
        }
    }

    /// <summary>Until when a lease certainly lives by this answer: counted from when it was asked for.</summary>
    private static long Promised(Operation operation) => operation.Action switch
    {
        Action.Grant grant => operation.InvokedAt + grant.Seconds * NanosecondsOfSecond,
        Action.Renew { Seconds: > 0 } renew => operation.InvokedAt + renew.Seconds * NanosecondsOfSecond,
        _ => 0,
    };
}
