using Hive.Jepsen.Checkers;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Workloads;

/// <summary>
/// Counters that must count each increment once, however often it was sent: a put adds one to its key's version, and carries an idempotency id
/// under which it is sent again when its fate is unknown.
/// </summary>
public sealed class CounterWorkload : IWorkload
{
    private const int Counters = 4;
    private const int MostTries = 4;

    public Step Next(Random random)
    {
        string key = $"c/{random.Next(Counters)}";
        return random.Next(3) == 0 ? Reading(key) : new Step(key, (client, cancellation) => IncrementAsync(client, key, cancellation));
    }

    public IEnumerable<Step> Final() => Enumerable.Range(0, Counters).Select(counter => Reading($"c/{counter}"));

    public Verdict Check(IEnumerable<Operation> history) => CounterChecker.Check(history);

    /// <summary>Sent until its fate is certain or the tries are used up. Once its fate was unknown a refusal of a later try says nothing of the first.</summary>
    private static async Task<Done> IncrementAsync(MemberClient client, string key, CancellationToken cancellation)
    {
        string id = MemberClient.NewRequestId();
        bool everUnknown = false;
        Reply reply = new(Outcome.Failed, false, [], 0, "");
        for (int i = 0; i < MostTries; i++)
        {
            reply = await client.PutAsync(key, id, cancellation, requestId: id);
            if (reply.IsOk) return new Done(new Action.Increment(), Outcome.Ok, reply.Revision, "");
            everUnknown |= reply.Fate == Outcome.Unknown;
            if (!everUnknown) break;
        }
        return new Done(new Action.Increment(), everUnknown ? Outcome.Unknown : Outcome.Failed, 0, reply.Error);
    }

    private static Step Reading(string key) => new(key, async (client, cancellation) =>
    {
        Reply reply = await client.GetAsync(key, cancellation);
        return new Done(new Action.ReadCount(reply.Find(key)?.Version ?? 0), reply.Fate, reply.Revision, reply.Error);
    });
}
