using Hive.Jepsen.Members;
using Hive.Jepsen.Nemeses;
using Hive.Jepsen.Workloads;

namespace Hive.Jepsen.Runs;

/// <summary>
/// Faults that hold at the same time, dealt by seed from all that a workload can suffer. Those that take state from members, or members from
/// the cluster, share one track, so that one at a time holds and a majority keeps what it acknowledged.
/// </summary>
public static class ComposedFaults
{
    private const int Tracks = 3, KindsOfOneTrack = 2;

    /// <summary>
    /// So many compositions for workloads that take turns. Each kind is dealt as often as any other that its workload can suffer, as nearly as may be.
    /// Engines are killed in a run of their own: where a drone does not run, containers go on (src/Hive.Drone/README.md).
    /// </summary>
    public static IEnumerable<(string Workload, string Nemesis)> Deal(int count, int seed)
    {
        var random = new Random(seed);
        var dealt = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            string workload = WorkloadCatalog.Names[i % WorkloadCatalog.Names.Count];
            yield return (workload, Choose(NemesisCatalog.For(workload).Where(n => !Needs(n, MemberNeeds.Engines)), dealt, random));
        }
        yield return (WorkloadCatalog.WithDrones, Choose(NemesisCatalog.For(WorkloadCatalog.WithDrones).Where(n => Needs(n, MemberNeeds.Engines) || !Needs(n, MemberNeeds.Drones)), dealt, random));
    }

    private static string Choose(IEnumerable<string> kinds, SortedDictionary<string, int> dealt, Random random)
    {
        string[] deck = [.. kinds];
        random.Shuffle(deck);
        string[] hand = [.. deck.OrderBy(kind => dealt.GetValueOrDefault(kind)).Take(Tracks * KindsOfOneTrack)];
        foreach (string kind in hand) dealt[kind] = dealt.GetValueOrDefault(kind) + 1;
        string[] takers = [.. hand.Where(k => NemesisCatalog.Create(k).TakesState)], others = [.. hand.Except(takers)];
        int tracks = takers.Length > 0 ? Tracks - 1 : Tracks;
        IEnumerable<string> rest = others.Select((kind, i) => (kind, i)).GroupBy(k => k.i % tracks, k => k.kind).Select(track => string.Join(',', track));
        return string.Join('+', takers.Length > 0 ? rest.Prepend(string.Join(',', takers)) : rest);
    }

    private static bool Needs(string nemesis, MemberNeeds need) => NemesisCatalog.Needs([nemesis]).HasFlag(need);
}
