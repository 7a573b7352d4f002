using System.Globalization;
using Hive.Jepsen.Checkers;
using Hive.Jepsen.Runs;

namespace Hive.Jepsen.Reports;

/// <summary>What a run prints at its end.</summary>
public static class ConsoleReport
{
    private const int Told = 10;

    public static async Task WriteAsync(RunResult result, TextWriter to)
    {
        await to.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"operations {result.History.Count}: {result.Ok} ok, {result.Failed} failed, {result.Unknown} unknown"));
        await to.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"longest time without progress: {result.Stall.TotalSeconds:0.00} s"));
        if (result.Recovery is { } recovery) await to.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"slowest recovery, from healing a fault until every member answered a read: {recovery.TotalSeconds:0.00} s"));
        foreach (string fault in result.Told) await to.WriteLineAsync($"  {fault}");
        foreach (Anomaly anomaly in result.Verdict.Anomalies.Take(Told)) await to.WriteLineAsync($"{anomaly.Kind}: {anomaly.Explanation}");
        if (result.Verdict.Anomalies.Length > Told) await to.WriteLineAsync($"... and {result.Verdict.Anomalies.Length - Told} more anomalies");
        foreach (string crash in result.Crashes) await to.WriteLineAsync($"crash: {crash}");
        if (result.Verdict.Inconclusive.Length > 0) await to.WriteLineAsync($"not judged: {result.Verdict.Inconclusive}");
        await to.WriteLineAsync($"report: {Path.Combine(result.Folder, "report.html")}");
        await to.WriteLineAsync($"again: {result.Options.Command}");
        await to.WriteLineAsync($"{result.Verdict.Checker}: {result.Word}");
    }
}
