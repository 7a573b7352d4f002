using System.CommandLine;
using Hive.Commands;
using Hive.Composition;
using Hive.Queen;
using Microsoft.Extensions.Logging;

namespace Hive.Local;

/// <summary>The daemon on every machine: <c>hive queen</c>, <c>hive drone</c>, and <c>hive larve [--queen]</c>, which is either.</summary>
internal static class HostCommands
{
    private static readonly Option<string> Name = new("--name") { Description = "Which entry of the cluster file this is", Required = true };
    private static readonly Option<string?> Data = new("--data") { Description = "Where its state is kept (default: a folder of its name in the cluster's data folder)" };
    private static readonly Option<bool> RemovePods = new("--remove-pods-at-exit") { Description = "Take this drone's pods down when it stops, instead of leaving them to its next start" };
    private static readonly Option<LogLevel> Level = new("--log-level") { Description = "Debug, Information, Warning or Error", DefaultValueFactory = _ => LogLevel.Information };

    public static Command CreateQueen()
    {
        var command = new Command("queen", "Run a queen: she holds the state, takes requests and decides") { UpCommand.File, Name, Data, Level };
        command.SetAction((parsed, cancellation) => UpCommand.GuardAsync(() => RunQueenAsync(parsed, cancellation), cancellation));
        return command;
    }

    public static Command CreateDrone()
    {
        var command = new Command("drone", "Run a drone: it runs pods and reports") { UpCommand.File, Name, Data, RemovePods, Level };
        command.SetAction((parsed, cancellation) => UpCommand.GuardAsync(() => RunDroneAsync(parsed, cancellation), cancellation));
        return command;
    }

    public static Command CreateLarve()
    {
        var queen = new Option<bool>("--queen") { Description = "As a queen; without it as a drone" };
        var command = new Command("larve", "The daemon of every machine: a drone, or with --queen a queen") { queen, UpCommand.File, Name, Data, RemovePods, Level };
        command.SetAction((parsed, cancellation) => UpCommand.GuardAsync(
            () => parsed.GetValue(queen) ? RunQueenAsync(parsed, cancellation) : RunDroneAsync(parsed, cancellation), cancellation));
        return command;
    }

    /// <summary>Logs go to standard error, one line each, so that what a drone prints for a task stands alone on standard output.</summary>
    public static ILoggerFactory Loggers(LogLevel level) => LoggerFactory.Create(builder => builder
        .SetMinimumLevel(level)
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddSimpleConsole(format =>
        {
            format.SingleLine = true;
            format.UseUtcTimestamp = true;
            format.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        })
        .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));

    private static Task<int> RunQueenAsync(ParseResult parsed, CancellationToken cancellation) => HostAsync(parsed, async (cluster, lifetime, loggers) =>
    {
        QueenEntry self = cluster.FindQueen(parsed.GetValue(Name) ?? "");
        try
        {
            await using QueenHost host = await QueenHost.StartAsync(cluster, self, parsed.GetValue(Data) ?? Path.Combine(cluster.DataFolder, self.Name), loggers, lifetime.Stop);
            return await UntilStoppedAsync(self.Name, host.Failure, lifetime, loggers);
        }
        catch (QueenStartException refused)
        {
            throw new UsageException($"{self.Name} cannot start: {refused.Message}");
        }
    }, cancellation);

    private static Task<int> RunDroneAsync(ParseResult parsed, CancellationToken cancellation) => HostAsync(parsed, async (cluster, lifetime, loggers) =>
    {
        DroneEntry self = cluster.FindDrone(parsed.GetValue(Name) ?? "");
        string data = parsed.GetValue(Data) ?? Path.Combine(cluster.DataFolder, self.Name);
        await using DroneHost host = await DroneHost.StartAsync(cluster, self, data, parsed.GetValue(RemovePods), loggers, lifetime.Stop);
        return await UntilStoppedAsync(self.Name, host.Failure, lifetime, loggers);
    }, cancellation);

    private static Task<int> HostAsync(ParseResult parsed, Func<ClusterFile, Lifetime, ILoggerFactory, Task<int>> serve, CancellationToken cancellation)
    {
        ClusterFile cluster = ClusterFile.Load(parsed.GetValue(UpCommand.File) ?? "cluster.json");
        return Lifetime.RunAsync(async lifetime =>
        {
            using ILoggerFactory loggers = Loggers(parsed.GetValue(Level));
            return await serve(cluster, lifetime, loggers);
        }, cancellation);
    }

    /// <summary>Until it is told to stop, is no longer part of the cluster, or cannot go on.</summary>
    internal static async Task<int> UntilStoppedAsync(string name, Task<Exception> failure, Lifetime lifetime, ILoggerFactory loggers)
    {
        Task stop = lifetime.WaitAsync();
        if (await Task.WhenAny(stop, failure) == stop) return 0;
        Exception reason = await failure;
        if (reason is QueenRemovedException)
        {
            loggers.CreateLogger(name).LogWarning("{Reason}", reason.Message);
            return 0;
        }
        loggers.CreateLogger(name).LogCritical(reason, "{Name} cannot go on and stops: {Reason}", name, reason.Message);
        return CommandContext.Failed;
    }
}
