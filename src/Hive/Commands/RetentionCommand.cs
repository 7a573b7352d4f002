using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Hive.Client.Etcd;
using Hive.Composition;

namespace Hive.Commands;

/// <summary><c>hive kv retention</c>: how far back one can look, and changing that while the cluster runs.</summary>
internal static class RetentionCommand
{
    private const int BytesPerMebibyteBits = 20;
    private static readonly Option<string?> Age = new("--age") { Description = "Keep what was current within this time (3d, 1h30m)" };
    private static readonly Option<long?> Percent = new("--percent") { Description = "History takes at most this much of what live data takes ..." };
    private static readonly Option<long?> FreeMebibytes = new("--free-mib") { Description = "... or so many MiB, whichever is more" };
    private static readonly Option<long?> Revisions = new("--revisions") { Description = "Keep no more than so many revisions before the current one; 0: however many" };
    private static readonly Option<string> Form = new("--output", "-o") { Description = "table, json or yaml", DefaultValueFactory = _ => "table" };

    public static Command Create()
    {
        var command = new Command("retention", "Show how much history is kept, or change it") { Age, Percent, FreeMebibytes, Revisions, Form };
        command.SetAction((parsed, cancellation) => CommandContext.RunAsync(parsed, async context =>
        {
            TimeSpan? age = parsed.GetValue(Age) is { } text ? ParseAge(text) : null;
            using EtcdClient etcd = EtcdClient.Connect(context.Settings);
            var client = new TravelClient(etcd);
            RetentionAnswer kept = await client.RetentionAsync(cancellation);
            (long? percent, long? free, long? revisions) = (parsed.GetValue(Percent), parsed.GetValue(FreeMebibytes), parsed.GetValue(Revisions));
            if (kept.Error is null && (age ?? (object?)percent ?? free ?? revisions) is not null)
                kept = await client.SetRetentionAsync(
                    age ?? kept.Age, percent ?? kept.PercentOfLive, free is { } mebibytes ? mebibytes << BytesPerMebibyteBits : kept.FreeBytes, revisions ?? kept.Revisions, cancellation);
            if (kept.Error is { } error)
            {
                Console.Error.WriteLine($"hive: {error}");
                return CommandContext.Failed;
            }
            RevisionAnswer now = await client.RevisionAtAsync(null, cancellation);
            Write(parsed, kept, now.Oldest.Revision);
            return 0;
        }));
        return command;
    }

    private static TimeSpan ParseAge(string text) => Moment.TrySpan(text, out TimeSpan age)
        ? age
        : throw new UsageException($"\"{text}\" is no length of time; it can be such as 3d, 1h30m or 45s");

    private static void Write(ParseResult parsed, RetentionAnswer kept, long oldest)
    {
        var all = new JsonObject
        {
            ["ageSeconds"] = (long)kept.Age.TotalSeconds,
            ["percentOfLive"] = kept.PercentOfLive,
            ["freeBytes"] = kept.FreeBytes,
            ["revisions"] = kept.Revisions,
            ["liveBytes"] = kept.LiveBytes,
            ["historyBytes"] = kept.HistoryBytes,
            ["oldestRevision"] = oldest,
        };
        if (Output.TryWrite(GetCommand.ParseForm(parsed.GetValue(Form) ?? "table"), all)) return;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"History is kept for {Text(kept.Age)}, and takes at most {kept.PercentOfLive} % of what live data takes, or {kept.FreeBytes >> BytesPerMebibyteBits} MiB if that is more{Bound(kept.Revisions)}."));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Now it reaches back to revision {oldest} and takes {kept.HistoryBytes} bytes, live data {kept.LiveBytes}."));
    }

    private static string Bound(long revisions) => revisions == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; no more than {revisions} revisions back");

    private static string Text(TimeSpan age)
    {
        (int Count, string Unit)[] parts = [(age.Days, "d"), (age.Hours, "h"), (age.Minutes, "m"), (age.Seconds, "s")];
        string text = string.Concat(parts.Where(part => part.Count > 0).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Count}{part.Unit}")));
        return text.Length == 0 ? "0s" : text;
    }
}
