using System.Globalization;

namespace Hive.Benchmarks.Store;

/// <summary>Pauses of the garbage collector.</summary>
/// <param name="Total">Of all pauses.</param>
/// <param name="Young">Worst pause of a collection of the young generations, and how many there were.</param>
/// <param name="Full">Likewise of those of all generations that hold everybody up until they end.</param>
/// <param name="Background">Likewise of those that go on beside the program.</param>
internal sealed record CollectorFigures(TimeSpan Total, CollectorFigures.Kind Young, CollectorFigures.Kind Full, CollectorFigures.Kind Background)
{
    public readonly record struct Kind(TimeSpan Worst, int Count)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Worst.TotalMilliseconds:n1} ms of {Count}");
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Total.TotalMilliseconds:n0} ms in all; worst pause young {Young}, full {Full}, background {Background}");
}
