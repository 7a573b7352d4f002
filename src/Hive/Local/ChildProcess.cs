using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Hive.Local;

/// <summary>
/// One queen or drone that this command started. What it logs goes to a file; what it prints (a drone's tasks) is shown with its name
/// before it. It notices when this process is gone, because its standard input ends, and then stops by itself.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>A child that was asked to stop and has not done so by then is killed.</summary>
    public static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly Task _pumps;

    private ChildProcess(string name, Process process, string logFile)
    {
        Name = name;
        LogFile = logFile;
        _process = process;
        _pumps = Task.WhenAll(CopyLogAsync(process.StandardError, logFile), EchoAsync(name, process.StandardOutput));
    }

    public string Name { get; }
    public string LogFile { get; }
    public int Id => _process.Id;
    public bool HasExited => _process.HasExited;
    public int ExitCode => _process.ExitCode;

    /// <summary>Starts this same program with other arguments.</summary>
    public static ChildProcess Start(string name, string logFile, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "hive"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["HIVE_SUPERVISED"] = "1";
        Directory.CreateDirectory(Path.GetDirectoryName(logFile) ?? ".");
        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        return new ChildProcess(name, process, logFile);
    }

    /// <summary>SIGKILL: no chance to say good-bye. What a power cut or the out-of-memory killer does.</summary>
    public void Kill() => _process.Kill();

    public Task WaitForExitAsync(CancellationToken cancellation) => _process.WaitForExitAsync(cancellation);

    /// <summary>SIGTERM, and SIGKILL when that does not help in time.</summary>
    public async Task StopAsync()
    {
        if (!_process.HasExited)
        {
            if (SendSignal(_process.Id, SigTerm) != 0 && !_process.HasExited) _process.Kill();
            using var limit = new CancellationTokenSource(StopPatience);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                await Console.Error.WriteLineAsync($"{Name} did not stop within {StopPatience.TotalSeconds:0} s and is killed; its log: {LogFile}");
                _process.Kill();
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }
        await _pumps;
    }

    /// <summary>The last lines of its log, for an error message.</summary>
    public string LogTail(int lines)
    {
        string[] all = File.Exists(LogFile) ? File.ReadAllLines(LogFile) : [];
        return string.Join('\n', all.TakeLast(lines).Select(l => "    " + l));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }

    private static async Task CopyLogAsync(StreamReader from, string logFile)
    {
        await using var file = new StreamWriter(logFile, append: true) { AutoFlush = true };
        while (await from.ReadLineAsync() is { } line) await file.WriteLineAsync(line);
    }

    private static async Task EchoAsync(string name, StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line) Console.WriteLine($"{name} | {line}");
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int processId, int signal);
}
