namespace Hive.Raft;

/// <summary>What a member must never forget: it is durable before any message that depends on it leaves.</summary>
/// <param name="Term">The newest term it has seen.</param>
/// <param name="Vote">Whom it voted for in that term, or none.</param>
public readonly record struct HardState(Term Term, MemberId Vote);

/// <summary>The part a member plays. <see cref="Learner"/> is a follower without a vote.</summary>
public enum RaftRole : byte { Follower = 0, PreCandidate, Candidate, Leader, Learner }

/// <summary>What a member believes of leadership; not durable, told when it changes.</summary>
public readonly record struct SoftState(MemberId Leader, RaftRole Role, Term Term);

/// <summary>Identity of a linearizable read. Never used twice: the incarnation differs from start to start, the number within one.</summary>
public readonly record struct ReadContext(ulong Incarnation, ulong Number);

/// <summary>A read may be served from the state machine once <see cref="Index"/> is applied there.</summary>
/// <param name="Number">The number given to <see cref="RaftNode.ReadIndex"/>.</param>
/// <param name="Index">Commit index of the leader, confirmed after the read arrived; meaningless when refused.</param>
/// <param name="Refused">The leader could not take it (not leader any more, or its queue was full): ask again.</param>
public readonly record struct ReadState(ulong Number, LogIndex Index, bool Refused);

/// <summary>One reading of this member's clocks; input to the core, from which a leader makes its stamps.</summary>
/// <param name="Monotonic">Time since some fixed moment of this process; never goes back.</param>
/// <param name="Wall">What this machine calls the time; may jump, the stamps do not.</param>
public readonly record struct ClockReading(TimeSpan Monotonic, WallTime Wall);
