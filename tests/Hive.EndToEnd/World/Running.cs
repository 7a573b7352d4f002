using System.Collections.Concurrent;
using System.Diagnostics;

namespace Hive.EndToEnd.World;

/// <summary>A program that goes on, with all lines that it printed so far. Ended when disposed.</summary>
public sealed class Running : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Task _pump;

    public Running(Process process)
    {
        Process = process;
        _pump = Task.WhenAll(PumpAsync(process.StandardOutput), PumpAsync(process.StandardError));
    }

    public Process Process { get; }

    public IReadOnlyCollection<string> Lines => _lines;

    public async Task WriteAsync(string text)
    {
        await Process.StandardInput.WriteAsync(text);
        await Process.StandardInput.FlushAsync();
    }

    public Task UntilAsync(Func<IReadOnlyCollection<string>, bool> condition) =>
        Tool.EventuallyAsync(() => Task.FromResult(condition(_lines)), $"the output is as awaited; so far:\n{string.Join('\n', _lines)}");

    /// <summary>As a person would: Ctrl-C, and waits for the end.</summary>
    public async Task InterruptAsync()
    {
        await Tool.RunAsync("kill", ["-INT", Process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await EndAsync();
    }

    /// <summary>Waits for the end; answers with the exit code.</summary>
    public async Task<int> EndAsync()
    {
        using var patience = new CancellationTokenSource(Tool.Patience);
        await Process.WaitForExitAsync(patience.Token);
        return Process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited) Process.Kill(entireProcessTree: true);
        await Process.WaitForExitAsync();
        await _pump;
        Process.Dispose();
    }

    private async Task PumpAsync(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line) _lines.Enqueue(line);
    }
}
