using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics;
using Hive.Queen;
using Hive.Store;

namespace Hive.Etcd.Tests;

/// <summary>
/// The real store with the log left out: each proposal is applied at once by whoever proposes. What consensus adds is not this face's; what
/// the face must do with each of the queen's answers is scripted by <see cref="Refuse"/>.
/// </summary>
internal sealed class DirectQueen : IQueen
{
    private readonly Lock _gate = new();
    private readonly long _born = Stopwatch.GetTimestamp();
    private ulong _index;
    private int _reads;

    /// <summary>The first entry of the term, as a leader appends it.</summary>
    public DirectQueen() => Store.Apply(new LogIndex(++_index), new Term(2), Now, default);

    public static readonly MemberId Id = new(0x8e9e05c52164694d);

    public KeyValueStore Store { get; } = new();

    /// <summary>When not Ok, every proposal, read and renewal is answered with it.</summary>
    public QueenCode Refuse { get; set; }

    public MemberId Leader { get; set; } = Id;

    /// <summary>Whether her disk is nearly full.</summary>
    public bool IsSpaceLow { get; set; }

    /// <summary>When set, proposals wait for it before they are applied.</summary>
    public TaskCompletionSource? Hold { get; set; }

    /// <summary>Barriers asked for so far.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Called at each barrier, before it is answered.</summary>
    public Action? OnRead { get; set; }

    /// <summary>Called with each proposal, before it is applied.</summary>
    public Action? OnProposal { get; set; }

    /// <summary>Added to log time, so that leases can be let run out.</summary>
    public TimeSpan Ahead { get; set; }

    /// <summary>The last command proposed.</summary>
    public Command? LastCommand { get; private set; }

    public Stamp Now => new(LogTime.Zero + Stopwatch.GetElapsedTime(_born) + Ahead, new WallTime(DateTime.UtcNow.Ticks));

    public QueenStatus Status => new(
        Id, new ClusterId(0xcdf818194e3a8c32), Leader, new Term(2), new LogIndex(_index), Store.AppliedIndex, Store.Revision,
        IsLearner: false, StoreBytes: 4096, [new QueenMember(Id, "queen-1", ["http://127.0.0.1:2380"], ["http://127.0.0.1:2379"], IsLearner: false)], [])
    {
        IsSpaceLow = IsSpaceLow,
    };

    public async ValueTask<ProposalResult> ProposeAsync(Command command, CancellationToken cancellation, bool isBrief = false)
    {
        LastCommand = command;
        OnProposal?.Invoke();
        if (Hold is { } hold) await hold.Task.WaitAsync(cancellation);
        return Refuse == QueenCode.Ok ? new ProposalResult(QueenCode.Ok, Apply(command)) : new ProposalResult(Refuse, null);
    }

    public ValueTask<ReadResult> ReadAsync(CancellationToken cancellation, bool isBrief = false)
    {
        Interlocked.Increment(ref _reads);
        OnRead?.Invoke();
        if (Refuse != QueenCode.Ok) return new(new ReadResult(Refuse, null));
        if (Store.NextDeadline <= Now.Log) Apply(new TickCommand());
        return new(new ReadResult(QueenCode.Ok, Store.Snapshot()));
    }

    public ValueTask<(QueenCode Code, long TimeToLiveSeconds)> RenewLeaseAsync(LeaseId lease, CancellationToken cancellation)
    {
        if (Refuse != QueenCode.Ok) return new((Refuse, 0));
        var renewed = (LeaseRenewResult)Apply(new LeaseRenewCommand([lease])).Result!;
        return new((QueenCode.Ok, renewed.TimeToLiveSeconds[0]));
    }

    public ValueTask<ProposalResult> ProposeControlAsync(ControlBatchCommand batch, CancellationToken cancellation) => ProposeAsync(batch, cancellation);

    public async ValueTask<LeadershipScope> WaitForLeadershipAsync(CancellationToken cancellation)
    {
        await Task.Delay(Timeout.Infinite, cancellation);
        throw new OperationCanceledException(cancellation);
    }

    public ValueTask<QueenCode> TransferLeadershipAsync(MemberId target, CancellationToken cancellation) => new(QueenCode.Ok);

    public ApplyResult Apply(Command command)
    {
        var encoded = new ArrayBufferWriter<byte>();
        CommandCodec.Encode(command, encoded);
        lock (_gate) return Store.Apply(new LogIndex(++_index), new Term(2), Now, encoded.WrittenMemory);
    }
}
