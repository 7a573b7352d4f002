using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Hive.Objects.Tests;

public class QuantityTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("0.5", "500m")]
    [InlineData("1000m", "1")]
    [InlineData("1024Ki", "1Mi")]
    [InlineData("1.5Gi", "1536Mi")]
    [InlineData("0.5Gi", "512Mi")]
    [InlineData("1023Ki", "1023Ki")]
    [InlineData("512", "512")]
    [InlineData("1000", "1k")]
    [InlineData("1e3", "1e3")]
    [InlineData("1E", "1E")]
    [InlineData("100Mi", "100Mi")]
    [InlineData("-2.5", "-2500m")]
    [InlineData("+1", "1")]
    [InlineData(".5", "500m")]
    [InlineData("1.", "1")]
    [InlineData("0.0000000001", "1n")]
    [InlineData("1500000000", "1500M")]
    [InlineData("100Ei", "9223372036854775807")]
    public void Texts_have_one_canonical_form(string text, string canonical)
    {
        Assert.True(Quantity.TryParse(text, out var quantity));
        Assert.Equal(canonical, quantity.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("1 Gi")]
    [InlineData("1K")]
    [InlineData("1mi")]
    [InlineData("1e")]
    [InlineData("1e9999")]
    [InlineData("--1")]
    [InlineData("1.2.3")]
    [InlineData("NaN")]
    public void Texts_that_are_no_quantity_are_refused(string text) => Assert.False(Quantity.TryParse(text, out _));

    [Fact]
    public void Every_canonical_text_reads_back_as_the_same_amount()
    {
        Prop.ForAll<long, byte>((milli, format) =>
        {
            var quantity = format % 2 == 0 ? Quantity.FromMilli(milli) : Quantity.FromBytes(milli);
            return Quantity.Parse(quantity.ToString()) == quantity;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Sums_and_differences_are_exact()
    {
        Prop.ForAll<int, int>((a, b) =>
        {
            var sum = Quantity.FromMilli(a) + Quantity.FromMilli(b);
            return sum.MilliValue == (long)a + b && sum - Quantity.FromMilli(b) == Quantity.FromMilli(a);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Values_are_rounded_up_as_schedulers_count()
    {
        Assert.Equal(1, Quantity.Parse("100m").Value);
        Assert.Equal(101, Quantity.Parse("100.5m").MilliValue);
        Assert.Equal(-1, Quantity.Parse("-1500m").Value);
        Assert.Equal(1 << 20, Quantity.Parse("1Mi").Value);
    }
}
