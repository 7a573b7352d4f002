using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Hive.Client.Etcd;
using Hive.Composition;
using Hive.Etcd.Services.Maintenance;
using Hive.Local;
using Hive.Objects.Yaml;
using Hive.Platform;
using Hive.Store;
using Command = System.CommandLine.Command;

namespace Hive.Commands.Backup;

/// <summary><c>hive snapshot save|verify|restore</c>: a backup of the whole state in one file.</summary>
internal static class SnapshotCommands
{
    private static readonly Argument<string> SnapshotFile = new("file") { Description = "The snapshot" };
    private static readonly Argument<string> SnapshotOrArchive = new("file") { Description = "The snapshot, or the folder of an archive" };
    private static readonly Option<string> Form = new("--output", "-o") { Description = "json or yaml", DefaultValueFactory = _ => "table" };

    public static Command Create() => new("snapshot", "Save the whole state to a file, look at it, and begin a cluster with it") { Save(), Verify(), RestoreCommand.Create() };

    private static Command Save()
    {
        var force = new Option<bool>("--force") { Description = "Replace the file if it is there" };
        var command = new Command("save", "Save the state of a running cluster; writes go on meanwhile") { SnapshotFile, force };
        command.SetAction((parsed, cancellation) => CommandContext.RunAsync(parsed, async context =>
        {
            string file = Path.GetFullPath(parsed.GetValue(SnapshotFile) ?? "");
            if (File.Exists(file) && !parsed.GetValue(force)) throw new UsageException($"{file} is there already; --force replaces it");
            using EtcdClient client = EtcdClient.Connect(context.Settings);
            return await SaveAsync(client, file, cancellation);
        }));
        return command;
    }

    private static async Task<int> SaveAsync(EtcdClient client, string file, CancellationToken cancellation)
    {
        try
        {
            KeyValueStore state = await SaveToAsync(client, file, cancellation);
            Console.WriteLine($"saved {file}: {Describe(state)}");
            return 0;
        }
        catch (Exception failure) when (failure is EtcdStreamException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"hive: nothing was saved: {failure.Message}");
            return CommandContext.Failed;
        }
    }

    /// <summary>Under another name until it is whole, read back and durable: a file of the final name is always a good one.</summary>
    /// <returns>What was saved.</returns>
    public static async Task<KeyValueStore> SaveToAsync(EtcdClient client, string file, CancellationToken cancellation)
    {
        string part = file + ".part";
        try
        {
            await using (FileStream to = new(part, FileMode.Create, FileAccess.Write))
            {
                using var progress = new ProgressLine("saved");
                await new SnapshotClient(client).SaveAsync(to, progress.Tell, cancellation);
                to.Flush(flushToDisk: true);
            }
            KeyValueStore state = Read(part);
            File.Move(part, file, overwrite: true);
            new LinuxDisk(Path.GetDirectoryName(file)!).SyncDirectory("");
            return state;
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static Command Verify()
    {
        var command = new Command("verify", "Read a snapshot, or an archive of the log, whole, and say what it holds") { SnapshotOrArchive, Form };
        command.Aliases.Add("status");
        command.SetAction((parsed, cancellation) => UpCommand.GuardAsync(() =>
        {
            string file = Path.GetFullPath(parsed.GetValue(SnapshotOrArchive) ?? "");
            if (Directory.Exists(file)) return Task.FromResult(ArchiveCheck.Run(new ArchiveFolder(file), parsed.GetValue(Form) ?? "table"));
            KeyValueStore state = Read(file);
            JsonObject told = Told(state, new FileInfo(file).Length);
            switch (parsed.GetValue(Form))
            {
                case "json": Console.WriteLine(Output.Json(told)); break;
                case "yaml": Console.Write(YamlWriter.Write(told)); break;
                case "table": Console.WriteLine($"{file} is whole: {Describe(state)}"); break;
                case var other: throw new UsageException($"unknown output form \"{other}\"; it can be json or yaml");
            }
            return Task.FromResult(0);
        }, cancellation));
        return command;
    }

    /// <summary>The state in a snapshot.</summary>
    /// <exception cref="UsageException">There is no such file, or it is not whole: what is wrong with it, and where.</exception>
    public static KeyValueStore Read(string file)
    {
        try
        {
            using FileStream from = File.OpenRead(file);
            using var progress = new ProgressLine("read");
            SnapshotReading reading = SnapshotFileReader.Read(from, read => progress.Tell(read, from.Length - read));
            return reading.Store ?? throw new UsageException($"{file} {reading.Problem}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file} cannot be read: {failure.Message}");
        }
    }

    /// <summary>What a state holds, in words.</summary>
    public static string Describe(KeyValueStore state) => string.Create(
        CultureInfo.InvariantCulture, $"revision {state.Revision}, {state.Snapshot().KeyCount} keys, as of {Time(state)}");

    private static JsonObject Told(KeyValueStore state, long bytes)
    {
        StoreSnapshot snapshot = state.Snapshot();
        return new JsonObject
        {
            ["revision"] = snapshot.Revision.Value,
            ["compactedRevision"] = snapshot.CompactedAt,
            ["keys"] = snapshot.KeyCount,
            ["leases"] = snapshot.LeaseCount,
            ["time"] = Time(state),
            ["raftIndex"] = snapshot.AppliedIndex.Value,
            ["raftTerm"] = snapshot.AppliedTerm.Value,
            ["digest"] = snapshot.Digest.Value.ToString("x16", CultureInfo.InvariantCulture),
            ["bytes"] = bytes,
        };
    }

    private static string Time(KeyValueStore state) =>
        state.LastStamp.Wall.Ticks == 0 ? "no time known" : new DateTime(state.LastStamp.Wall.Ticks, DateTimeKind.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
