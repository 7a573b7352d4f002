using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>What leaves with the next Ready. Whether a message waits for the disk is decided here, once, by what it promises.</summary>
internal sealed class Outbox
{
    private readonly List<RaftMessage> _now = [];
    private readonly List<RaftMessage> _afterPersist = [];
    private readonly List<ReadState> _reads = [];
    private readonly List<ulong> _refused = [];

    public bool IsEmpty => _now.Count == 0 && _afterPersist.Count == 0 && _reads.Count == 0 && _refused.Count == 0;

    public bool HasAfterPersist => _afterPersist.Count > 0;

    /// <summary>
    /// A vote and an acknowledgement promise durable state. So does a request for votes: it shows a log end and a term, and grants given to it must
    /// not be counted by a later start of this member with a shorter log.
    /// </summary>
    public void Send(RaftMessage message) => (message is AppendResponse or VoteRequest or VoteResponse ? _afterPersist : _now).Add(message);

    public void Answer(ReadState read) => _reads.Add(read);

    public void RefuseProposal(ulong tag) => _refused.Add(tag);

    public ImmutableArray<RaftMessage> TakeNow() => Take(_now);

    public ImmutableArray<RaftMessage> TakeAfterPersist() => Take(_afterPersist);

    public ImmutableArray<ReadState> TakeReads() => Take(_reads);

    public ImmutableArray<ulong> TakeRefused() => Take(_refused);

    private static ImmutableArray<T> Take<T>(List<T> list)
    {
        if (list.Count == 0) return [];
        ImmutableArray<T> taken = [.. list];
        list.Clear();
        return taken;
    }
}
