using System.Globalization;

namespace Hive.Benchmarks.Etcd;

/// <summary>Pauses of the collector in a member's process: written there once a second as a line, read and added up here.</summary>
/// <param name="Total">Of all pauses.</param>
/// <param name="Young">Worst pause of a collection of the young generations, and how many there were.</param>
/// <param name="Full">Likewise of those of all generations that hold everybody up until they end.</param>
/// <param name="Background">Likewise of those that go on beside the program.</param>
internal sealed record CollectorFigures(TimeSpan Total, CollectorFigures.Kind Young, CollectorFigures.Kind Full, CollectorFigures.Kind Background)
{
    private const string Mark = "collector";

    public readonly record struct Kind(TimeSpan Worst, int Count)
    {
        public static Kind operator +(Kind left, Kind right) => new(left.Worst > right.Worst ? left.Worst : right.Worst, left.Count + right.Count);

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Worst.TotalMilliseconds:n1} ms of {Count}");
    }

    public static CollectorFigures operator +(CollectorFigures left, CollectorFigures right) =>
        new(left.Total + right.Total, left.Young + right.Young, left.Full + right.Full, left.Background + right.Background);

    public string ToLine() => string.Create(
        CultureInfo.InvariantCulture, $"{Mark} {Total.Ticks} {Young.Worst.Ticks} {Young.Count} {Full.Worst.Ticks} {Full.Count} {Background.Worst.Ticks} {Background.Count}");

    /// <summary>Null: another line.</summary>
    public static CollectorFigures? Parse(string line)
    {
        if (line.Split(' ') is not [Mark, .. { Length: 7 } numbers]) return null;
        var n = Array.ConvertAll(numbers, number => long.Parse(number, CultureInfo.InvariantCulture));
        static Kind Of(long worst, long count) => new(new TimeSpan(worst), (int)count);
        return new CollectorFigures(new TimeSpan(n[0]), Of(n[1], n[2]), Of(n[3], n[4]), Of(n[5], n[6]));
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Total.TotalMilliseconds:n0} ms in all; worst pause young {Young}, full {Full}, background {Background}");
}
