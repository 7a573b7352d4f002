using System.Diagnostics;

namespace Hive.Jepsen.Members;

/// <summary>A precondition of the run is missing, or a command line cannot be; one clear line for the person who started it.</summary>
public sealed class MisuseException(string message) : Exception(message);

/// <summary>Runs the system's own tools (<c>ip</c>, <c>nft</c>, <c>kill</c>) and the binary under test.</summary>
public static class Tool
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Who became root without a login has a PATH without the folders of root's tools.</summary>
    private static readonly string SearchPath = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin";

    /// <summary>Where a program lies in PATH or among root's tools; null when it is not installed.</summary>
    public static string? Find(string program) => SearchPath.Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>Starts a program with its output in pipes; what it starts in turn is searched for where <see cref="Find"/> does.</summary>
    public static Process Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Find(program) ?? program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = SearchPath;
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Runs to the end and tells whether it succeeded, with all that it printed.</summary>
    public static async Task<(bool Ok, string Output)> TryAsync(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
        return (process.ExitCode == 0, await output + await error);
    }

    /// <summary>Runs to the end; it must succeed.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        (bool ok, string output) = await TryAsync(program, arguments);
        return ok ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed:\n{output}");
    }
}
