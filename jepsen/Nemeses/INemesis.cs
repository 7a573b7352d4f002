using Hive.Jepsen.Members;

namespace Hive.Jepsen.Nemeses;

/// <summary>A fault that holds.</summary>
/// <param name="What">In words, with the victim.</param>
/// <param name="HealAsync">Ends it, and it alone: other faults may hold at the same time.</param>
public sealed record Fault(string What, Func<Task> HealAsync)
{
    /// <summary>What came of it, where that is known only after healing.</summary>
    public string Note { get; set; } = "";
}

/// <summary>What a nemesis chooses with and works on.</summary>
/// <param name="Name">A word that no other fault of this run has, for rules and files.</param>
/// <param name="Victim">A member to suffer: half of the time the leader.</param>
/// <param name="Duration">How long the fault will hold.</param>
public sealed record FaultContext(Cluster Cluster, Random Random, string Name, int Victim, TimeSpan Duration)
{
    /// <summary>The victim and so many others that a majority is left.</summary>
    public int[] Minority()
    {
        int[] others = [.. Enumerable.Range(0, Cluster.Size).Where(m => m != Victim)];
        Random.Shuffle(others);
        return [Victim, .. others.Take(Random.Next((Cluster.Size - 1) / 2))];
    }

    public NamespaceNetwork Network => (NamespaceNetwork)Cluster.Network;

    public static string Names(IEnumerable<int> members) => string.Join(' ', members.Select(Cluster.Name));
}

/// <summary>One kind of fault.</summary>
public interface INemesis
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>What members need at their start so that it can be made.</summary>
    MemberNeeds Needs { get; }

    /// <summary>Whether members must serve again before the next fault of its track, so that there is something to lose.</summary>
    bool NeedsRecovery { get; }

    /// <summary>
    /// Whether it takes from a member what it has on its disk, or a member from the cluster. Two such faults at the same time could leave less
    /// than a majority with what was acknowledged.
    /// </summary>
    bool TakesState => false;

    /// <summary>How long a fault of this kind may hold.</summary>
    double LongestSeconds => 4;

    /// <summary>Makes the fault.</summary>
    Task<Fault> BeginAsync(FaultContext context);
}
