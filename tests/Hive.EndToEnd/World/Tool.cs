using System.Diagnostics;
using System.Text;

namespace Hive.EndToEnd.World;

/// <summary>What a program printed and how it ended.</summary>
public sealed record ToolResult(int ExitCode, string Output, string Error)
{
    /// <summary>Everything, for an assertion's message.</summary>
    public string All => $"exit code {ExitCode}\n{Output}\n{Error}";

    /// <summary>It must have ended well.</summary>
    public ToolResult Must()
    {
        return ExitCode == 0 ? this : throw new InvalidOperationException(All);
    }

    /// <summary>It must have been refused, and have said why.</summary>
    public void MustFail(string because)
    {
        if (ExitCode == 0 || !Error.Contains(because, StringComparison.Ordinal)) throw new InvalidOperationException($"not refused with \"{because}\": {All}");
    }
}

/// <summary>Runs other people's clients (kubectl, etcdctl, curl) and our own binary, as a person would from a shell.</summary>
public static class Tool
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>The binary under test: built beside the tests.</summary>
    public static string Hive { get; } = Path.Combine(AppContext.BaseDirectory, "hive");

    /// <summary>Where <c>./test</c> puts what it installs for the tests beside the system's packages.</summary>
    public static string Installed => Environment.GetEnvironmentVariable("HIVE_TEST_TOOLS") ?? Path.Combine(Repository, "artifacts", "tools");

    /// <summary>The repository, for its examples.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Runs to the end.</summary>
    /// <exception cref="TimeoutException">It did not end in time; it was killed.</exception>
    public static async Task<ToolResult> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? input = null, string? folder = null, TimeSpan? patience = null)
    {
        using Process process = Start(program, arguments, environment, folder);
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(patience ?? Patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end in {patience ?? Patience}:\n{await output}\n{await error}");
        }
        return new ToolResult(process.ExitCode, await output, await error);
    }

    /// <summary>Starts and hands the process over; its three streams are pipes.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            WorkingDirectory = folder ?? "",
        };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
    }

    /// <summary>Waits for a condition, as long as <paramref name="patience"/> (default <see cref="Patience"/>); then fails with what was awaited.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> condition, string what, TimeSpan? patience = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > (patience ?? Patience)) throw new TimeoutException($"not within {patience ?? Patience}: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Hive.sln"))) return at.FullName;
        }
        throw new InvalidOperationException("the tests do not lie inside the repository");
    }
}
