using System.Diagnostics;
using System.Text;

namespace Hive.Drone.Runtimes.Process;

/// <summary>Runs the cell for a moment and reads what it says.</summary>
internal static class CellCommand
{
    private const int LongestOutput = DroneLimits.TerminationMessageBytes * 4;

    public static async Task<ExecOutcome> RunAsync(string program, IEnumerable<string> arguments, TimeSpan timeout, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment.Clear();
        using System.Diagnostics.Process process = new() { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            return new ExecOutcome(null, "", failure.Message);
        }
        process.StandardInput.Close();
        var output = new StringBuilder();
        Task reading = Task.WhenAll(ReadAsync(process.StandardOutput, output), ReadAsync(process.StandardError, output));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            await reading.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellation.ThrowIfCancellationRequested();
            lock (output) return new ExecOutcome(null, output.ToString(), "timed out");
        }
        lock (output) return new ExecOutcome(process.ExitCode, output.ToString(), "");
    }

    private static async Task ReadAsync(StreamReader reader, StringBuilder output)
    {
        char[] buffer = new char[4096];
        int read;
        while ((read = await reader.ReadAsync(buffer)) > 0)
        {
            lock (output)
            {
                if (output.Length < LongestOutput) output.Append(buffer, 0, read);
            }
        }
    }
}
