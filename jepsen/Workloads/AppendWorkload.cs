using System.Collections.Immutable;
using Hive.Jepsen.Checkers;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Workloads;

/// <summary>
/// Transactions of one to four appends and reads over lists, which must be strictly serializable. A transaction reads its lists at one
/// revision and then writes them where none has changed since; where one has, it failed and changed nothing.
/// </summary>
public sealed class AppendWorkload : IWorkload
{
    private const int Lists = 4;
    private const int LongestTransaction = 4;
    private const int TransactionsOfOneKey = 100;

    private long _chosen;
    private long _element;

    public Step Next(Random random)
    {
        long round = (Interlocked.Increment(ref _chosen) - 1) / (TransactionsOfOneKey * Lists);
        int length = random.Next(1, LongestTransaction + 1);
        ListStep[] steps = new ListStep[length];
        for (int i = 0; i < length; i++)
        {
            string key = $"l/{round}/{random.Next(Lists)}";
            steps[i] = random.Next(2) == 0 ? new ListStep(key, 0, ImmutableArray<long>.Empty) : new ListStep(key, Interlocked.Increment(ref _element), null);
        }
        return new Step("lists", (client, cancellation) => TransactAsync(client, steps, cancellation));
    }

    public IEnumerable<Step> Final()
    {
        long rounds = (Interlocked.Read(ref _chosen) - 1) / (TransactionsOfOneKey * Lists);
        for (long round = 0; round <= rounds; round++)
        {
            ListStep[] steps = [.. Enumerable.Range(0, Lists).Select(list => new ListStep($"l/{round}/{list}", 0, ImmutableArray<long>.Empty))];
            yield return new Step("lists", (client, cancellation) => TransactAsync(client, steps, cancellation));
        }
    }

    public Verdict Check(IEnumerable<Operation> history) => ListAppendChecker.Check(history);

    private static async Task<Done> TransactAsync(MemberClient client, ListStep[] steps, CancellationToken cancellation)
    {
        var asked = new Action.Transaction([.. steps]);
        string[] keys = [.. steps.Select(s => s.Key).Distinct(StringComparer.Ordinal)];
        Reply read = await client.ReadTogetherAsync(keys, cancellation);
        if (read.Fate != Outcome.Ok) return new Done(asked, Outcome.Failed, 0, read.Error);
        var lists = new SortedDictionary<string, ImmutableArray<long>>(StringComparer.Ordinal);
        foreach (string key in keys) lists[key] = MemberClient.List(read.Of(key).Text);
        var written = new SortedSet<string>(StringComparer.Ordinal);
        var seen = ImmutableArray.CreateBuilder<ListStep>(steps.Length);
        foreach (ListStep step in steps)
        {
            if (step.Read is null)
            {
                lists[step.Key] = lists[step.Key].Add(step.Append);
                written.Add(step.Key);
            }
            seen.Add(step.Read is null ? step : step with { Read = lists[step.Key] });
        }
        var answered = new Action.Transaction(seen.ToImmutable());
        if (written.Count == 0) return new Done(answered, Outcome.Ok, read.Revision, "");
        Reply write = await client.WriteIfAsync(keys.Select(k => (k, read.Of(k).ModRevision)), written.Select(k => (k, MemberClient.Text(lists[k]))), cancellation);
        if (write.Fate != Outcome.Ok) return new Done(asked, write.Fate, 0, write.Error);
        return write.Held ? new Done(answered, Outcome.Ok, write.Revision, "") : new Done(asked, Outcome.Failed, 0, "a list changed meanwhile");
    }
}
