namespace Hive.Jepsen.Nemeses;

/// <summary>A way to cut a cluster: the one-way links that are cut, and how to say it.</summary>
public sealed record PartitionShape(string Name, Func<FaultContext, (IEnumerable<(int From, int To)> Links, string What)> Cut);

/// <summary>All shapes of partitions.</summary>
public static class PartitionShapes
{
    public static readonly IReadOnlyList<PartitionShape> All =
    [
        new("halves", Halves),
        new("single", context => (Between([context.Victim], Others(context)), $"{FaultContext.Names([context.Victim])} from all others")),
        new("one-way", OneWay),
        new("bridge", Bridge),
        new("ring", Ring),
    ];

    private static IEnumerable<int> Others(FaultContext context) => Enumerable.Range(0, context.Cluster.Size).Where(m => m != context.Victim);

    /// <summary>Both ways between every two of different sides.</summary>
    private static IEnumerable<(int From, int To)> Between(IEnumerable<int> one, IEnumerable<int> other) =>
        one.SelectMany(a => other.SelectMany(b => new[] { (a, b), (b, a) }));

    private static (IEnumerable<(int, int)>, string) Halves(FaultContext context)
    {
        int[] minority = context.Minority();
        int[] majority = [.. Enumerable.Range(0, context.Cluster.Size).Except(minority)];
        return (Between(minority, majority), $"{FaultContext.Names(minority)} from {FaultContext.Names(majority)}");
    }

    /// <summary>The victim hears nobody, or nobody hears it.</summary>
    private static (IEnumerable<(int, int)>, string) OneWay(FaultContext context)
    {
        int victim = context.Victim;
        return context.Random.Next(2) == 0
            ? (Others(context).Select(m => (m, victim)), $"{FaultContext.Names([victim])} hears nobody")
            : (Others(context).Select(m => (victim, m)), $"nobody hears {FaultContext.Names([victim])}");
    }

    /// <summary>Two halves that only the victim can talk to.</summary>
    private static (IEnumerable<(int, int)>, string) Bridge(FaultContext context)
    {
        int[] others = [.. Others(context)];
        context.Random.Shuffle(others);
        int[] left = others[..(others.Length / 2)], right = others[(others.Length / 2)..];
        return (Between(left, right), $"{FaultContext.Names(left)} from {FaultContext.Names(right)}, with {FaultContext.Names([context.Victim])} as the bridge");
    }

    /// <summary>Each member sees a majority, and no two the same one: only neighbours of a ring hear each other. Of three, one link is cut.</summary>
    private static (IEnumerable<(int, int)>, string) Ring(FaultContext context)
    {
        int n = context.Cluster.Size;
        int[] ring = [.. Enumerable.Range(0, n)];
        context.Random.Shuffle(ring);
        int reach = n > 3 ? n / 4 : 0;
        var cut = new List<(int, int)>();
        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
            {
                int apart = Math.Min(j - i, n - (j - i));
                if (n == 3 ? (i, j) == (0, 2) : apart > reach) cut.AddRange(Between([ring[i]], [ring[j]]));
            }
        }
        return (cut, $"a ring of {FaultContext.Names(ring)}");
    }
}
