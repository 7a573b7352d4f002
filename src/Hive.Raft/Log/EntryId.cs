namespace Hive.Raft;

/// <summary>
/// Names one entry for good: no term has two leaders, and a leader appends once at an index. By Log Matching (thesis §3.5) it names all that stands in front
/// of the entry too, in whatever log and at whatever time it is found. Also the end of a log, as elections compare it.
/// </summary>
public readonly record struct EntryId(LogIndex Index, Term Term)
{
    /// <summary>Whether a log that ends here is more up-to-date than one that ends there (thesis §3.6.1).</summary>
    public bool IsBeyond(EntryId other) => Term > other.Term || (Term == other.Term && Index > other.Index);

    public override string ToString() => $"{Index}/{Term}";
}
