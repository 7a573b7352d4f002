using System.CommandLine;
using System.Globalization;
using Hive.Commands.Members;
using Hive.Composition;
using Hive.Platform;
using Hive.Queen;

namespace Hive.Local;

/// <summary><c>hive recover</c>: the way out of a lost quorum, on the machine of a queen that is left. Says what may be lost before it does anything.</summary>
internal static class RecoverCommand
{
    private static readonly Option<string> Name = new("--name") { Description = "The queen that is left", Required = true };
    private static readonly Option<string?> Data = new("--data") { Description = "Where her state is kept (default: a folder of her name in the cluster's data folder)" };
    private static readonly Option<bool> Yes = new("--yes") { Description = "Do it without asking" };

    public static Command Create()
    {
        var command = new Command(
            "recover",
            "Make one surviving queen the whole cluster, when most queens are gone for good.\n"
            + "Without --yes it first says what would be kept and lost, and asks. Of several survivors keep the one with the highest term, then entry.")
        {
            UpCommand.File, Name, Data, Yes,
        };
        command.SetAction((parsed, cancellation) => UpCommand.GuardAsync(() => Task.FromResult(Run(parsed)), cancellation));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string file = Path.GetFullPath(parsed.GetValue(UpCommand.File) ?? "cluster.json");
        ClusterFile cluster = ClusterFile.Load(file);
        QueenEntry self = cluster.FindQueen(parsed.GetValue(Name) ?? "");
        string data = Path.GetFullPath(parsed.GetValue(Data) ?? Path.Combine(cluster.DataFolder, self.Name));
        if (!Directory.Exists(data)) throw new UsageException($"there is no folder {data}");
        using DirectoryLock held = DirectoryLock.TryTake(data)
            ?? throw new UsageException($"{self.Name} is running with {data}: as long as a queen runs there is nothing to recover; nothing was changed");
        var options = new QueenOptions { Disk = new LinuxDisk(data), Cluster = cluster.Id, Self = self.Id, Log = (_, line) => Console.Error.WriteLine(line) };
        try
        {
            var now = new WallTime(TimeProvider.System.GetUtcNow().UtcTicks);
            Console.WriteLine(Describe(self, data, QueenRecovery.Inspect(options, now), now));
            if (!parsed.GetValue(Yes) && !Confirmed()) throw new UsageException("nothing was changed; --yes does it without asking");
            QueenRecovery.KeepOnly(options, now);
        }
        catch (QueenStartException refused)
        {
            throw new UsageException($"{self.Name} cannot be recovered: {refused.Message}");
        }
        MemberFiles.KeepOnly(file, cluster, self);
        Console.WriteLine($"""
            {self.Name} is the whole cluster now, in {data} and in {file}. Start her, and give her company again:

              {HiveProgram.Path} queen --cluster {file} --name {self.Name}
              {HiveProgram.Path} member add NAME --peer ADDRESS:PORT --etcd ADDRESS:PORT --api ADDRESS:PORT
            """);
        return 0;
    }

    private static bool Confirmed()
    {
        if (Console.IsInputRedirected) return false;
        Console.Write("Go on? Type yes: ");
        return Console.ReadLine()?.Trim() == "yes";
    }

    private static string Describe(QueenEntry self, string data, RecoveryPlan plan, WallTime now)
    {
        string others = plan.Forgotten.IsEmpty ? "nobody" : string.Join(", ", plan.Forgotten.Select(m => $"{m.Name} ({m.Id})"));
        string last = plan.LastAt.Ticks == 0 ? "no time known" : string.Create(
            CultureInfo.InvariantCulture, $"{new DateTime(plan.LastAt.Ticks, DateTimeKind.Utc):yyyy-MM-dd HH:mm:ss} UTC, {TimeSpan.FromTicks(Math.Max(0, now.Ticks - plan.LastAt.Ticks)):d\\.hh\\:mm\\:ss} ago");
        return $"""
            {self.Name} alone, from {data}
              holds      all entries up to {plan.LastIndex} of term {plan.LastTerm}, the last from {last}{(plan.Damage is { } damage ? $"\n  lacks      {damage}" : "")}
              revision   {plan.Revision}; the cluster goes on above {plan.GoesOnAt}, so that no client sees a revision twice
              forgets    {others}

            What may be lost: every write that the others acknowledged and that had not reached {self.Name}. Nobody can tell how many these are.
            A write that was never acknowledged may become visible. Watches and lists from before are told that their revision is compacted, and begin anew.
            Be sure that the others never run again with their old data: they would be a second cluster of the same name.

            """;
    }
}
