using System.Globalization;
using System.Text;
using Hive.Simulation.World;
using Hive.Store;

namespace Hive.Simulation.Checkers;

/// <summary>
/// A naive model of the keys below "k/": what a put, a delete and a compare-and-put of one key mean, kept for every index of the log. It shares no
/// code with the store.
/// </summary>
internal sealed class KeyModel
{
    public const string Prefix = "k/";

    private readonly SortedDictionary<string, List<Version>> _keys = new(StringComparer.Ordinal);
    private readonly SortedDictionary<ulong, bool> _outcomes = [];
    private readonly List<Change> _changes = [];

    /// <summary>A key from an index on; a null value means absent.</summary>
    internal readonly record struct Version(LogIndex Index, long Revision, string? Value);

    /// <summary>One change, as every watcher must see it.</summary>
    internal readonly record struct Change(long Revision, string Key, string? Value);

    /// <summary>All changes in order.</summary>
    public IReadOnlyList<Change> Changes => _changes;

    public void Apply(LogIndex index, Command? command, ApplyResult result)
    {
        if (command is not MutateCommand { Operation: var operation }) return;
        switch (operation)
        {
            case PutOperation put when IsModelled(put.Key):
                Set(index, Text(put.Key), Text(put.Value), result);
                break;
            case DeleteOperation delete when IsModelled(delete.Key):
                if (At(Text(delete.Key), index)?.Value is not null) Set(index, Text(delete.Key), null, result);
                break;
            case TxnOperation { Success: [PutOperation put], Compare: [var compare] } when IsModelled(put.Key):
                bool holds = (At(Text(put.Key), index) is { Value: not null } now ? now.Revision : 0) == compare.Number;
                _outcomes.Add(index.Value, holds);
                if (holds) Set(index, Text(put.Key), Text(put.Value), result);
                break;
        }
    }

    /// <summary>The key as it is after an index was applied; null when it never was.</summary>
    public Version? At(string key, LogIndex index)
    {
        if (!_keys.TryGetValue(key, out var versions)) return null;
        int low = 0, high = versions.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (versions[middle].Index <= index) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? null : versions[low - 1];
    }

    /// <summary>Whether the comparison of the transaction at that index held; null when there is none.</summary>
    public bool? OutcomeAt(LogIndex index) => _outcomes.TryGetValue(index.Value, out bool holds) ? holds : null;

    /// <summary>Position of the first change after a revision.</summary>
    public int FirstAfter(long revision)
    {
        int low = 0, high = _changes.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_changes[middle].Revision <= revision) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static bool IsModelled(ReadOnlyMemory<byte> key) => key.Span.StartsWith("k/"u8);

    private void Set(LogIndex index, string key, string? value, ApplyResult result)
    {
        Violation.Unless(result.Error == StoreError.None, "writes-succeed", () => $"{key} at {index}: {result.Error}");
        if (!_keys.TryGetValue(key, out var versions)) _keys.Add(key, versions = []);
        long revision = result.Revision.Value;
        Violation.Unless(_changes.Count == 0 || _changes[^1].Revision < revision, "revisions-grow",
            () => string.Create(CultureInfo.InvariantCulture, $"{key} at {index} has revision {revision} after {_changes[^1].Revision}"));
        versions.Add(new Version(index, revision, value));
        _changes.Add(new Change(revision, key, value));
    }
}
