using Hive.Composition;
using Hive.Journal;
using Hive.Queen.Archive;
using Hive.Store;

namespace Hive.Commands.Backup;

/// <summary>How the reading of a chain ended.</summary>
internal enum ChainEnd
{
    /// <summary>There is nothing more.</summary>
    Whole,
    /// <summary>The visitor wanted no more.</summary>
    Stopped,
    /// <summary>The last record is half written: an archiver was cut off there, or writes just now.</summary>
    CutOff,
    /// <summary>What follows cannot be believed.</summary>
    Damaged,
}

/// <summary>Replays a chain: the state of its base, and then entry by entry what the cluster's members went through.</summary>
internal sealed class ChainReader(ArchiveChain chain)
{
    /// <summary>The state as far as it was replayed.</summary>
    public KeyValueStore State { get; private set; } = new();

    /// <summary>What is wrong, in which file; null when nothing is.</summary>
    public string? Problem { get; private set; }

    /// <summary>From the base on, until <paramref name="wants"/> refuses an entry.</summary>
    /// <param name="wants">Asked before each entry is applied.</param>
    /// <param name="applied">Told after it.</param>
    /// <exception cref="UsageException">The base cannot be read.</exception>
    public ChainEnd Replay(Func<AppliedEntry, bool> wants, Action<AppliedEntry>? applied = null)
    {
        State = SnapshotCommands.Read(chain.Base);
        var last = new LogPosition(State.AppliedIndex, State.AppliedTerm);
        if (last != chain.Start.Position) throw new UsageException($"{chain.Base} is not what {ArchiveChain.StartName} beside it says: it ends with entry {last.Index}, not {chain.Start.Index}");
        IReadOnlyList<string> logs = chain.Logs;
        using var progress = new ProgressLine("replayed");
        long done = 0, all = logs.Sum(l => new FileInfo(l).Length);
        for (int i = 0; i < logs.Count; i++)
        {
            using FileStream file = new(logs[i], FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            if (ArchiveReader.ReadHeader(file) is not { } header) return Stop(logs[i], "is damaged at its beginning");
            if (header.After != last) return Stop(logs[i], $"goes on behind entry {header.After.Index}, and what is in front ends with {last.Index}");
            var reader = new ArchiveReader(file, last);
            while (reader.Next() is { } entry)
            {
                if (!wants(entry)) return ChainEnd.Stopped;
                State.Apply(entry.Index, entry.Term, entry.Stamp, entry.Command);
                applied?.Invoke(entry);
                progress.Tell(done + reader.Position, all - done - reader.Position);
            }
            done += file.Length;
            last = reader.Last;
            if (reader.Problem is not { } problem) continue;
            Problem = $"{logs[i]} {problem} at byte {ArchiveFormat.HeaderBytes + reader.Position}, behind revision {State.Revision}";
            return i == logs.Count - 1 && reader.IsCutOff ? ChainEnd.CutOff : ChainEnd.Damaged;
        }
        return ChainEnd.Whole;
    }

    private ChainEnd Stop(string file, string problem)
    {
        Problem = $"{file} {problem}";
        return ChainEnd.Damaged;
    }
}
