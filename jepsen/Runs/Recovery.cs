using System.Globalization;
using Hive.Jepsen.Nemeses;

namespace Hive.Jepsen.Runs;

/// <summary>How long after the healing of a fault every member had answered again.</summary>
/// <param name="Last">The member that answered last; empty when a new fault ended the wait, whose beginning then counts.</param>
public sealed record Recovery(FaultSpan Fault, TimeSpan Time, string Last)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Time.TotalSeconds:0.00} s {(Last.Length > 0 ? $"until every member had answered, {Last} last" : "and a member had not answered yet when the next fault came")}");
}
