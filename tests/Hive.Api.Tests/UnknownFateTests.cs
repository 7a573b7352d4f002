using System.Text;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Api.Tests.Hosting;
using Hive.Queen;
using Hive.Store;
using Xunit;

namespace Hive.Api.Tests;

/// <summary>What may have happened is never said not to have happened: 503 with Retry-After is a promise, and clients ask the next queen on the strength of it.</summary>
public sealed class UnknownFateTests
{
    private static readonly MutateCommand Put = new(new PutOperation(Encoding.UTF8.GetBytes("k"), "v"u8.ToArray(), LeaseId.None));

    [Fact]
    public async Task A_write_that_was_handed_in_when_the_queen_stops_is_of_unknown_fate()
    {
        var queen = new LocalQueen { WithholdAnswers = true };
        using var stopping = new CancellationTokenSource();
        ValueTask<Outcome<ApplyResult>> write = new Proposals(queen, new ApiLimits(), TimeProvider.System).MutateAsync(Put, stopping.Token);
        await stopping.CancelAsync();

        Assert.False((await write).TryGet(out _, out Refusal? refusal));
        Assert.Equal((504, true), (refusal!.Code, refusal.Message.Contains("may or may not", StringComparison.Ordinal)));
        Assert.NotNull(queen.Store.Snapshot().Get("k"u8.ToArray()));
    }

    [Fact]
    public async Task So_is_one_whose_answer_was_lost_before_the_queen_stopped()
    {
        var queen = new LocalQueen { LoseAnswers = 1 };
        using var stopping = new CancellationTokenSource();
        ValueTask<Outcome<ApplyResult>> write = new Proposals(queen, new ApiLimits { LeaderRetryPause = TimeSpan.FromHours(1) }, TimeProvider.System).MutateAsync(Put, stopping.Token);
        await stopping.CancelAsync();

        Assert.False((await write).TryGet(out _, out Refusal? refusal));
        Assert.Equal(504, refusal!.Code);
    }

    [Fact]
    public async Task One_that_found_no_leader_was_not_done()
    {
        var queen = new LocalQueen { Fault = QueenCode.NoLeader };
        using var stopping = new CancellationTokenSource();
        ValueTask<Outcome<ApplyResult>> write = new Proposals(queen, new ApiLimits { LeaderRetryPause = TimeSpan.FromHours(1) }, TimeProvider.System).MutateAsync(Put, stopping.Token);
        await stopping.CancelAsync();

        Assert.False((await write).TryGet(out _, out Refusal? refusal));
        Assert.Equal(503, refusal!.Code);
    }
}
