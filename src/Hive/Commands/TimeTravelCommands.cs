using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Hive.Client.Etcd;

namespace Hive.Commands;

/// <summary><c>hive kv history|diff|restore</c>: what was, what changed, and back again.</summary>
internal static class TimeTravelCommands
{
    private static readonly Option<string> Form = new("--output", "-o") { Description = "table, json or yaml", DefaultValueFactory = _ => "table" };
    private static readonly Argument<string> Prefix = new("prefix") { Description = "All keys that begin with it; \"\" for the whole store" };

    public static Command History()
    {
        var key = new Argument<string>("key");
        var limit = new Option<long>("--limit") { Description = "At most so many versions" };
        var command = new Command("history", "Every kept version of a key, newest first") { key, limit, Form };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, CommandContext.Failed, async client =>
        {
            var all = new List<KeyStep>();
            long asked = parsed.GetValue(limit), oldest;
            bool more;
            do
            {
                long left = asked > 0 ? asked - all.Count : 0;
                HistoryAnswer answer = await client.HistoryAsync(Bytes(parsed.GetValue(key)), left, all.Count > 0 ? all[^1].Pair.ModRevision : 0, cancellation);
                if (answer.Error is { } error) return Complain(error);
                all.AddRange(answer.Steps);
                (more, oldest) = (answer.More, answer.OldestRevision);
            }
            while (more && (asked == 0 || all.Count < asked));
            WriteHistory(parsed, all, more, oldest);
            return 0;
        }));
        return command;
    }

    public static Command Diff()
    {
        var from = new Option<string>("--from") { Description = $"The older point: {Moment.Forms}", Required = true };
        var to = new Option<string?>("--to") { Description = "The newer point; now, when it is not given" };
        var command = new Command("diff", "What differs between two points of history. Exit code 0: nothing, 1: something, 2: it could not be told") { Prefix, from, to, Form };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, CommandContext.Misused, async client =>
        {
            (long start, string? problem) = await ResolveAsync(client, parsed.GetValue(from)!, cancellation);
            (long end, string? other) = parsed.GetValue(to) is { } given ? await ResolveAsync(client, given, cancellation) : (0, null);
            if ((problem ?? other) is { } error) return Complain(error, CommandContext.Misused);
            var writer = new DifferenceWriter(GetCommand.ParseForm(parsed.GetValue(Form) ?? "table"));
            await foreach ((long revision, IReadOnlyList<KeyChange> changes) in client.DiffAsync(Bytes(parsed.GetValue(Prefix)), start, end, cancellation))
            {
                writer.Add(start, end == 0 ? revision : end, changes);
            }
            writer.Finish();
            return writer.Count == 0 ? 0 : 1;
        }));
        return command;
    }

    public static Command Restore()
    {
        var to = new Option<string>("--to") { Description = $"The point to go back to: {Moment.Forms}", Required = true };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what would change" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var command = new Command("restore", "Make all keys of a prefix what they were, in one transaction: all or nothing") { Prefix, to, dryRun, yes };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, CommandContext.Failed, async client =>
        {
            (long revision, string? problem) = await ResolveAsync(client, parsed.GetValue(to)!, cancellation);
            if (problem is not null) return Complain(problem);
            byte[] prefix = Bytes(parsed.GetValue(Prefix));
            var writer = new DifferenceWriter(OutputForm.Table);
            long seen = 0;
            await foreach ((long at, IReadOnlyList<KeyChange> changes) in client.DiffAsync(prefix, 0, revision, cancellation))
            {
                seen = at;
                writer.Add(at, revision, changes);
            }
            writer.Finish();
            if (writer.Count == 0) return 0;
            bool dry = parsed.GetValue(dryRun);
            if (!dry && !parsed.GetValue(yes) && !Confirm(writer.Count)) return CommandContext.Misused;
            RestoreAnswer answer = await client.RestoreAsync(prefix, revision, seen, dry, cancellation);
            if (answer.Error is { } error) return Complain(error);
            Tell(answer, revision, dry);
            return 0;
        }));
        return command;
    }

    /// <summary>The revision that a point of history means.</summary>
    public static async Task<(long Revision, string? Error)> ResolveAsync(TravelClient client, string text, CancellationToken cancellation)
    {
        Moment moment = Moment.Parse(text, TimeProvider.System.GetUtcNow());
        if (moment.Revision is { } revision) return (revision, null);
        RevisionAnswer answer = await client.RevisionAtAsync(moment.Time, cancellation);
        return (answer.At.Revision, answer.Error);
    }

    private static void WriteHistory(ParseResult parsed, List<KeyStep> steps, bool more, long oldest)
    {
        OutputForm form = GetCommand.ParseForm(parsed.GetValue(Form) ?? "table");
        var all = new JsonObject { ["oldestKept"] = oldest, ["more"] = more, ["versions"] = new JsonArray([.. steps.Select(Json)]) };
        if (Output.TryWrite(form, all)) return;
        Output.Columns(Console.Out, ["REVISION", "TIME", "VERSION", "LEASE", "VALUE"], [.. steps.Select(Row)]);
        Console.WriteLine(more ? "(there are more)" : $"(kept is from revision {oldest} on)");
    }

    private static IReadOnlyList<string> Row(KeyStep step) =>
    [
        Number(step.Pair.ModRevision), step.Time is { } time ? Text(time) : "-", step.Deleted ? "-" : Number(step.Pair.Version),
        step.Pair.Lease == 0 ? "-" : step.Pair.Lease.ToString("x", CultureInfo.InvariantCulture), step.Deleted ? "(deleted)" : ValueText.Cell(step.Pair.Value),
    ];

    private static JsonNode Json(KeyStep step)
    {
        var item = new JsonObject { ["revision"] = step.Pair.ModRevision, ["time"] = step.Time is { } time ? Text(time) : null, ["deleted"] = step.Deleted };
        if (step.Deleted) return item;
        item["version"] = step.Pair.Version;
        item["createRevision"] = step.Pair.CreateRevision;
        item["lease"] = step.Pair.Lease;
        ValueText.Put(item, "value", step.Pair.Value);
        return item;
    }

    private static bool Confirm(long keys)
    {
        if (Console.IsInputRedirected)
        {
            Console.Error.WriteLine("hive: nothing was restored: nobody is there to be asked; say --yes to go on without, or --dry-run to look");
            return false;
        }
        Console.Write($"Restore {keys} keys? [y/N] ");
        if (Console.ReadLine()?.Trim() is "y" or "Y" or "yes") return true;
        Console.Error.WriteLine("hive: nothing was restored");
        return false;
    }

    private static void Tell(RestoreAnswer answer, long to, bool dry)
    {
        string done = dry ? "would be" : "are";
        Console.WriteLine($"{answer.Put + answer.Deleted} keys {done} as at revision {to}: {answer.Put} written, {answer.Deleted} deleted{(dry ? "" : $", all in revision {answer.Revision}")}");
        if (answer.LeftAlone > 0) Console.WriteLine($"{answer.LeftAlone} keys {done} left as they are: the leases they lived by have ended");
    }

    private static Task<int> RunAsync(ParseResult parsed, int onRefusal, Func<TravelClient, Task<int>> command) => CommandContext.RunAsync(parsed, async context =>
    {
        using EtcdClient client = EtcdClient.Connect(context.Settings);
        try
        {
            return await command(new TravelClient(client));
        }
        catch (EtcdStreamException refused)
        {
            return Complain(refused.Message, onRefusal);
        }
    });

    private static int Complain(string error, int code = CommandContext.Failed)
    {
        Console.Error.WriteLine($"hive: {error}");
        return code;
    }

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static byte[] Bytes(string? text) => Encoding.UTF8.GetBytes(text ?? "");

    /// <summary>Prints differences as they come; JSON and YAML once all are there.</summary>
    private sealed class DifferenceWriter(OutputForm form)
    {
        private readonly JsonArray _changes = [];
        private long _from;
        private long _to;

        public long Count { get; private set; }

        public void Add(long from, long to, IReadOnlyList<KeyChange> changes)
        {
            (_from, _to) = (from, to);
            foreach (KeyChange change in changes)
            {
                Count++;
                if (form == OutputForm.Table) DifferenceText.Write(Console.Out, change);
                else _changes.Add((JsonNode)DifferenceText.Json(change));
            }
        }

        public void Finish()
        {
            var all = new JsonObject { ["from"] = _from, ["to"] = _to, ["count"] = Count, ["changes"] = _changes };
            if (!Output.TryWrite(form, all)) Console.WriteLine(Count == 0 ? $"No difference between revisions {_from} and {_to}." : $"{Count} keys differ between revisions {_from} and {_to}.");
        }
    }
}
