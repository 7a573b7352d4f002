using Hive.Jepsen.Checkers;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Nemeses;
using Hive.Jepsen.Reports;
using Hive.Jepsen.Runs;
using Xunit;

namespace Hive.Jepsen.Tests;

/// <summary>The page of a run holds all that one needs to understand it, with nothing in it that the browser could take for markup.</summary>
public sealed class HtmlReportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hive-jepsen-page-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Verdict_anomalies_faults_charts_logs_and_the_command_stand_on_the_page()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "queen-1.log"), "error: <disk> gone");
        var fault = new FaultSpan("kill", "kill queen-1", 1_000_000_000, 2_000_000_000);
        var options = new RunOptions { Hive = "hive", Store = _folder, Workload = "set", Nemeses = RunOptions.Tracks("kill+slow"), Seed = 7 };
        Operation[] history = [.. Enumerable.Range(0, 3).Select(i => new Operation(i, i, "k", new Histories.Action.Add(i), (Outcome)i, i * 1_000_000_000L, i * 1_000_000_000L + 5_000_000))];
        var result = new RunResult(options, _folder, "each alone", history, [fault], ["queen-2 ended by itself"], new Verdict("sets", [new Anomaly("lost", "element 3 & no other")], ""), TimeSpan.FromSeconds(1.5), [new Recovery(fault, TimeSpan.FromSeconds(0.75), "queen-1")]);

        string page = HtmlReport.Write(result);

        Assert.Contains("set under kill+slow: ANOMALY", page, StringComparison.Ordinal);
        Assert.Contains("element 3 &amp; no other", page, StringComparison.Ordinal);
        Assert.Contains("queen-2 ended by itself", page, StringComparison.Ordinal);
        Assert.Contains("error: &lt;disk&gt; gone", page, StringComparison.Ordinal);
        Assert.Contains(options.Command, System.Net.WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Equal(2, page.Split("kill queen-1</title></rect>").Length - 1);
        Assert.Equal(3, page.Split("<circle").Length - 1);
        Assert.Contains("then 0.75 s until every member had answered, queen-1 last", page, StringComparison.Ordinal);
    }
}
