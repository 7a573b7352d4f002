using System.CommandLine;
using System.Text.Json.Nodes;
using Hive.Client.Etcd;
using Hive.Composition;

namespace Hive.Commands.Members;

/// <summary><c>hive member list|add|promote|remove|replace</c>: who holds the state, changed while it is served, through any queen.</summary>
internal static class MemberCommands
{
    private static readonly Argument<string> Who = new("member") { Description = "Its name, or its id as `hive member list` shows it" };
    private static readonly Argument<string> Name = new("name") { Description = "Name of the new queen" };
    private static readonly Option<string> Peer = new("--peer") { Description = "ADDRESS:PORT where the other queens reach it", Required = true };
    private static readonly Option<string> Etcd = new("--etcd") { Description = "ADDRESS:PORT where etcd clients reach it", Required = true };
    private static readonly Option<string> Api = new("--api") { Description = "ADDRESS:PORT where Kubernetes clients and drones reach it", Required = true };
    private static readonly Option<bool> Learner = new("--learner") { Description = "It stays a learner, without a vote, until `hive member promote`" };
    private static readonly Option<bool> Wait = new("--wait") { Description = "Do not return before it has caught up; show how far it is" };
    private static readonly Option<bool> Force = new("--force") { Description = "Even if too few of the remaining members answer" };
    private static readonly Option<string?> File = new("--cluster") { Description = "Cluster file (default: ./cluster.json if it is that of the profile, else the one beside the profile)" };
    private static readonly Option<string> Form = new("--output", "-o") { Description = "table, json or yaml", DefaultValueFactory = _ => "table" };

    public static Command Create() => new("member", "Show and change who holds the state: the queens, while they serve") { List(), Add(), Promote(), Remove(), Replace() };

    private static Command List()
    {
        var command = new Command("list", "Show all members, who leads, and how far each has come") { File, Form };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async session =>
        {
            MemberTable table = await session.ReadAsync(cancellation);
            session.Print(new JsonObject { ["members"] = table.ToJson() }, table.Print);
            return 0;
        }));
        return command;
    }

    private static Command Add()
    {
        var command = new Command(
            "add", "Add a queen: makes its certificate, enters it in the cluster file, and prints the command that starts it.\nIt has no vote before it has the whole log, so that adding one never costs the quorum.")
        {
            Name, Peer, Etcd, Api, Learner, Wait, File, Form,
        };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async session =>
        {
            QueenEntry added = await session.AddAsync(NewQueen(parsed), parsed.GetValue(Learner), cancellation);
            if (parsed.GetValue(Wait)) await session.UntilCaughtUpAsync(added.Id.Value, votes: !parsed.GetValue(Learner), cancellation);
            return 0;
        }));
        return command;
    }

    private static Command Promote()
    {
        var command = new Command("promote", "Give a learner a vote, as soon as it has caught up; shows how far it is") { Who, File, Form };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async session =>
        {
            EtcdMember member = (await session.ReadAsync(cancellation)).Find(parsed.GetValue(Who) ?? "");
            await session.PromoteAsync(member, cancellation);
            session.Print(new JsonObject { ["promoted"] = MemberTable.Id(member.Id) }, output => output.WriteLine($"{MemberTable.Title(member)} votes now"));
            return 0;
        }));
        return command;
    }

    private static Command Remove()
    {
        var command = new Command("remove", "Remove a member for good; its process ends by itself, its id is never used again") { Who, Force, File, Form };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async session =>
        {
            EtcdMember member = (await session.ReadAsync(cancellation)).Find(parsed.GetValue(Who) ?? "");
            await session.RemoveAsync(member, parsed.GetValue(Force), cancellation);
            session.Print(
                new JsonObject { ["removed"] = MemberTable.Id(member.Id) },
                output => output.WriteLine($"{MemberTable.Title(member)} is removed; its data folder can be deleted"));
            return 0;
        }));
        return command;
    }

    private static Command Replace()
    {
        var command = new Command(
            "replace", "Put a new queen in the place of one that is gone or going: adds it, waits until it votes, then removes the other.\nInterrupted, the same command goes on where it was.")
        {
            Who, Name, Peer, Etcd, Api, Force, File, Form,
        };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async session =>
        {
            EtcdMember old = (await session.ReadAsync(cancellation)).Find(parsed.GetValue(Who) ?? "");
            QueenEntry added = await session.AddAsync(NewQueen(parsed), learner: false, cancellation);
            await session.UntilCaughtUpAsync(added.Id.Value, votes: true, cancellation);
            await session.RemoveAsync(old, parsed.GetValue(Force), cancellation);
            session.Tell($"{added.Name} has taken the place of {MemberTable.Title(old)}");
            return 0;
        }));
        return command;
    }

    private static QueenEntry NewQueen(ParseResult parsed) => new()
    {
        Name = parsed.GetValue(Name) ?? "",
        Peer = parsed.GetValue(Peer) ?? "",
        Etcd = parsed.GetValue(Etcd) ?? "",
        Api = parsed.GetValue(Api) ?? "",
    };

    private static Task<int> RunAsync(ParseResult parsed, Func<MemberSession, Task<int>> command) => CommandContext.RunAsync(parsed, async context =>
    {
        using EtcdClient client = EtcdClient.Connect(context.Settings);
        try
        {
            return await command(new MemberSession(context, client, parsed.GetValue(File), GetCommand.ParseForm(parsed.GetValue(Form) ?? "table")));
        }
        catch (MemberRefusal refused)
        {
            await Console.Error.WriteLineAsync($"hive: {refused.Message}");
            return CommandContext.Failed;
        }
    });
}

/// <summary>The cluster, or this command for the cluster's sake, refused; the message says why and what to do.</summary>
internal sealed class MemberRefusal(string message) : Exception(message);
