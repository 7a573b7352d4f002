using Hive.Jepsen.Histories;
using Hive.Jepsen.Members;
using Hive.Jepsen.Reports;
using Hive.Jepsen.Runs;
using Xunit;
using Xunit.Abstractions;

namespace Hive.Jepsen.Tests;

/// <summary>The harness against the built binary, briefly: real members, real faults, no anomaly.</summary>
public sealed class ShortMatrixTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("register", "kill", 1)]
    [InlineData("append", "pause", 2)]
    [InlineData("objects", "kill,pause", 3)]
    [InlineData("append", "data-loss", 5)]
    [InlineData("set", "churn", 7)]
    [InlineData("deployments", "drone-kill", 6)]
    public async Task Real_members_show_no_anomaly_under_faults(string workload, string nemesis, int seed)
    {
        DirectoryInfo store = Directory.CreateTempSubdirectory("hive-jepsen-store-");
        var options = new RunOptions
        {
            Workload = workload,
            Nemeses = RunOptions.Tracks(nemesis),
            Seed = seed,
            Time = TimeSpan.FromSeconds(10),
            Hive = Path.Combine(AppContext.BaseDirectory, "hive"),
            Store = store.FullName,
        };
        using var told = new StringWriter();

        RunResult result = await new Run(options, told).ExecuteAsync(CancellationToken.None);

        await ConsoleReport.WriteAsync(result, told);
        output.WriteLine(told.ToString());
        Assert.True(result.ExitCode == 0, told.ToString());
        Assert.NotEmpty(result.Faults);
        if (workload == "append") Assert.Contains(Directory.EnumerateFiles(result.Folder, "queen-*.log"), log => File.ReadAllText(log).Contains("took a snapshot", StringComparison.Ordinal));
        Assert.Contains(":type :ok", Edn.Write(result.History), StringComparison.Ordinal);
        string page = System.Net.WebUtility.HtmlDecode(HtmlReport.Write(result));
        Assert.Contains(result.Options.Command, page, StringComparison.Ordinal);
        Assert.Contains("queen-1.log", page, StringComparison.Ordinal);
        store.Delete(recursive: true);
    }

    /// <summary>Members that lose their disk with their lives stand for a build that acknowledges before it is durable.</summary>
    [Fact]
    public async Task Members_that_forget_what_they_acknowledged_are_caught()
    {
        DirectoryInfo store = Directory.CreateTempSubdirectory("hive-jepsen-store-");
        string forgetful = Path.Combine(store.FullName, "forgetful-hive"), hive = Path.Combine(AppContext.BaseDirectory, "hive");
        await File.WriteAllTextAsync(forgetful, $"#!/bin/sh\n[ \"$1\" = queen ] && rm -rf \"$(dirname \"$3\")/$5\"\nexec '{hive}' \"$@\"\n");
        File.SetUnixFileMode(forgetful, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var options = new RunOptions { Workload = "set", Nemeses = RunOptions.Tracks("kill-all"), Seed = 4, Time = TimeSpan.FromSeconds(8), Hive = forgetful, Store = store.FullName };

        RunResult result = await new Run(options, TextWriter.Null).ExecuteAsync(CancellationToken.None);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(result.Verdict.Anomalies, a => a.Kind == "lost");
        store.Delete(recursive: true);
    }

    [Theory]
    [InlineData("--workload", "bank")]
    [InlineData("--nemesis", "kill,fire")]
    [InlineData("--members", "4")]
    [InlineData("--seconds", "soon")]
    [InlineData("--hive", "/nowhere/hive")]
    [InlineData("--speed", "9")]
    public void What_cannot_be_is_refused_with_a_word_about_it(string option, string value)
    {
        var misuse = Assert.Throws<MisuseException>(() => RunOptions.Parse([option, value]));

        Assert.Contains(option == "--hive" ? value : option, misuse.Message, StringComparison.Ordinal);
    }
}
