using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Hive.Jepsen.Members;

/// <summary>
/// One process of the system under test: started, killed, stopped and continued any number of times, with what it prints kept in a file. Several faults may act on it at the same time,
/// each unaware of the others: it runs again when the last of those that hold it down lets it go.
/// </summary>
/// <param name="command">Its command line, where it lives.</param>
/// <param name="isKeptUp">Not under test itself: when it ends by itself it is started again, as a service manager does, and that is no crash.</param>
internal sealed class Hosted(string name, string logs, (string Program, string[] Arguments) command, bool isKeptUp = false)
{
    /// <summary>Before it is started again; what a service manager takes by default.</summary>
    private static readonly TimeSpan RestartPause = TimeSpan.FromMilliseconds(100);

    /// <summary>After SIGTERM it has this long to end by itself.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly List<Task> _pumps = [];
    private readonly List<Life> _lives = [];
    private readonly List<string> _crashes = [];
    private string _name = name;
    private (string Program, string[] Arguments) _command = command;
    private int _holds;

    /// <summary>The newest process until somebody saw to its end; it may have ended meanwhile.</summary>
    private Life? _life;

    /// <summary>What is on its disk was damaged: it may refuse to start, which is then no crash.</summary>
    public volatile bool MayRefuse;

    public string Name => _name;

    public string Log => Path.Combine(logs, _name + ".log");

    public bool IsRunning
    {
        get
        {
            lock (_gate) return _life is { HasExited: false };
        }
    }

