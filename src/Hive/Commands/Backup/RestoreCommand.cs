using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Hive.Commands.Members;
using Hive.Composition;
using Hive.Local;
using Hive.Platform;
using Hive.Queen;
using Hive.Store;
using Command = System.CommandLine.Command;

namespace Hive.Commands.Backup;

/// <summary>
/// <c>hive snapshot restore FILE|DIR --cluster cluster.json</c>: lets the cluster of that file, which has no state yet, begin with what was saved, or with any moment
/// of an archive. All queens' folders are made here; with several machines each gets its own, and the cluster file.
/// </summary>
internal static class RestoreCommand
{
    private static readonly Argument<string> SnapshotFile = new("file") { Description = "The snapshot, or the folder of an archive" };
    private static readonly Option<string?> To = new("--to") { Description = $"With an archive, the moment to go back to: {Moment.Forms}. Default: its end" };
    private static readonly Option<long> Above = new("--above")
    {
        Description = "Go on above this revision. Default: past all that the old cluster can have handed out since (a million a second, a thousand million at least)",
    };

    public static Command Create()
    {
        var command = new Command("restore", "Begin a cluster with what was saved: makes the queens' data folders, which must be empty") { SnapshotFile, UpCommand.File, To, Above };
        command.SetAction((parsed, cancellation) => UpCommand.GuardAsync(() => Task.FromResult(Run(parsed)), cancellation));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string file = Path.GetFullPath(parsed.GetValue(UpCommand.File) ?? "cluster.json");
        ClusterFile cluster = ClusterFile.Load(file);
        foreach (QueenEntry queen in cluster.Queens) CheckEmpty(FolderOf(cluster, queen));
        KeyValueStore state = Read(Path.GetFullPath(parsed.GetValue(SnapshotFile) ?? ""), parsed.GetValue(To));
        string held = SnapshotCommands.Describe(state);
        Revision goesOnAt = GoesOnAt(state, parsed.GetValue(Above));
        QueenRestore.Advance(state, goesOnAt);
        // An identity of its own: members of the old cluster, should they ever come back, are strangers to it.
        ClusterFile restored = cluster with { RestoredAs = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)) };
        foreach (QueenEntry queen in restored.Queens) Place(restored, queen, state);
        MemberFiles.Replace(file, restored);
        foreach (QueenEntry queen in restored.Queens)
        {
            string folder = FolderOf(restored, queen);
            if (Directory.Exists(folder)) Directory.Delete(folder);
            Directory.Move(Unfinished(folder), folder);
        }
        string names = string.Join(", ", restored.Queens.Select(q => q.Name));
        Console.WriteLine($"""
            {names} begin with {held}.
            The cluster goes on above revision {goesOnAt}, so that no client sees a revision twice; watches and lists from before are told that their revision is compacted.
            It is another cluster than the one that was saved: never start queens of that one beside it.
            Start it with `hive up --cluster {file}`, or each queen on her machine with {file} and her folder in {restored.DataFolder}.
            """);
        return 0;
    }

    private static KeyValueStore Read(string path, string? to)
    {
        Moment? moment = to is null ? null : Moment.Parse(to, TimeProvider.System.GetUtcNow());
        if (Directory.Exists(path)) return ArchiveReplay.Read(new ArchiveFolder(path), moment);
        if (moment is not null) throw new UsageException($"{path} is one snapshot, of one moment; --to needs the folder of an archive (`hive archive`)");
        return SnapshotCommands.Read(path);
    }

    private static Revision GoesOnAt(KeyValueStore state, long above)
    {
        if (above == 0) return RevisionAdvance.Past(state.Revision, state.LastStamp.Wall, new WallTime(TimeProvider.System.GetUtcNow().UtcTicks));
        if (above >= state.Revision.Value && above <= StoreLimits.HighestAdvance) return new Revision(above);
        throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--above {above} is not between the snapshot's own revision ({state.Revision}) and {StoreLimits.HighestAdvance}"));
    }

    private static void CheckEmpty(string folder)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new UsageException($"{folder} is not empty: a cluster that has a state is not overwritten; stop it, move the folder away, and try again. Nothing was changed");
        }
    }

    private static void Place(ClusterFile cluster, QueenEntry queen, KeyValueStore state)
    {
        string unfinished = Unfinished(FolderOf(cluster, queen));
        if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        var options = new QueenOptions
        {
            Disk = new LinuxDisk(unfinished),
            Cluster = cluster.Id,
            Self = queen.Id,
            InitialMembers = [.. cluster.Queens.Select(QueenHost.MemberOf)],
        };
        try
        {
            QueenRestore.Place(options, state.Snapshot());
        }
        catch (QueenStartException refused)
        {
            throw new UsageException($"{queen.Name} cannot be restored: {refused.Message}");
        }
    }

    private static string FolderOf(ClusterFile cluster, QueenEntry queen) => Path.Combine(cluster.DataFolder, queen.Name);

    private static string Unfinished(string folder) => folder + ".restoring";
}
