using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics;
using Hive.Queen;
using Hive.Store;

namespace Hive.Api.Tests.Hosting;

/// <summary>A queen of one over the real store: every proposal is encoded, applied and answered, without a log beneath. Log time moves with the clock and by hand.</summary>
public sealed class LocalQueen : IQueen
{
    private readonly Lock _gate = new();
    private readonly Stopwatch _running = Stopwatch.StartNew();
    private readonly CancellationTokenSource _leading = new();
    private TimeSpan _moved;
    private ulong _index;

    public LocalQueen() => Apply(ReadOnlyMemory<byte>.Empty);

    public static readonly Term Term = new(3);

    public KeyValueStore Store { get; } = new();

    /// <summary>While set, proposals and reads are answered so instead of being carried out.</summary>
    public QueenCode? Fault { get; set; }

    /// <summary>How many proposals were applied although their answer was lost: each of the next ones says LeaderChanged.</summary>
    public int LoseAnswers { get; set; }

    /// <summary>While set, proposals are applied, but whoever waits for an answer waits until he is cut off.</summary>
    public bool WithholdAnswers { get; set; }

    public QueenStatus Status => new(
        new MemberId(1), new ClusterId(7), Fault is QueenCode.NoLeader ? MemberId.None : new MemberId(1), Term, new LogIndex(_index), new LogIndex(_index), Store.Revision,
        false, 0, [new QueenMember(new MemberId(1), "q1", [], [], false)], []);

    public Stamp Now
    {
        get
        {
            lock (_gate) return new Stamp(new LogTime((_running.Elapsed + _moved).Ticks + 1), new WallTime(DateTime.UtcNow.Ticks));
        }
    }

    /// <summary>Lets log time pass, and what is due fall due.</summary>
    public void Advance(TimeSpan span)
    {
        lock (_gate) _moved += span;
        Apply(Encode(new TickCommand()));
    }

    public ValueTask<ProposalResult> ProposeAsync(Command command, CancellationToken cancellation, bool isBrief = false)
    {
        if (Fault is { } fault) return new(new ProposalResult(fault, null));
        ApplyResult applied = Apply(Encode(command));
        if (WithholdAnswers) return WaitAsync(cancellation);
        if (LoseAnswers > 0)
        {
            LoseAnswers--;
            return new(new ProposalResult(QueenCode.LeaderChanged, null));
        }
        return new(new ProposalResult(QueenCode.Ok, applied));
    }

    public ValueTask<ReadResult> ReadAsync(CancellationToken cancellation, bool isBrief = false) =>
        new(Fault is { } fault ? new ReadResult(fault, null) : new ReadResult(QueenCode.Ok, Store.Snapshot()));

    public ValueTask<(QueenCode Code, long TimeToLiveSeconds)> RenewLeaseAsync(LeaseId lease, CancellationToken cancellation)
    {
        ApplyResult applied = Apply(Encode(new LeaseRenewCommand([lease])));
        return new((QueenCode.Ok, ((LeaseRenewResult)applied.Result!).TimeToLiveSeconds[0]));
    }

    public ValueTask<ProposalResult> ProposeControlAsync(ControlBatchCommand batch, CancellationToken cancellation) => ProposeAsync(batch, cancellation);

    public ValueTask<LeadershipScope> WaitForLeadershipAsync(CancellationToken cancellation) => new(new LeadershipScope(Term, Revision.Empty, _leading.Token));

    public ValueTask<QueenCode> TransferLeadershipAsync(MemberId target, CancellationToken cancellation) => new(QueenCode.Ok);

    private static async ValueTask<ProposalResult> WaitAsync(CancellationToken cancellation)
    {
        await Task.Delay(Timeout.Infinite, cancellation);
        return default;
    }

    private static ReadOnlyMemory<byte> Encode(Command command)
    {
        var output = new ArrayBufferWriter<byte>();
        CommandCodec.Encode(command, output);
        return output.WrittenMemory;
    }

    private ApplyResult Apply(ReadOnlyMemory<byte> command)
    {
        lock (_gate) return Store.Apply(new LogIndex(++_index), Term, Now, command);
    }
}
