using Xunit;

namespace Hive.Objects.Tests;

public class ValueTests
{
    [Theory]
    [InlineData("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z")]
    [InlineData("2026-01-02T03:04:05.999Z", "2026-01-02T03:04:05Z")]
    [InlineData("2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05Z")]
    [InlineData("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z")]
    public void Times_are_kept_in_whole_seconds_of_utc(string text, string expected)
    {
        Assert.True(Time.TryParse(text, out var time));
        Assert.Equal(expected, time.ToString());
    }

    [Theory]
    [InlineData("2026-01-02")]
    [InlineData("2026-01-02 03:04:05Z")]
    [InlineData("2026-01-02T03:04:05")]
    [InlineData("2026-13-02T03:04:05Z")]
    [InlineData("Friday, 2 January 2026")]
    public void Other_dates_are_refused(string text) => Assert.False(Time.TryParse(text, out _));

    [Fact]
    public void Micro_times_keep_six_digits()
    {
        Assert.True(MicroTime.TryParse("2026-01-02T03:04:05.123456789Z", out var time));
        Assert.Equal("2026-01-02T03:04:05.123456Z", time.ToString());
    }

    [Theory]
    [InlineData("1h15m30.5s", "1h15m30.5s")]
    [InlineData("90m", "1h30m0s")]
    [InlineData("-1.5h", "-1h30m0s")]
    [InlineData("300ms", "300ms")]
    [InlineData("0", "0s")]
    [InlineData("1us", "1µs")]
    public void Durations_have_one_canonical_form(string text, string expected)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(expected, duration.ToString());
    }

    [Fact]
    public void Maps_are_sorted_and_equal_by_value()
    {
        var map = StringMap.Of(("b", "2"), ("a", "1"), ("b", "3"));
        Assert.Equal(["a", "b"], map.Keys);
        Assert.Equal("3", map["b"]);
        Assert.Equal(StringMap.Of(("a", "1"), ("b", "3")), map);
        Assert.Equal(map.GetHashCode(), StringMap.Of(("a", "1"), ("b", "3")).GetHashCode());
        Assert.Equal("a=1", map.Without("b").ToString());
        Assert.NotEqual(map, map.With("c", "4"));
    }

    [Theory]
    [InlineData("25%", 10, true, 3)]
    [InlineData("25%", 10, false, 2)]
    [InlineData("0%", 10, true, 0)]
    public void Percentages_round_as_asked(string text, int total, bool up, int expected)
    {
        Assert.True(new IntOrString(text).TryScale(total, up, out var scaled));
        Assert.Equal(expected, scaled);
    }

    [Fact]
    public void Same_compares_lists_and_maps_by_content()
    {
        var schema = TypeSchema.Of(typeof(Deployment));
        Assert.True(schema.Same(TestData.Deployment(), TestData.Deployment()));
        Assert.False(schema.Same(TestData.Deployment("a"), TestData.Deployment("b")));
    }
}
