using System.Collections.Immutable;
using Hive.Jepsen.Checkers;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Workloads;

/// <summary>Adds elements, each once, to a set that is kept as lists in a few keys; nothing acknowledged may be lost, doubled or invented.</summary>
public sealed class SetWorkload : IWorkload
{
    private const int Parts = 16;
    private const int Tries = 4;
    private const int ReadOneIn = 20;
    private const string Prefix = "s/";

    private long _element;

    public Step Next(Random random)
    {
        if (random.Next(ReadOneIn) == 0) return Reading();
        long element = Interlocked.Increment(ref _element);
        return new Step("set", (client, cancellation) => AddAsync(client, element, cancellation));
    }

    public IEnumerable<Step> Final() => [Reading()];

    public Verdict Check(IEnumerable<Operation> history) => SetChecker.Check(history);

    private static async Task<Done> AddAsync(MemberClient client, long element, CancellationToken cancellation)
    {
        string key = Prefix + MemberClient.Text(element % Parts);
        var add = new Action.Add(element);
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            Reply read = await client.GetAsync(key, cancellation);
            if (read.Fate != Outcome.Ok) return new Done(add, Outcome.Failed, 0, read.Error);
            (string? text, long modified) = read.Of(key);
            Reply write = await client.WriteIfAsync([(key, modified)], [(key, MemberClient.Text(MemberClient.List(text).Add(element)))], cancellation);
            if (write.Fate != Outcome.Ok || write.Held) return new Done(add, write.Fate, write.Revision, write.Error);
        }
        return new Done(add, Outcome.Failed, 0, "the set changed meanwhile, each time");
    }

    private static Step Reading() => new("set", async (client, cancellation) =>
    {
        Reply reply = await client.GetPrefixAsync(Prefix, cancellation);
        ImmutableArray<long> elements = [.. reply.Pairs.SelectMany(p => MemberClient.List(p.Value))];
        return new Done(new Action.ReadAll(elements), reply.Fate, reply.Revision, reply.Error);
    });
}
