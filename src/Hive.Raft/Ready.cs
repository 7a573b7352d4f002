using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>
/// Identity of one durable write. Tickets are numbered without gaps in the order of <see cref="RaftNode.TakeReady"/>; writes are made
/// durable in that order, and one completion covers all tickets up to its own. The sequence, not (term, index), is what tells a late
/// completion from a current one: the same (term, index) can be written, cut off and written again while the first write is under way.
/// </summary>
/// <param name="Sequence">Grows by one with each ticket of this <see cref="RaftNode"/>.</param>
/// <param name="Term">Term of the last entry of the log when the ticket was made (for traces and checks).</param>
/// <param name="LastIndex">Last entry of the log that is durable once this ticket is.</param>
public readonly record struct PersistTicket(ulong Sequence, Term Term, LogIndex LastIndex);

/// <summary>
/// One round of orders from the core to its shell: the contract of durability. The shell carries out each Ready in the order it was taken;
/// it need not wait for one to be done before it takes the next.
/// <list type="number">
/// <item><see cref="SendNow"/> may leave at once, in parallel with the disk.</item>
/// <item><see cref="Snapshot"/>, <see cref="Entries"/> and <see cref="HardState"/> are made durable, after those of earlier Readies.</item>
/// <item>Only then <see cref="SendAfterPersist"/> may leave, and <see cref="RaftNode.Persisted"/> is called with <see cref="Ticket"/>.</item>
/// <item><see cref="Committed"/> is applied, after that of earlier Readies and after <see cref="Snapshot"/> was installed; then
/// <see cref="RaftNode.Applied"/> is called. The disk writes of this Ready are not a precondition: what is here was durable before.</item>
/// </list>
/// </summary>
public sealed class Ready
{
    /// <summary>Set exactly when there is something to make durable, or messages that wait for an earlier write.</summary>
    public PersistTicket? Ticket { get; init; }

    /// <summary>Term and vote, when they changed. Durable before <see cref="SendAfterPersist"/> leaves.</summary>
    public HardState? HardState { get; init; }

    /// <summary>
    /// Entries to append, consecutive. When the first one's index is not beyond the log's end, the log is first cut off before it:
    /// a newer leader replaced that tail. Durable before <see cref="SendAfterPersist"/> leaves.
    /// </summary>
    public ImmutableArray<Entry> Entries { get; init; } = [];

    /// <summary>
    /// A snapshot that has arrived (its <see cref="InstallSnapshot"/> message was stepped) and replaces log and state: made durable,
    /// the log emptied up to its index, before <see cref="Entries"/> of this Ready are appended and before
    /// <see cref="SendAfterPersist"/> leaves; the state machine is replaced before later <see cref="Committed"/> entries are applied, and
    /// <see cref="RaftNode.Applied"/> is called with its index.
    /// </summary>
    public SnapshotMetadata? Snapshot { get; init; }

    /// <summary>
    /// Messages that promise nothing about this member's disk: a leader's appends and heartbeats (thesis §10.2.1), forwarded requests and answers to
    /// them. An <see cref="InstallSnapshot"/> in here orders the shell to stream the snapshot of that metadata, and the message after it; its end is
    /// told with <see cref="RaftNode.ReportSnapshot"/>.
    /// </summary>
    public ImmutableArray<RaftMessage> SendNow { get; init; } = [];

    /// <summary>
    /// Votes, requests for votes and append acknowledgements: they leave only once this Ready's and all earlier Readies' writes are durable.
    /// Dropped, never sent, when the write fails.
    /// </summary>
    public ImmutableArray<RaftMessage> SendAfterPersist { get; init; } = [];

    /// <summary>
    /// Entries to apply, in order, consecutive over all Readies: committed by a majority and durable on this member. All kinds are in here, so that
    /// the applied index moves over each.
    /// </summary>
    public ImmutableArray<Entry> Committed { get; init; } = [];

    /// <summary>Reads that may be served once their index is applied here.</summary>
    public ImmutableArray<ReadState> ReadStates { get; init; } = [];

    /// <summary>Tags of forwarded proposals that the leader refused: nothing was appended, so a retry is safe.</summary>
    public ImmutableArray<ulong> RefusedProposals { get; init; } = [];

    /// <summary>Leader, role and term, when one of them changed.</summary>
    public SoftState? SoftState { get; init; }

    /// <summary>The membership in force, when it changed (by append, cut-off or snapshot; not necessarily committed): whom to keep links to.</summary>
    public Membership? Membership { get; init; }
}
