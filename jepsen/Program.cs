using System.Runtime.InteropServices;
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
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    stop.Cancel();
});
try
{
    RunOptions options = RunOptions.Parse(args);
    if (options.Table is { } ledger)
    {
        await Console.Out.WriteAsync((await Ledger.OpenAsync(ledger)).Table());
        return 0;
    }
    if (options.Matrix == Matrix.Faults) return await FaultyBuilds.ExecuteAsync(options, Console.Out, one => ExecuteAsync(one, TextWriter.Null), stop.Token);
    if (options.Matrix is { } size) return await Matrix.ExecuteAsync(size, options, await BuildUnderTest.AskAsync(options.Hive), Console.Out, one => ExecuteAsync(one, TextWriter.Null), stop.Token);
    RunResult result = await ExecuteAsync(options, Console.Out);
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

async Task<RunResult> ExecuteAsync(RunOptions options, TextWriter progress)
{
    RunResult result = await new Run(options, progress).ExecuteAsync(stop.Token);
    await File.WriteAllTextAsync(Path.Combine(result.Folder, "history.edn"), Edn.Write(result.History));
    await File.WriteAllTextAsync(Path.Combine(result.Folder, "report.html"), HtmlReport.Write(result));
    return result;
}
