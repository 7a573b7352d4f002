using System.Globalization;
using System.Net;
using System.Text;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Nemeses;
using Hive.Jepsen.Runs;

namespace Hive.Jepsen.Reports;

/// <summary>One page a run: verdict, anomalies, rate and latency over time under bars for the faults, what the members logged, and the command that repeats it.</summary>
public static class HtmlReport
{
    private const double Width = 1000, Height = 160, Bucket = 0.5e9;
    private const double LowestLatency = 0.1e6, HighestLatency = 10e9;
    private const int MostPoints = 20_000;
    private const int LinesOfOneLog = 200;

    public static string Write(RunResult result)
    {
        long end = Math.Max(1, result.History.Select(o => o.CompletedAt).DefaultIfEmpty(1).Max());
        var page = new StringBuilder();
        page.Append("<!doctype html><meta charset=utf-8><title>Hive under test</title><style>body{font:14px sans-serif;max-width:1040px;margin:2em auto}pre{background:#f4f4f4;padding:1em;overflow:auto}svg{background:#fafafa;display:block;margin:.5em 0}</style>");
        page.Append(CultureInfo.InvariantCulture, $"<h1>{Text(result.Options.Workload)} under {Text(result.Options.Nemesis)}: {result.Word}</h1>");
        page.Append(CultureInfo.InvariantCulture, $"<p>{result.History.Count} operations: {result.Ok} ok, {result.Failed} failed, {result.Unknown} unknown. Longest time without progress {result.Stall.TotalSeconds:0.00} s. {(result.Recovery is { } recovery ? string.Create(CultureInfo.InvariantCulture, $"Slowest recovery, from healing a fault until every member answered a read, {recovery.TotalSeconds:0.00} s. ") : "")}{Text(result.Network)}.</p>");
        page.Append(CultureInfo.InvariantCulture, $"<pre>{Text(result.Options.Command)}</pre>");
        foreach (var anomaly in result.Verdict.Anomalies) page.Append(CultureInfo.InvariantCulture, $"<h2>{Text(anomaly.Kind)}</h2><pre>{Text(anomaly.Explanation)}</pre>");
        foreach (string crash in result.Crashes) page.Append(CultureInfo.InvariantCulture, $"<h2>crash</h2><pre>{Text(crash)}</pre>");
        if (result.Verdict.Inconclusive.Length > 0) page.Append(CultureInfo.InvariantCulture, $"<h2>not judged</h2><pre>{Text(result.Verdict.Inconclusive)}</pre>");
        page.Append("<h2>Successful operations a second</h2>").Append(Chart(result.Faults, end, Rate(result.History, end)));
        page.Append("<h2>Latency, 0.1 ms to 10 s, logarithmic (green ok, orange failed, red unknown)</h2>").Append(Chart(result.Faults, end, Latency(result.History, end)));
        page.Append(CultureInfo.InvariantCulture, $"<h2>Faults</h2><pre>{Text(string.Join('\n', result.Told))}</pre><h2>Logs</h2>");
        foreach (string file in Directory.EnumerateFiles(result.Folder, "*.log").Order(StringComparer.Ordinal)) page.Append(Log(file));
        page.Append("<p>Beside this page: <a href=history.edn>history.edn</a> and all that each member printed.</p>");
        return page.ToString();
    }

    /// <summary>The end of a log, folded up.</summary>
    private static string Log(string file)
    {
        string name = Text(Path.GetFileName(file));
        return string.Create(CultureInfo.InvariantCulture, $"<details><summary><a href='{name}'>{name}</a>, the last {LinesOfOneLog} lines at most</summary><pre>{Text(string.Join('\n', File.ReadLines(file).TakeLast(LinesOfOneLog)))}</pre></details>");
    }

    private static string Chart(IReadOnlyList<FaultSpan> faults, long end, string content)
    {
        var chart = new StringBuilder();
        chart.Append(CultureInfo.InvariantCulture, $"<svg width={Width:0} height={Height:0}>");
        foreach (FaultSpan fault in faults)
        {
            double from = fault.From * Width / end, width = (fault.Until - fault.From) * Width / end;
            chart.Append(CultureInfo.InvariantCulture, $"<rect x='{from:0.0}' y='0' width='{width:0.0}' height='{Height:0}' fill='#f6c' fill-opacity='.25'><title>{Text(fault.ToString())}</title></rect>");
        }
        return chart.Append(content).Append("</svg>").ToString();
    }

    private static string Rate(IReadOnlyList<Operation> history, long end)
    {
        int[] counts = new int[(int)(end / Bucket) + 1];
        foreach (Operation operation in history.Where(o => o.Outcome == Outcome.Ok)) counts[(int)(operation.CompletedAt / Bucket)]++;
        int most = Math.Max(1, counts.Max());
        IEnumerable<string> points = counts.Select((count, i) => string.Create(CultureInfo.InvariantCulture, $"{i * Bucket * Width / end:0.0},{Height - count * (Height - 20) / most:0.0}"));
        return string.Create(CultureInfo.InvariantCulture, $"<polyline fill='none' stroke='#06c' points='{string.Join(' ', points)}'/><text x='4' y='14'>{most * 1e9 / Bucket:0}/s</text>");
    }

    private static string Latency(IReadOnlyList<Operation> history, long end)
    {
        var dots = new StringBuilder();
        int stride = history.Count / MostPoints + 1;
        double scale = Math.Log(HighestLatency / LowestLatency);
        foreach (Operation operation in history.Where((o, i) => i % stride == 0 || o.Outcome == Outcome.Unknown))
        {
            double latency = Math.Clamp(operation.CompletedAt - operation.InvokedAt, LowestLatency, HighestLatency);
            string color = operation.Outcome switch { Outcome.Ok => "#0a0", Outcome.Failed => "#e80", _ => "#d00" };
            dots.Append(CultureInfo.InvariantCulture, $"<circle cx='{operation.InvokedAt * Width / end:0.0}' cy='{Height - Math.Log(latency / LowestLatency) * Height / scale:0.0}' r='1.5' fill='{color}'/>");
        }
        return dots.ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
