using System.Diagnostics;
using System.Globalization;

namespace Hive.Jepsen.Members;

/// <summary>One process of the system under test: started, killed, stopped and continued any number of times, with what it prints kept in a file.</summary>
/// <param name="command">Its command line, where it lives.</param>
internal sealed class Hosted(string name, string logs, (string Program, string[] Arguments) command)
{
    private string _name = name;
    private (string Program, string[] Arguments) _command = command;
    private bool _mayEnd;
    private const int Refused = 2;

    /// <summary>128 and SIGTERM: the signal found nobody who minds it.</summary>
    private const int Terminated = 143;

    /// <summary>After SIGTERM it has this long to end by itself.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    private readonly List<Task> _pumps = [];
    private readonly List<string> _crashes = [];
    private Process? _process;
    private int _holds;
    private Life _life = new();

    public string Name => _name;

    public string Log => Path.Combine(logs, _name + ".log");

    /// <summary>Whether it ended by itself though nobody expects it to.</summary>
    public bool HasEnded => !_mayEnd && _process is { HasExited: true };

    public void Start()
    {
        Process process = Tool.Start(_command.Program, _command.Arguments);
        _process = process;
        _life = new Life();
        _pumps.Add(PumpAsync(process.StandardOutput, $"{_name}.out", _life));
        _pumps.Add(PumpAsync(process.StandardError, $"{_name}.log", _life));
    }

    /// <summary>SIGKILL, and not started again before each hold is let go.</summary>
    public async Task HoldDownAsync()
    {
        _holds++;
        await KillAsync();
    }

    /// <summary>SIGTERM, and held down as after a kill.</summary>
    public async Task HoldDownGentlyAsync()
    {
        _holds++;
        if (_process is { HasExited: false } process)
        {
            await Signal(process, "-TERM");
            using var limit = new CancellationTokenSource(StopPatience);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Before its first word it may not have come so far that it minds the signal: then the system ends it, as it ends any program.
            if (process.HasExited && (process.ExitCode == 0 || (process.ExitCode == Terminated && !_life.Spoke)))
            {
                _process = null;
                process.Dispose();
            }
        }
        await KillAsync();
    }

    /// <summary>Held as after a kill, though it may run on: once it has ended nobody starts it before it is let go.</summary>
    public void Hold() => _holds++;

    /// <summary>Under another name and command line from its next start on.</summary>
    public void Become(string other, (string Program, string[] Arguments) otherCommand) => (_name, _command) = (other, otherCommand);

    /// <summary>Waits for it to end by itself, which it was given reason to, and with exit code 0; kills it when it does not.</summary>
    /// <returns>Whether it ended by itself.</returns>
    public async Task<bool> EndsByItselfAsync()
    {
        if (_process is not { } process) return true;
        using var limit = new CancellationTokenSource(StopPatience);
        await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        bool ended = process.HasExited;
        if (ended && process.ExitCode == 0 && _process == process)
        {
            _process = null;
            process.Dispose();
        }
        await KillAsync();
        _mayEnd = false;
        return ended;
    }

    /// <summary>From now on it may end by itself; to be followed by <see cref="EndsByItselfAsync"/>.</summary>
    public void LetEnd() => _mayEnd = true;

    /// <summary>Starts it again when nobody else holds it down.</summary>
    public void LetGo()
    {
        if (--_holds == 0 && _process is null) Start();
    }

    /// <summary>SIGSTOP.</summary>
    /// <returns>What lets that process, and no later one, go on.</returns>
    public async Task<Func<Task>> PauseAsync()
    {
        if (_process is not { HasExited: false } process) return () => Task.CompletedTask;
        await Signal(process, "-STOP");
        return () => process == _process && !process.HasExited ? Signal(process, "-CONT") : Task.CompletedTask;
    }

    /// <summary>True when it refused to start (exit code 2, its word for what a person must mend); it then counts as not started, and not as a crash.</summary>
    public bool TakeRefusal()
    {
        if (_process is not { HasExited: true, ExitCode: Refused } refused) return false;
        _process = null;
        refused.Dispose();
        return true;
    }

    /// <summary>Each time that it ended by itself, and where its log is.</summary>
    public IReadOnlyList<string> Crashes() => Crash() is { } now ? [.. _crashes, now] : [.. _crashes];

    /// <summary>Ends it for good, with all that it printed in its files.</summary>
    public async Task EndAsync()
    {
        _holds++;
        await KillAsync();
        await Task.WhenAll(_pumps);
    }

    private async Task KillAsync()
    {
        if (Crash() is { } crash) _crashes.Add(crash);
        if (_process is not { } victim) return;
        _process = null;
        victim.Kill();
        await victim.WaitForExitAsync();
        victim.Dispose();
    }

    private string? Crash() => _process is { HasExited: true } process ? $"{_name} ended by itself with exit code {process.ExitCode}; its log: {Log}" : null;

    private static Task Signal(Process process, string signal) => Tool.TryAsync("kill", signal, process.Id.ToString(CultureInfo.InvariantCulture));

    private async Task PumpAsync(StreamReader from, string file, Life life)
    {
        await using var to = new StreamWriter(new FileStream(Path.Combine(logs, file), FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        while (await from.ReadLineAsync() is { } line)
        {
            life.Spoke = true;
            await to.WriteLineAsync(line);
        }
    }

    /// <summary>From one start to the end.</summary>
    private sealed class Life
    {
        /// <summary>Whether it has printed a line.</summary>
        public volatile bool Spoke;
    }
}