    /// <summary>Whether it ended by itself though nobody expects it to.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_gate) return HasCrashed(_life);
        }
    }

    public void Start()
    {
        lock (_gate)
        {
            var life = new Life(Tool.Start(_command.Program, _command.Arguments));
            _life = life;
            _lives.Add(life);
            _pumps.Add(PumpAsync(life.Process.StandardOutput, $"{_name}.out", life));
            _pumps.Add(PumpAsync(life.Process.StandardError, $"{_name}.log", life));
            if (isKeptUp) _pumps.Add(KeepUpAsync(life));
        }
    }

    /// <summary>SIGKILL, and not started again before each hold is let go.</summary>
    public async Task HoldDownAsync()
    {
        Hold();
        await KillAsync();
    }

    /// <summary>SIGTERM, and held down as after a kill.</summary>
    public async Task HoldDownGentlyAsync()
    {
        Hold();
        if (LetEnd() is { HasExited: false } life)
        {
            await life.SignalAsync("-TERM");
            await life.UntilExitAsync(StopPatience);
        }
        await KillAsync();
    }

    /// <summary>Held as after a kill, though it may run on: once it has ended nobody starts it before it is let go.</summary>
    public void Hold()
    {
        lock (_gate) _holds++;
    }

    /// <summary>Under another name and command line from its next start on.</summary>
    public void Become(string other, (string Program, string[] Arguments) otherCommand)
    {
        lock (_gate) (_name, _command) = (other, otherCommand);
    }

    /// <summary>Waits for it to end by itself, which it was given reason to, and with exit code 0; kills it when it does not.</summary>
    /// <returns>Whether it ended by itself.</returns>
    public async Task<bool> EndsByItselfAsync()
    {
        bool ended = LetEnd() is not { } life || await life.UntilExitAsync(StopPatience);
        await KillAsync();
        return ended;
    }

    /// <summary>From now on the process that runs may end by itself; to be followed by <see cref="EndsByItselfAsync"/>.</summary>
    /// <returns>That process; null when none runs.</returns>
    public Life? LetEnd()
    {
        lock (_gate)
        {
            if (_life is { } life) life.MayEnd = true;
            return _life;
        }
    }

    /// <summary>Starts it again when nobody else holds it down.</summary>
    public void LetGo()
    {
        lock (_gate)
        {
            if (--_holds == 0 && _life is null) Start();
        }
    }

    /// <summary>SIGSTOP.</summary>
    /// <returns>What lets that process, and no later one, go on.</returns>
    public async Task<Func<Task>> PauseAsync()
    {
        Life? life;
        lock (_gate) life = _life;
        if (life is not { HasExited: false }) return () => Task.CompletedTask;
        await life.SignalAsync("-STOP");
        return () => life.HasExited ? Task.CompletedTask : life.SignalAsync("-CONT");
    }

    /// <summary>True when it refused to start (exit code 2, its word for what a person must mend); it then counts as not started, and not as a crash.</summary>
    public bool TakeRefusal()
    {
        lock (_gate)
        {
            if (_life is not { HasRefused: true }) return false;
            _life = null;
            return true;
        }
    }

    /// <summary>Each time that it ended by itself, and where its log is.</summary>
    public IReadOnlyList<string> Crashes()
    {
        lock (_gate) return HasCrashed(_life) ? [.. _crashes, Told(_life)] : [.. _crashes];
    }

    /// <summary>Ends it for good, with all that it printed in its files.</summary>
    public async Task EndAsync()
    {
        Hold();
        await KillAsync();
        await Task.WhenAll(_pumps);
        foreach (Life life in _lives) life.Process.Dispose();
    }

    /// <summary>When this returns no process of it is left, whoever else is about to end it.</summary>
    private async Task KillAsync()
    {
        Life[] all;
        lock (_gate)
        {
            if (HasCrashed(_life)) _crashes.Add(Told(_life));
            if (_life is { HasExited: false } running) running.Process.Kill();
            _life = null;
            all = [.. _lives];
        }
        foreach (Life life in all) await life.Process.WaitForExitAsync();
    }

    private bool HasCrashed([NotNullWhen(true)] Life? life) => life is { HasCrashed: true } && !isKeptUp && !(MayRefuse && life.HasRefused);

    private string Told(Life life) => $"{_name} ended by itself with exit code {life.Process.ExitCode}; its log: {Log}";

    /// <summary>Starts it again after that life, unless somebody else saw to its end.</summary>
    private async Task KeepUpAsync(Life life)
    {
        await life.Process.WaitForExitAsync();
        await Task.Delay(RestartPause);
        lock (_gate)
        {
            if (_life != life) return;
            _life = null;
            if (_holds == 0) Start();
        }
    }

    private async Task PumpAsync(StreamReader from, string file, Life life)
    {
        await using var to = new StreamWriter(new FileStream(Path.Combine(logs, file), FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        while (await from.ReadLineAsync() is { } line)
        {
            life.Spoke = true;
            await to.WriteLineAsync(line);
        }
    }

    /// <summary>One process, from its start to its end.</summary>
    internal sealed class Life(Process process)
    {
        private const int Refused = 2;

        /// <summary>128 and SIGTERM: the signal found nobody who minds it.</summary>
        private const int Terminated = 143;

        public Process Process => process;

        /// <summary>Whether it has printed a line.</summary>
        public volatile bool Spoke;

        /// <summary>Whether it was told to stop, or was given another reason to end.</summary>
        public volatile bool MayEnd;

        public bool HasExited => process.HasExited;

        public bool HasRefused => process is { HasExited: true, ExitCode: Refused };

        /// <summary>It ended, and not as it may. Before its first word it may not have come so far that it minds the signal: then the system ends it, as it ends any program.</summary>
        public bool HasCrashed => process.HasExited && !(MayEnd && (process.ExitCode == 0 || (process.ExitCode == Terminated && !Spoke)));

        public Task SignalAsync(string signal) => Tool.TryAsync("kill", signal, process.Id.ToString(CultureInfo.InvariantCulture));

        /// <returns>Whether it ended in time.</returns>
        public async Task<bool> UntilExitAsync(TimeSpan patience)
        {
            using var limit = new CancellationTokenSource(patience);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return process.HasExited;
        }
    }
}
