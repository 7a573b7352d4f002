using System.Globalization;

namespace Hive.Jepsen.Nemeses;

/// <summary>A fault and when it held, in nanoseconds of the run's clock.</summary>
public sealed record FaultSpan(string Kind, string What, long From, long Until)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{From / 1e9,7:0.00} s .. {Until / 1e9,7:0.00} s  {What}");
}
