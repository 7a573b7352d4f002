namespace Hive.Journal;

/// <summary>Whose journal it is. Written at the start of every segment and of every snapshot; a file of another identity is refused.</summary>
public readonly record struct JournalIdentity(ClusterId Cluster, MemberId Member);

/// <summary>What a member must not forget about elections (Raft, thesis figure 3.1): its term and whom it voted for in it.</summary>
public readonly record struct HardState(Term Term, MemberId Vote);

/// <summary>The log begins after this position: everything up to it is in a snapshot.</summary>
public readonly record struct LogPosition(LogIndex Index, Term Term);

/// <summary>
/// What a member may have acknowledged of its log. It is where the log ends; with damage not yet repaired, where it ended before (or ends now, whichever is
/// more up-to-date in the sense of elections).
/// </summary>
/// <param name="IsKnown">False: the end of the log was lost; the index is a bound on what it may have been, the term means nothing.</param>
public readonly record struct Promise(LogPosition End, bool IsKnown)
{
    /// <summary>As the log ends elsewhere while this promise still stands.</summary>
    public Promise And(LogPosition end)
    {
        bool beyond = end.Term > End.Term || (end.Term == End.Term && end.Index > End.Index);
        return IsKnown && beyond ? this with { End = end } : this;
    }
}

/// <summary>One entry of the log. What <see cref="Kind"/> and <see cref="Data"/> mean is the queen's affair.</summary>
public readonly record struct JournalEntry(LogIndex Index, Term Term, byte Kind, Stamp Stamp, ReadOnlyMemory<byte> Data);

/// <summary>Part of the log that was durable once and cannot be read any more.</summary>
/// <param name="From">First index that is lost. Entries from here on were not loaded, whole ones among them included.</param>
/// <param name="Promise">Where the log ended, or a bound on it: what this member may have acknowledged. Not known: the newest term and vote may be lost too.</param>
/// <param name="Where">Files and offsets, for people.</param>
public sealed record JournalDamage(LogIndex From, Promise Promise, string Where)
{
    /// <summary>Highest index that can be lost.</summary>
    public LogIndex To => Promise.End.Index;
}

/// <summary>Why a journal could not be opened.</summary>
public enum JournalOpenCode : byte
{
    Ok = 0,

    /// <summary>The files are of another cluster or member.</summary>
    WrongIdentity,

    /// <summary>Not enough room to start.</summary>
    NoSpace,

    /// <summary>Written by a newer version of Hive.</summary>
    UnknownVersion,
}

/// <summary>What was found when the journal was opened.</summary>
/// <param name="Existed">False: there was no journal here, and now there is an empty one.</param>
/// <param name="TornBytes">Bytes of an unfinished write that were cut from the end (nothing that was ever acknowledged).</param>
/// <param name="Damage">Not null: durable content is lost; see <see cref="JournalDamage"/>.</param>
public sealed record JournalOpening(JournalOpenCode Code, Journal? Journal, bool Existed, long TornBytes, JournalDamage? Damage, string Detail);
