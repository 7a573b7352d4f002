using Hive.Queen.Core;
using Hive.Store;
using Xunit;

namespace Hive.Queen.Tests;

public class DigestWatchTests
{
    private static readonly MemberId Self = new(1), Second = new(2), Third = new(3);

    private static StateDigest At(ulong index, ulong value) => new(new LogIndex(index), value);

    [Fact]
    public void Members_that_agree_are_left_alone()
    {
        var watch = new DigestWatch(Self);
        foreach (MemberId member in new[] { Second, Self, Third }) Assert.Null(watch.Seen(member, At(256, 7), 3));
        Assert.Equal(new DigestAgreement(new LogIndex(256), 3, 0), watch.Agreement);
    }

    [Fact]
    public void The_one_that_differs_from_the_majority_is_told_and_the_others_only_report()
    {
        var differing = new DigestWatch(Self);
        Assert.Null(differing.Seen(Self, At(256, 8), 3));
        Assert.Equal(new DigestVerdict(new LogIndex(256), Second, false), differing.Seen(Second, At(256, 7), 3));
        Assert.True(differing.Seen(Third, At(256, 7), 3)!.Value.SelfDiffers);
        Assert.Equal(new DigestAgreement(LogIndex.Zero, 0, 2), differing.Agreement);

        var healthy = new DigestWatch(Self);
        Assert.Null(healthy.Seen(Second, At(256, 7), 3));
        Assert.Null(healthy.Seen(Self, At(256, 7), 3));
        Assert.Equal(new DigestVerdict(new LogIndex(256), Third, false), healthy.Seen(Third, At(256, 8), 3));
    }

    [Fact]
    public void A_member_that_lags_is_compared_when_it_comes_to_the_same_entry()
    {
        var watch = new DigestWatch(Self);
        for (ulong i = 1; i <= 100; i++) Assert.Null(watch.Seen(Self, At(i * 256, i), 3));
        Assert.Null(watch.Seen(Second, At(256, 1), 3));
        Assert.NotNull(watch.Seen(Second, At(512, 99), 3));
    }
}
