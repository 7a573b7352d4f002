using Hive.Jepsen.Checkers;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Runs;
using Xunit;

namespace Hive.Jepsen.Tests;

public sealed class FaultyBuildsTests
{
    private static readonly RunOptions Options = new() { Hive = "hive", Store = "store" };

    [Fact]
    public async Task Every_fault_is_caught_or_that_is_told()
    {
        Assert.Equal((0, 5), await Execute(_ => Anomaly));
        Assert.Equal((1, 4), await Execute(fault => fault == "lock-without-lease" ? Valid : Anomaly));
        Assert.Equal((1, 4), await Execute(fault => fault == "ack-before-sync" ? Valid : Anomaly));
        Assert.Equal((3, 4), await Execute(fault => fault == "ack-before-sync" ? new Verdict("checker", [], "too much") : Anomaly));
    }

    private static Verdict Anomaly => new("checker", [new Anomaly("lost", "an element")], "");

    private static Verdict Valid => new("checker", [], "");

    private static async Task<(int Code, int Caught)> Execute(Func<string, Verdict> verdict)
    {
        using var told = new StringWriter();
        int code = await FaultyBuilds.ExecuteAsync(Options, told, options => Task.FromResult(new RunResult(
            options, "", "", [new Operation(0, 0, "k", new Histories.Action.Write(1), Outcome.Ok, 0, 1)], [], [], verdict(options.Fault!), TimeSpan.Zero, [])), CancellationToken.None);
        return (code, told.ToString().Split(": caught").Length - 1);
    }
}
