using System.Globalization;
using Hive.Composition;
using Hive.Queen.Archive;
using Hive.Store;

namespace Hive.Commands.Backup;

/// <summary>Finds the state of one moment in an archive.</summary>
internal static class ArchiveReplay
{
    /// <summary>The state at the end of the archive, or as it was at a moment: at a revision with all that happened before the next one, at a time with all until then.</summary>
    /// <exception cref="UsageException">The archive does not hold that moment; the message says what it holds, or what is damaged.</exception>
    public static KeyValueStore Read(ArchiveFolder folder, Moment? moment)
    {
        IReadOnlyList<ArchiveChain> chains = folder.Chains;
        if (chains.Count == 0) throw new UsageException($"{folder.Path} holds no archive (no chains 000001, ...)");
        int at = moment is { } then ? LastBefore(chains, then) : chains.Count - 1;
        if (at < 0) throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"the archive begins with revision {chains[0].Start.Revision}, made {Text(chains[0].Start.Time)}: there is nothing of {Name(moment!.Value)}"));
        var reader = new ChainReader(chains[at]);
        ChainEnd end = moment switch
        {
            { Revision: { } revision } => ToRevision(reader, revision),
            { Time: { } time } => reader.Replay(entry => entry.Stamp.Wall.Ticks <= time.UtcTicks),
            _ => reader.Replay(_ => true),
        };
        if (end == ChainEnd.Damaged) throw new UsageException($"{reader.Problem}: what follows cannot be restored; --to {reader.State.Revision} restores what is in front of it");
        if (end == ChainEnd.Stopped || moment is null || reader.State.Revision.Value == moment.Value.Revision) return reader.State;
        string next = at + 1 < chains.Count ? string.Create(CultureInfo.InvariantCulture, $", and goes on with revision {chains[at + 1].Start.Revision}, made {Text(chains[at + 1].Start.Time)}") : "";
        throw new UsageException($"{Name(moment.Value)} is not in the archive: this part of it ends with {SnapshotCommands.Describe(reader.State)}{next}");
    }

    /// <summary>A revision is seen to be passed only when it was: then the same again, and not so far.</summary>
    private static ChainEnd ToRevision(ChainReader reader, long revision)
    {
        LogIndex passed = LogIndex.Zero;
        ChainEnd end = reader.Replay(_ => passed == LogIndex.Zero, entry => passed = reader.State.Revision.Value > revision ? entry.Index : passed);
        return passed == LogIndex.Zero ? end : reader.Replay(entry => entry.Index < passed);
    }

    private static int LastBefore(IReadOnlyList<ArchiveChain> chains, Moment moment)
    {
        int at = -1;
        for (int i = 0; i < chains.Count; i++)
        {
            bool before = moment.Revision is { } revision ? chains[i].Start.Revision <= revision : chains[i].Start.Time <= moment.Time!.Value.UtcDateTime;
            if (before) at = i;
        }
        return at;
    }

    private static string Name(Moment moment) => moment.Revision is { } revision ? string.Create(CultureInfo.InvariantCulture, $"revision {revision}") : Text(moment.Time!.Value.UtcDateTime);

    private static string Text(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
