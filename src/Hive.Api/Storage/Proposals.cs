using System.Security.Cryptography;
using Hive.Api.Http;
using Hive.Queen;
using Hive.Store;

namespace Hive.Api.Storage;

/// <summary>
/// Proposes on behalf of a request. While there is no leader, or the leader changes, the same command is proposed again under the same request id,
/// so that it takes effect at most once; a client sees a slower answer, not an error. What is still unknown at the end is said to be unknown.
/// </summary>
public sealed class Proposals(IQueen queen, ApiLimits limits, TimeProvider time)
{
    /// <summary>A fresh id for a write that may have to be proposed more than once.</summary>
    public static UInt128 NewRequestId()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return new UInt128(BitConverter.ToUInt64(bytes), BitConverter.ToUInt64(bytes[8..]) | 1);
    }

    /// <summary>Commits an operation; the answer may still be that a comparison did not hold.</summary>
    public ValueTask<Outcome<ApplyResult>> MutateAsync(MutateCommand command, CancellationToken cancellation) =>
        ProposeAsync(command with { RequestId = command.RequestId == default ? NewRequestId() : command.RequestId }, repeatable: true, cancellation);

    /// <summary>Grants a lease whose id is random: that it exists already can only mean that an earlier try of this very call took effect.</summary>
    public ValueTask<Outcome<ApplyResult>> GrantAsync(LeaseGrantCommand grant, CancellationToken cancellation) =>
        ProposeAsync(grant, repeatable: true, cancellation);

    /// <summary>Commands whose repetition is harmless or that carry a request id may be <paramref name="repeatable"/>.</summary>
    public async ValueTask<Outcome<ApplyResult>> ProposeAsync(Command command, bool repeatable, CancellationToken cancellation)
    {
        long begun = time.GetTimestamp();
        bool maybeDone = false;
        while (true)
        {
            ProposalResult answer = await TryAsync(command, cancellation);
            if (answer.Code == QueenCode.Ok) return Judge(answer.Applied!);
            maybeDone |= answer.Code is QueenCode.LeaderChanged or QueenCode.TimedOut;
            if (cancellation.IsCancellationRequested) return Refuse(answer.Code, maybeDone);
            bool again = answer.Code == QueenCode.NoLeader || (repeatable && answer.Code is QueenCode.LeaderChanged or QueenCode.TimedOut);
            if (!again || time.GetElapsedTime(begun) > limits.WritePatience) return Refuse(answer.Code, maybeDone);
            await Task.Delay(limits.LeaderRetryPause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellation.IsCancellationRequested) return Refuse(answer.Code, maybeDone);
        }
    }

    /// <summary>
    /// Hands the command in once. A caller who is cut off (the client went away, or this queen stops) takes nothing back: the command goes its way, and
    /// to say "not done" then would be a lie.
    /// </summary>
    private async ValueTask<ProposalResult> TryAsync(Command command, CancellationToken cancellation)
    {
        try
        {
            return await queen.ProposeAsync(command, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new ProposalResult(QueenCode.TimedOut, null);
        }
    }

    /// <summary>A snapshot not older than any write acknowledged before the call.</summary>
    public async ValueTask<Outcome<StoreSnapshot>> FreshAsync(CancellationToken cancellation)
    {
        long begun = time.GetTimestamp();
        while (true)
        {
            ReadResult answer = await queen.ReadAsync(cancellation);
            if (answer.Code == QueenCode.Ok) return answer.Snapshot!;
            bool again = answer.Code is QueenCode.NoLeader or QueenCode.LeaderChanged;
            if (!again || time.GetElapsedTime(begun) > limits.WritePatience) return Refuse(answer.Code, maybeDone: false);
            await Task.Delay(limits.LeaderRetryPause, time, cancellation);
        }
    }

    private static Outcome<ApplyResult> Judge(ApplyResult applied) => applied.Error switch
    {
        StoreError.None => applied,
        StoreError.LeaseExists => applied,
        StoreError.NoSpace => new Refusal(507, "InsufficientStorage", "the store is out of space: delete or compact, then try again"),
        StoreError.LeaseNotFound => Refusals.BadRequest("the lease does not exist or has ended"),
        _ => Refusals.Internal($"the store refused the command: {applied.Error}"),
    };

    private static Refusal Refuse(QueenCode code, bool maybeDone) => code switch
    {
        QueenCode.TooManyRequests => Refusals.Overloaded,
        QueenCode.TooLarge => new Refusal(413, "RequestEntityTooLarge", "etcdserver: request is too large"),
        _ when maybeDone => Refusals.UnknownFate(code == QueenCode.TimedOut ? "the request timed out" : "leadership changed"),
        QueenCode.TimedOut => Refusals.Unavailable("the queens did not answer in time"),
        QueenCode.Stopped => Refusals.Unavailable("this queen is stopping"),
        QueenCode.Learner => Refusals.Unavailable("this queen is a learner"),
        _ => Refusals.Unavailable("there is no leader at present"),
    };
}
