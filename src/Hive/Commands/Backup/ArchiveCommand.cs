using System.CommandLine;
using System.Globalization;
using Hive.Client.Etcd;
using Hive.Composition;
using Command = System.CommandLine.Command;

namespace Hive.Commands.Backup;

/// <summary><c>hive archive --to DIR</c>: keeps the log of a running cluster in a folder, to go back to any revision of it.</summary>
internal static class ArchiveCommand
{
    private static readonly Option<string> To = new("--to") { Description = "Folder of the archive; best on another machine's disk", Required = true };
    private static readonly Option<bool> Once = new("--once") { Description = "Bring it up to date and end; for a timer" };
    private static readonly Option<double> Every = new("--every") { Description = "Seconds between two looks at the log", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> BaseAfter = new("--base-after") { Description = "Save a new snapshot when the log behind the last is longer than so many MiB, and than it twice", DefaultValueFactory = _ => 256 };
    private static readonly Option<double> Keep = new("--keep") { Description = "Days that can be gone back to; 0 keeps all" };

    public static Command Create()
    {
        var command = new Command("archive", "Keep the log of a running cluster in a folder; `hive snapshot restore DIR --to` goes back to any revision or time of it") { To, Once, Every, BaseAfter, Keep };
        command.SetAction((parsed, cancellation) => CommandContext.RunAsync(parsed, async context =>
        {
            TimeSpan every = Seconds(parsed.GetValue(Every), "--every"), keep = Days(parsed.GetValue(Keep));
            var folder = new ArchiveFolder(Path.GetFullPath(parsed.GetValue(To) ?? ""));
            using IDisposable held = folder.Lock();
            using EtcdClient client = EtcdClient.Connect(context.Settings);
            using var archiver = new Archiver(folder, client, Mebibytes(parsed.GetValue(BaseAfter)), keep, Say);
            return parsed.GetValue(Once) ? await OnceAsync(archiver, cancellation) : await FollowAsync(archiver, every, cancellation);
        }));
        return command;
    }

    private static async Task<int> OnceAsync(Archiver archiver, CancellationToken cancellation)
    {
        if (await TryPullAsync(archiver, cancellation) is { } problem)
        {
            await Console.Error.WriteLineAsync($"hive: the archive was not brought up to date: {problem}");
            return CommandContext.Failed;
        }
        Say($"reaches to revision {archiver.Reached}");
        return 0;
    }

    /// <summary>Until it is stopped. Trouble is told when it begins and when it ends, and loses nothing as long as the cluster keeps the log.</summary>
    private static async Task<int> FollowAsync(Archiver archiver, TimeSpan every, CancellationToken cancellation)
    {
        string? trouble = null;
        bool told = false;
        try
        {
            while (true)
            {
                string? problem = await TryPullAsync(archiver, cancellation);
                if (problem is null && !told) Say($"reaches to revision {archiver.Reached}, and goes on until it is stopped");
                told |= problem is null;
                if (problem is not null && trouble is null) Say($"trouble: {problem}; trying again");
                if (problem is null && trouble is not null) Say($"well again, reaches to revision {archiver.Reached}");
                trouble = problem;
                await Task.Delay(every, TimeProvider.System, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Say($"stopped; reaches to revision {archiver.Reached}");
            return 0;
        }
    }

    private static async Task<string?> TryPullAsync(Archiver archiver, CancellationToken cancellation)
    {
        try
        {
            await archiver.PullAsync(cancellation);
            return null;
        }
        catch (Exception failure) when (failure is EtcdStreamException or IOException or UnauthorizedAccessException)
        {
            return failure.Message;
        }
    }

    private static void Say(string text) => Console.WriteLine($"archive: {text}");

    private static TimeSpan Seconds(double value, string option) =>
        value is >= 0.01 and <= 86_400 ? TimeSpan.FromSeconds(value) : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{option} {value}: it can be 0.01 to 86400 seconds"));

    private static long Mebibytes(int value) =>
        value is >= 1 and <= 1_000_000 ? (long)value << 20 : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--base-after {value}: it can be 1 to 1000000 MiB"));

    private static TimeSpan Days(double value) =>
        value is >= 0 and <= 36_500 ? TimeSpan.FromDays(value) : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--keep {value}: it can be 0 to 36500 days"));
}
