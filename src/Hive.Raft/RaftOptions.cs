using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>How one member takes part in consensus. Times are in ticks: the shell calls <see cref="RaftNode.Tick"/> at a steady pace.</summary>
public sealed record RaftOptions
{
    /// <summary>This member.</summary>
    public required MemberId Self { get; init; }

    /// <summary>
    /// A number that no earlier start of this member used (a boot count, or random): answers to requests of an earlier start are told
    /// apart by it, so that an old read index never serves a new read.
    /// </summary>
    public required ulong Incarnation { get; init; }

    /// <summary>
    /// Silence of the leader after which a follower stands for election, before randomisation to [n, 2n). Initial value;
    /// <see cref="RaftNode.SetElectionTimeout"/> changes it while running.
    /// </summary>
    public int ElectionTimeoutTicks { get; init; } = 10;

    /// <summary>A leader's heartbeat period; at most a third of the election time-out, so that two lost heartbeats cause no election.</summary>
    public int HeartbeatTicks { get; init; } = 1;

    /// <summary>Ask for votes without raising the term first (thesis §9.6).</summary>
    public bool PreVote { get; init; } = true;

    /// <summary>A leader that does not hear from a quorum for an election time-out steps down; voters do not depose a leader they hear (thesis §6.2, §4.2.3).</summary>
    public bool CheckQuorum { get; init; } = true;

    /// <summary>
    /// Zero for none. Else how long this member stands by a leader that it heard, so that the leader answers reads without asking (thesis §6.4.1), on what bound of
    /// clock rates <see cref="LeaderLease"/> says; ReadIndex trusts no clock. Members may differ: who promises less than its leader does not count for its
    /// lease. At most the election time-out, or it delays elections.
    /// </summary>
    public TimeSpan LeaderPromise { get; init; }

    /// <summary>The longest that <see cref="LeaderPromise"/> may have been in an earlier life of this member: it keeps that when it starts, whatever it promises now.</summary>
    public TimeSpan LeaderPromiseBefore { get; init; }

    /// <summary>A leader whose disk has not completed a write for so many ticks hands over to the best voter; 0 for never.</summary>
    public int DiskStallTicks { get; init; }

    /// <summary>
    /// Not zero when damage took part of the durable log, and where that log ended is known: the member votes by that end, and stands only when its log is
    /// that far again (<see cref="LogRepair"/>).
    /// </summary>
    public EntryId PromisedEnd { get; init; }

    /// <summary>
    /// Beside <see cref="PromisedEnd"/>: members by records that the log has lost its connection to, but the disk still holds. They are asked for what is missing, too:
    /// the membership that is left may be one from before they joined.
    /// </summary>
    public ImmutableArray<Member> Acquaintances { get; init; } = [];

    /// <summary>
    /// Above zero when damage took the end of the durable log: last index that it may have acknowledged. It neither votes nor stands until
    /// it has received and knows committed all up to there, for it may have promised what it no longer knows of.
    /// </summary>
    public LogIndex WithholdVotesUntil { get; init; }

    /// <summary>Bounds.</summary>
    public RaftLimits Limits { get; init; } = new();

    /// <summary>A known bug to switch on; tests only.</summary>
    internal RaftMutant Mutant { get; init; }
}

/// <summary>Every bound of the core, with its relation to the others.</summary>
public sealed record RaftLimits
{
    /// <summary>Entries in one append message. One entry larger than this still travels, alone.</summary>
    public int AppendBytes { get; init; } = 1024 * 1024;

    /// <summary>Append messages on their way to one follower.</summary>
    public int InflightMessages { get; init; } = 256;

    /// <summary>Bytes on their way to one follower: several full messages, so that the pipe stays filled over a round trip.</summary>
    public long InflightBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>Entries that a leader has appended and not yet seen committed; past it proposals are refused. An empty pipe takes one of any size.</summary>
    public long UncommittedBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Durable entries kept in memory for followers that lag a little; older ones are read through <see cref="ILogView"/>. Entries not yet durable come on top (bounded by <see cref="UncommittedBytes"/>).</summary>
    public long CacheBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>Committed entries handed out in one Ready.</summary>
    public long ApplyBytes { get; init; } = 4L * 1024 * 1024;

    /// <summary>Committed entries handed out and not yet applied: a slow apply holds back the core's hand, not its elections. At least <see cref="ApplyBytes"/>.</summary>
    public long ApplyInflightBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>Reads that wait for a confirmation on a leader, own and forwarded.</summary>
    public int PendingReads { get; init; } = 65_536;
}
