using System.Collections.Immutable;

namespace Hive.Jepsen.Checkers;

/// <summary>Something that a correct system cannot show.</summary>
/// <param name="Kind">Its name in the literature: <c>G1c</c>, <c>lost</c>, <c>stale read</c> ...</param>
/// <param name="Explanation">The shortest account that convinces a reader, one operation a line.</param>
public sealed record Anomaly(string Kind, string Explanation);

/// <summary>What a checker says of a history.</summary>
/// <param name="Inconclusive">Why part of the history could not be judged within the bounds; empty when all of it was.</param>
public sealed record Verdict(string Checker, ImmutableArray<Anomaly> Anomalies, string Inconclusive = "")
{
    public bool Valid => Anomalies.IsEmpty;
}
