using Hive.Jepsen.Histories;
using Hive.Jepsen.Members;
using Hive.Jepsen.Reports;
using Hive.Jepsen.Runs;

const int Misuse = 2, Inconclusive = 3;
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
try
{
    RunOptions options = RunOptions.Parse(args);
    RunResult result = await new Run(options, Console.Out).ExecuteAsync(stop.Token);
    await File.WriteAllTextAsync(Path.Combine(result.Folder, "history.edn"), Edn.Write(result.History));
    await File.WriteAllTextAsync(Path.Combine(result.Folder, "report.html"), HtmlReport.Write(result));
    await ConsoleReport.WriteAsync(result, Console.Out);
    return result.ExitCode;
}
catch (MisuseException misuse)
{
    await Console.Error.WriteLineAsync(misuse.Message);
    return Misuse;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("interrupted; members stopped, nothing judged");
    return Inconclusive;
}
catch (Exception failure) when (failure is TimeoutException or InvalidOperationException)
{
    await Console.Error.WriteLineAsync($"the run could not be finished: {failure.Message}");
    return Inconclusive;
}
