using System.Buffers;
using Hive.Journal;
using Hive.Queen.Core;
using Hive.Queen.Shell;
using Hive.Queen.Storage;
using Hive.Raft;
using Hive.Store;

namespace Hive.Queen.Rehearsal;

/// <summary>A member without threads: what its core orders is carried out at once, in memory.</summary>
internal sealed class RehearsalMember : IDisposable
{
    private const ulong Incarnation = 1;
    private readonly QueenStorage _storage;
    private readonly QueenCore _core;
    private readonly EntryApplier _applier;
    private readonly JournalBatch _batch = new();
    private readonly Queue<RaftMessage> _arrived = new();
    private readonly Action<RaftMessage> _send;
    private readonly MemberId _self;
    private ulong _lastNumber;

    public RehearsalMember(QueenOptions options, Action<RaftMessage> send)
    {
        (_self, _send) = (options.Self, send);
        _storage = QueenStorage.Open(options, options.Genesis());
        var log = new LogView(_storage.Journal, _storage.Metadata);
        var jitter = new SeededJitter(options.Self.Value);
        var raftOptions = new RaftOptions
        {
            Self = options.Self,
            Incarnation = Incarnation,
            ElectionTimeoutTicks = options.Limits.ElectionTicks,
            HeartbeatTicks = options.Limits.HeartbeatTicks,
        };
        _core = new QueenCore(new RaftNode(raftOptions, default, log, jitter), log, options.Limits, Incarnation, _storage.Store.NextDeadline, jitter);
        _applier = new EntryApplier(_storage.Store, options.Self, Incarnation);
    }

    /// <summary>It leads, and the first entry of its term is applied.</summary>
    public bool Leads { get; private set; }

    /// <summary>Calls that were answered well.</summary>
    public int Answered { get; private set; }

    public void Arrive(RaftMessage message) => _arrived.Enqueue(message);

    /// <summary>One turn of the loop at a time, and a tick.</summary>
    public void Turn(TimeSpan now)
    {
        _core.Observe(new ClockReading(now, default));
        while (_arrived.TryDequeue(out RaftMessage? message)) _core.Take(new QueenInput.Message(message));
        _core.Tick();
        CarryOut();
    }

    public void Write()
    {
        var payload = new ArrayBufferWriter<byte>();
        ulong number = ++_lastNumber;
        new ProposalHeader(_self, Incarnation, number).Write(payload);
        CommandCodec.Encode(new MutateCommand(new PutOperation("rehearsal"u8.ToArray(), "written"u8.ToArray())), payload);
        Take(new QueenInput.Propose(number, payload.WrittenMemory, LeaderOnly: false));
    }

    public void Read() => Take(new QueenInput.Read(++_lastNumber));

    public void HandOver(MemberId target) => Take(new QueenInput.Transfer(++_lastNumber, target));

    public void Lose(MemberId peer) => Take(new QueenInput.PeerLost(peer));

    public void Dispose() => _storage.Dispose();

    private void Take(QueenInput input)
    {
        _core.Take(input);
        CarryOut();
    }

    private void CarryOut()
    {
        while (_core.TakeReady() is { } ready)
        {
            if (ready.Raft is { } raft) CarryOut(raft);
            foreach (ScopeChange change in ready.Scopes) Leads = change.FirstOfTerm is not null;
            foreach (CoreAnswer answer in ready.Answers) Answered += answer.Code == QueenCode.Ok ? 1 : 0;
        }
    }

    private void CarryOut(Ready ready)
    {
        foreach (RaftMessage message in ready.SendNow) _send(message);
        if (ready.Ticket is { } ticket)
        {
            _batch.Clear();
            foreach (Entry entry in ready.Entries) _batch.Append(new JournalEntry(entry.Index, entry.Term, (byte)entry.Kind, entry.Stamp, entry.Payload));
            if (ready.HardState is { } state) _batch.SetHardState(new Journal.HardState(state.Term, state.Vote));
            _storage.Journal.Write(_batch);
            foreach (RaftMessage message in ready.SendAfterPersist) _send(message);
            _core.Take(new QueenInput.Persisted(ticket));
        }
        if (!ready.Committed.IsEmpty) _core.Take(new QueenInput.Applied(_applier.Apply(ready.Committed)));
    }
}
