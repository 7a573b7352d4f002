namespace Hive.Raft;

/// <summary>What an entry means to consensus. Its number is on disk and on the wire: never reuse one.</summary>
public enum EntryKind : byte
{
    /// <summary>A command of the state machine.</summary>
    Normal = 0,

    /// <summary>A whole <see cref="Raft.Membership"/> (encoded by <see cref="RaftCodec"/>), in force from the moment it is appended (thesis §4.1).</summary>
    Membership = 1,

    /// <summary>The first entry of a term: no payload; committing it commits all older terms' entries (thesis §3.6.2, §6.4).</summary>
    Empty = 2,
}

/// <summary>One entry of the replicated log. Immutable; shared by log, cache, messages and disk without copying.</summary>
/// <param name="Term">Term of the leader that appended it.</param>
/// <param name="Index">Its position.</param>
/// <param name="Kind">What it means to consensus.</param>
/// <param name="Stamp">The leader's two clocks when it appended the entry; neither goes back along the log.</param>
/// <param name="Payload">The command; must not be changed by anyone once proposed.</param>
public sealed record Entry(Term Term, LogIndex Index, EntryKind Kind, Stamp Stamp, ReadOnlyMemory<byte> Payload)
{
    /// <summary>What bounds count an entry as: its payload, and a flat charge so that a million empty ones are not free.</summary>
    public int ChargedBytes => Payload.Length + OverheadBytes;

    /// <summary>The flat charge: about what an entry takes in memory and on disk beside its payload.</summary>
    public const int OverheadBytes = 64;

    /// <summary>Same place, same term, same content.</summary>
    public bool SameAs(Entry other) =>
        Term == other.Term && Index == other.Index && Kind == other.Kind && Stamp == other.Stamp && Payload.Span.SequenceEqual(other.Payload.Span);

    public override string ToString() => $"{Index}/{Term} {Kind} {Payload.Length}B";
}
