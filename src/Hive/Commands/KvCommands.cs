using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Hive.Client.Connections;
using Hive.Client.Etcd;

namespace Hive.Commands;

/// <summary><c>hive kv get|put|del|watch</c>: the key-value store, in the words of etcdctl.</summary>
internal static class KvCommands
{
    private static readonly Argument<string> Key = new("key");
    private static readonly Option<bool> Prefix = new("--prefix") { Description = "All keys that begin with KEY" };
    private static readonly Option<string> Form = new("--output", "-o") { Description = "json", DefaultValueFactory = _ => "table" };

    public static Command Create() => new("kv", "Read and write the key-value store")
    {
        Get(), Put(), Delete(), Watch(), TimeTravelCommands.History(), TimeTravelCommands.Diff(), TimeTravelCommands.Restore(), RetentionCommand.Create(),
    };

    private static Command Get()
    {
        var at = new Option<string?>("--at", "--rev") { Description = $"As of then: {Moment.Forms}" };
        var limit = new Option<long>("--limit") { Description = "At most so many" };
        var keysOnly = new Option<bool>("--keys-only") { Description = "Without values" };
        var command = new Command("get", "Read a key") { Key, Prefix, at, limit, keysOnly, Form };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async client =>
        {
            var travel = new TravelClient(client);
            (long revision, string? problem) = parsed.GetValue(at) is { } then ? await TimeTravelCommands.ResolveAsync(travel, then, cancellation) : (0, null);
            if (problem is not null) return Complain(problem);
            EtcdAnswer answer = await client.GetAsync(Bytes(parsed.GetValue(Key)), parsed.GetValue(Prefix), revision, parsed.GetValue(limit), cancellation);
            if (answer.Error is { } error) return Complain(revision == 0 ? error : await ExplainAsync(travel, error, cancellation));
            if (IsJson(parsed))
            {
                Console.WriteLine(Output.Json(new JsonObject
                {
                    ["revision"] = answer.Revision,
                    ["count"] = answer.Count,
                    ["kvs"] = new JsonArray([.. answer.Pairs.Select(p => (JsonNode)Pair(p))]),
                }));
                return 0;
            }
            foreach (EtcdPair pair in answer.Pairs)
            {
                Console.WriteLine(Encoding.UTF8.GetString(pair.Key));
                if (!parsed.GetValue(keysOnly)) Console.WriteLine(Encoding.UTF8.GetString(pair.Value));
            }
            return 0;
        }));
        return command;
    }

    /// <summary>etcd's text says that a revision is not kept; what is kept says more.</summary>
    private static async Task<string> ExplainAsync(TravelClient client, string error, CancellationToken cancellation)
    {
        if (!error.Contains("compacted", StringComparison.Ordinal)) return error;
        RevisionAnswer kept = await client.RevisionAtAsync(null, cancellation);
        return kept.Error is null ? $"{error}; kept is from revision {kept.Oldest.Revision} on{(kept.Oldest.Time is { } made ? $", made {made:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}" : "")}" : error;
    }

    private static Command Put()
    {
        var value = new Argument<string>("value") { Description = "The value; - reads it from standard input" };
        var command = new Command("put", "Write a key") { Key, value };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async client =>
        {
            string text = parsed.GetValue(value) ?? "";
            if (text == "-") text = await Console.In.ReadToEndAsync(cancellation);
            EtcdAnswer answer = await client.PutAsync(Bytes(parsed.GetValue(Key)), Encoding.UTF8.GetBytes(text), cancellation);
            if (answer.Error is { } error) return Complain(error);
            Console.WriteLine("OK");
            return 0;
        }));
        return command;
    }

    private static Command Delete()
    {
        var command = new Command("del", "Delete a key") { Key, Prefix };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async client =>
        {
            EtcdAnswer answer = await client.DeleteAsync(Bytes(parsed.GetValue(Key)), parsed.GetValue(Prefix), cancellation);
            if (answer.Error is { } error) return Complain(error);
            Console.WriteLine(answer.Count);
            return 0;
        }));
        return command;
    }

    private static Command Watch()
    {
        var revision = new Option<long>("--rev") { Description = "From this revision on" };
        var command = new Command("watch", "Follow a key") { Key, Prefix, revision, Form };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, async client =>
        {
            try
            {
                await foreach (EtcdChange change in client.WatchAsync(Bytes(parsed.GetValue(Key)), parsed.GetValue(Prefix), parsed.GetValue(revision), cancellation))
                {
                    if (IsJson(parsed))
                    {
                        JsonObject line = Pair(change.Pair);
                        line["type"] = change.Deleted ? "DELETE" : "PUT";
                        Console.WriteLine(line.ToJsonString());
                        continue;
                    }
                    Console.WriteLine(change.Deleted ? "DELETE" : "PUT");
                    Console.WriteLine(Encoding.UTF8.GetString(change.Pair.Key));
                    Console.WriteLine(Encoding.UTF8.GetString(change.Pair.Value));
                }
            }
            catch (EtcdWatchException ended)
            {
                return Complain(ended.Message);
            }
            return 0;
        }));
        return command;
    }

    private static Task<int> RunAsync(ParseResult parsed, Func<EtcdClient, Task<int>> command) => CommandContext.RunAsync(parsed, async context =>
    {
        using EtcdClient client = EtcdClient.Connect(context.Settings);
        return await command(client);
    });

    private static int Complain(string error)
    {
        Console.Error.WriteLine($"hive: {error}");
        return CommandContext.Failed;
    }

    internal static JsonObject Pair(EtcdPair pair) => new()
    {
        ["key"] = Encoding.UTF8.GetString(pair.Key),
        ["value"] = Encoding.UTF8.GetString(pair.Value),
        ["createRevision"] = pair.CreateRevision,
        ["modRevision"] = pair.ModRevision,
        ["version"] = pair.Version,
        ["lease"] = pair.Lease,
    };

    private static bool IsJson(ParseResult parsed) => parsed.GetValue(Form) switch
    {
        "json" => true,
        "table" => false,
        var other => throw new Composition.UsageException($"unknown output form \"{other}\"; it can be json"),
    };

    private static byte[] Bytes(string? text) => Encoding.UTF8.GetBytes(text ?? "");
}
