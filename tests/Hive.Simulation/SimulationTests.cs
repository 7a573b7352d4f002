using Xunit;

namespace Hive.Simulation;

/// <summary>The short slice of the simulation that runs with all other tests; the long one is this project's command.</summary>
public class SimulationTests
{
    [Fact]
    public void No_seed_breaks_a_promise()
    {
        for (ulong seed = 1; seed <= 14; seed++)
        {
            var result = Run.Execute(new RunOptions(seed));
            Assert.True(result.Broken is null, $"{new Arguments().CommandFor(seed)}\n{result.Broken}: {result.Detail}");
        }
    }

    [Fact]
    public void The_same_seed_is_the_same_run()
    {
        var once = Run.Execute(new RunOptions(7));
        var again = Run.Execute(new RunOptions(7));
        Assert.Equal(once.Digest, again.Digest);
        Assert.Equal(once.Steps, again.Steps);
        Assert.NotEqual(once.Digest, Run.Execute(new RunOptions(8)).Digest);
    }

    [Theory]
    [InlineData(nameof(Mutant.SkipOneEntryOnOneMember))]
    [InlineData(nameof(Mutant.ReadWithoutWaitingForApply))]
    [InlineData(nameof(Mutant.ProposalDeliveredTwice))]
    public void A_known_bug_is_noticed(string mutant) =>
        Assert.NotNull(MutantTable.SeedsUntilNoticed(Enum.Parse<Mutant>(mutant), 1, [], limit: 30));
}
