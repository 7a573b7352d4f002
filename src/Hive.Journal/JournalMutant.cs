namespace Hive.Journal;

/// <summary>
/// Known bugs of recovery, for tests alone: the simulation must notice each of them when it is switched on (<see cref="JournalLimits.Mutant"/>
/// cannot be set from outside the tests).
/// </summary>
internal enum JournalMutant : byte
{
    None = 0,

    /// <summary>A record counts whose checksum does not match: an unfinished write is taken for an entry.</summary>
    TornTailAccepted,

    /// <summary>Whatever cannot be read is cut off as if it were an unfinished write.</summary>
    CorruptRecordCut,
}
