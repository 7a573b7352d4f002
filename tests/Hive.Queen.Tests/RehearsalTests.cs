using Hive.Queen.Rehearsal;
using Xunit;

namespace Hive.Queen.Tests;

public class RehearsalTests
{
    [Fact]
    public void All_acts_of_the_rehearsal_come_to_their_end() => Assert.True(ElectionRehearsal.Play(new QueenLimits()));
}
