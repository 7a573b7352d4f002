using System.Collections.Immutable;

namespace Hive.Jepsen.Checkers;

/// <summary>Gathers anomalies, a few of each kind.</summary>
internal sealed class Findings
{
    /// <summary>Anomalies of one kind told in full.</summary>
    private const int Told = 3;

    private readonly SortedDictionary<string, (List<string> Told, int Count)> _kinds = new(StringComparer.Ordinal);

    public void Add(string kind, string explanation)
    {
        (List<string> told, int count) = _kinds.TryGetValue(kind, out var present) ? present : ([], 0);
        if (told.Count < Told) told.Add(explanation);
        _kinds[kind] = (told, count + 1);
    }

    public ImmutableArray<Anomaly> ToImmutable() =>
        [.. _kinds.Select(k => new Anomaly(k.Key, string.Join('\n', k.Value.Told) + (k.Value.Count > Told ? $"\n... and {k.Value.Count - Told} more" : "")))];
}
