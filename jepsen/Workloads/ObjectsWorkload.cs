using System.Collections.Concurrent;
using Hive.Jepsen.Checkers;
using Hive.Jepsen.Checkers.Objects;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Members;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Workloads;

/// <summary>
/// Kubernetes objects created, replaced and deleted by resourceVersion through all queens at once, at times knowingly under a version that is
/// long gone, while informers follow through each queen and history is compacted behind them.
/// </summary>
public sealed class ObjectsWorkload : IWorkload
{
    /// <summary>Key of the lists that are made when all is over.</summary>
    public const string FinalKey = "final list";

    private const int Names = 8;
    private const int InformersOfOneMember = 2;
    private const int KeptRevisions = 10;

    private readonly ConcurrentDictionary<string, ObjectState> _remembered = new(StringComparer.Ordinal);
    private long _value;
    private long _newest;

    public async Task PrepareAsync(Cluster cluster, MemberClient client, CancellationToken cancellation) => await client.Objects.PrepareAsync(cancellation);

    public IEnumerable<Observer> Observers(int members, int seed)
    {
        var ends = Enumerable.Range(0, members).Select(m => EndOf(Cluster.Name(m))).ToHashSet(StringComparer.Ordinal);
        return Enumerable.Range(0, members * InformersOfOneMember).Select(i => new Observer(i % members, (client, recorder, stop) =>
            new Informer($"informer {i + 1}", client.Objects, client.Member, recorder, new Random(unchecked(seed * 7919 + i)), ends).RunAsync(stop)));
    }

    public Step Next(Random random)
    {
        string name = $"object-{random.Next(Names)}";
        bool stale = random.Next(6) == 0, remembers = random.Next(8) == 0;
        return random.Next(40) switch
        {
            0 => new Step(name, CompactAsync),
            < 4 => new Step(name, (client, cancellation) => RemoveAsync(client, name, stale, cancellation)),
            < 12 => new Step(name, (client, cancellation) => GetAsync(client, name, cancellation)),
            _ => new Step(name, (client, cancellation) => WriteAsync(client, name, stale, remembers, cancellation)),
        };
    }

    /// <summary>A list, and then the mark that tells informers that there is no more.</summary>
    public IEnumerable<Step> Final() => [new Step(FinalKey, ListAsync), new Step("end", MarkAsync)];

    public Verdict Check(IEnumerable<Operation> history) => ObjectChecker.Check(history);

    private static string EndOf(string member) => "end-" + member;

    private static async Task<Done> GetAsync(MemberClient client, string name, CancellationToken cancellation)
    {
        ObjectReply reply = await client.Objects.GetAsync(name, cancellation);
        return new Done(new ObjectActions.Get(reply.Object), reply.Fate, reply.Object?.Version ?? 0, reply.Error);
    }

    private async Task<Done> WriteAsync(MemberClient client, string name, bool stale, bool remembers, CancellationToken cancellation)
    {
        (ObjectState? seen, Done? failed) = await BaseAsync(client, name, stale, cancellation);
        if (failed is not null) return failed;
        long value = Interlocked.Increment(ref _value);
        if (seen is null)
        {
            ObjectReply created = await client.Objects.CreateAsync(name, value, cancellation);
            return Noted(new Done(new ObjectActions.Create(value, created.Object), created.Fate, created.Object?.Version ?? 0, created.Error));
        }
        if (remembers) _remembered[name] = seen;
        ObjectReply replaced = await client.Objects.ReplaceAsync(seen, value, cancellation);
        return Noted(new Done(new ObjectActions.Replace(seen, value, replaced.Object), replaced.Fate, replaced.Object?.Version ?? 0, replaced.Error));
    }

    private async Task<Done> RemoveAsync(MemberClient client, string name, bool stale, CancellationToken cancellation)
    {
        (ObjectState? seen, Done? failed) = await BaseAsync(client, name, stale, cancellation);
        if (failed is not null) return failed;
        if (seen is null) return new Done(new ObjectActions.Get(null), Outcome.Failed, 0, "nothing to delete");
        ObjectReply removed = await client.Objects.DeleteAsync(seen, cancellation);
        return new Done(new ObjectActions.Remove(seen, removed.Object is not null), removed.Fate, 0, removed.Error);
    }

    /// <summary>What a write builds on: what is there now, or what somebody saw some time ago.</summary>
    private async Task<(ObjectState? Seen, Done? Failed)> BaseAsync(MemberClient client, string name, bool stale, CancellationToken cancellation)
    {
        if (stale && _remembered.TryGetValue(name, out ObjectState? old)) return (old, null);
        ObjectReply now = await client.Objects.GetAsync(name, cancellation);
        return now.Fate == Outcome.Ok ? (now.Object, null) : (null, new Done(new ObjectActions.Get(null), Outcome.Failed, 0, now.Error));
    }

    private async Task<Done> CompactAsync(MemberClient client, CancellationToken cancellation)
    {
        long at = Math.Max(1, Interlocked.Read(ref _newest) - KeptRevisions);
        Reply reply = await client.CompactAsync(at, cancellation);
        return new Done(new Action.Compact(at), reply.Fate, 0, reply.Error);
    }

    private static async Task<Done> ListAsync(MemberClient client, CancellationToken cancellation)
    {
        ListReply reply = await client.Objects.ListAsync(cancellation);
        return new Done(new ObjectActions.List(reply.Objects), reply.Fate, reply.Revision, reply.Error);
    }

    private async Task<Done> MarkAsync(MemberClient client, CancellationToken cancellation)
    {
        long value = Interlocked.Increment(ref _value);
        ObjectReply reply = await client.Objects.CreateAsync(EndOf(client.Member), value, cancellation);
        return new Done(new ObjectActions.Create(value, reply.Object), reply.Fate, reply.Object?.Version ?? 0, reply.Error);
    }

    private Done Noted(Done done)
    {
        if (done.Revision > Interlocked.Read(ref _newest)) Interlocked.Exchange(ref _newest, done.Revision);
        return done;
    }
}
