using System.Globalization;
using System.Text;

namespace Hive.Benchmarks.Etcd;

/// <summary>Runs of one workload against one or two clusters, and what they come to: medians over the rounds, ratios, goals met and missed.</summary>
internal sealed class Comparison(IWorkload workload, IReadOnlyList<Target> targets)
{
    private readonly List<RunResult>[] _results = [.. targets.Select(_ => new List<RunResult>())];

    /// <summary>One warm-up run against each that counts for nothing (compilers, caches), then the rounds; who goes first alternates.</summary>
    public async Task RunAsync(RunTime time, TimeSpan first, int rounds, CancellationToken cancellation)
    {
        foreach (var target in targets) await workload.PrepareAsync(target, time with { Measured = first }, cancellation);
        for (var round = 0; round < Math.Min(rounds, workload.Rounds); round++)
        {
            for (var turn = 0; turn < targets.Count; turn++)
            {
                var which = (round + turn) % targets.Count;
                _results[which].Add(await workload.RunAsync(targets[which], time, cancellation));
            }
        }
    }

    /// <summary>All measures, and the rates of all rounds.</summary>
    public string Details()
    {
        var text = new StringBuilder(workload.Name).AppendLine();
        for (var i = 0; i < targets.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {targets[i].Name,-6}");
            foreach (var measure in Measures) text.Append("  ").Append(measure.Name).Append(' ').Append(Text(measure, Median(i, measure)));
            if (!Measures.Contains(Measure.Rate))
            {
                text.AppendLine();
                continue;
            }
            var rates = _results[i].Select(result => result.Of(Measure.Rate).ToString("n0", CultureInfo.InvariantCulture));
            text.Append("  (rates ").AppendJoin(' ', rates).AppendLine(")");
        }
        foreach (var goal in workload.Goals)
        {
            if (ValueOf(goal) is { } value) text.Append("  ").AppendLine(Verdict(goal, value));
        }
        return text.ToString();
    }

    /// <summary>A line of the table in Markdown: rate and p99 of each, their ratios, processor time of members and generator, goals.</summary>
    public string Row()
    {
        var text = new StringBuilder("| ").Append(workload.Name);
        for (var i = 0; i < targets.Count; i++)
        {
            text.Append(" | ").Append(Text(Measure.Rate, Median(i, Measure.Rate))).Append(" | ").Append(Text(Measure.P50, Median(i, Measure.P50)))
                .Append(" | ").Append(Text(Measure.P99, Median(i, Measure.P99)))
                .Append(CultureInfo.InvariantCulture, $" | {Median(i, Measure.MembersTime):n0} + {Median(i, Measure.GeneratorTime):n0}");
        }
        if (targets.Count > 1) text.Append(CultureInfo.InvariantCulture, $" | {Ratio(Measure.Rate):n2} x | {Ratio(Measure.P99):n2} x");
        return text.Append(" | ").AppendJoin("; ", workload.Goals.Select(goal => ValueOf(goal) is { } value ? Verdict(goal, value) : "")).Append(" |").ToString();
    }

    /// <summary>What stands above the rows.</summary>
    public static string Head(IReadOnlyList<Target> targets)
    {
        var names = string.Concat(targets.Select(target => $" | {target.Name}: rate | p50 | p99 | us of processor: members + generator"));
        var ratios = targets.Count > 1 ? " | rate ratio | p99 ratio" : "";
        var columns = 2 + 4 * targets.Count + (targets.Count > 1 ? 2 : 0);
        return $"| workload{names}{ratios} | goals |{Environment.NewLine}|{string.Concat(Enumerable.Repeat("---|", columns))}";
    }

    private IEnumerable<Measure> Measures => _results[0][0].Select(found => found.Measure);

    private double Median(int target, Measure measure) => Distribution.Median(_results[target].Select(result => result.Of(measure)));

    private double Ratio(Measure measure) => Median(0, measure) / Median(1, measure);

    private double? ValueOf(Goal goal) => !goal.AgainstOther ? Median(0, goal.Of) : targets.Count > 1 ? Ratio(goal.Of) : null;

    private static string Verdict(Goal goal, double value) =>
        string.Create(CultureInfo.InvariantCulture, $"{goal.Of.Name} {value:0.##}{(goal.AgainstOther ? " x" : $" {goal.Of.Unit}")} (goal {goal}): {(goal.IsMet(value) ? "met" : "MISSED")}");

    private static string Text(Measure measure, double value) => double.IsNaN(value) ? "-" : $"{value.ToString($"n{measure.Decimals}", CultureInfo.InvariantCulture)} {measure.Unit}".TrimEnd();
}
