using System.Globalization;

namespace Hive.Jepsen.Runs;

/// <summary>Known faults of a build that has them inside (<c>-p:HiveFaults=true</c>), each with the run in which the harness must catch it.</summary>
public static class FaultyBuilds
{
    public static IReadOnlyList<(string Fault, string Workload, string Nemesis)> All { get; } =
    [
        ("ack-before-sync", "set", "kill-all"),
        ("read-without-barrier", "register", "partition"),
        ("watch-skips-compacted", "watch", "kill,pause"),
        ("lock-without-lease", "lock", "pause"),
        ("control-without-fence", "deployments", "transfer"),
    ];

    /// <summary>One run for each fault. Returns 0 when an anomaly was found in each, 1 when one was not caught, 3 when one could not be judged.</summary>
    public static async Task<int> ExecuteAsync(RunOptions options, TextWriter console, Func<RunOptions, Task<RunResult>> run, CancellationToken cancellation)
    {
        int worst = 0;
        foreach ((string fault, string workload, string nemesis) in All)
        {
            cancellation.ThrowIfCancellationRequested();
            RunResult result = await run(options with { Fault = fault, Workload = workload, Nemeses = RunOptions.Tracks(nemesis), Members = 3 });
            (int code, string word) = result.ExitCode switch
            {
                1 when !result.Verdict.Valid => (0, "caught"),
                3 => (3, "not judged"),
                _ => (1, "NOT CAUGHT (was the binary built with -p:HiveFaults=true?)"),
            };
            string how = string.Join("; ", result.Verdict.Anomalies.GroupBy(a => a.Kind, StringComparer.Ordinal).Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key}: {g.Count()}")));
            await console.WriteLineAsync($"{fault}: {word} by {workload} under {nemesis} {(how.Length > 0 ? $"({how})" : "")}{result.Verdict.Inconclusive}");
            worst = worst == 1 || code == 1 ? 1 : Math.Max(worst, code);
        }
        return worst;
    }
}
