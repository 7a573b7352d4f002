using System.Globalization;
using System.Text.Json.Nodes;
using Hive.Composition;
using Hive.Objects.Yaml;
using Hive.Store;

namespace Hive.Commands.Backup;

/// <summary>Reads an archive whole: every record, and whether each base is what the chain before it comes to.</summary>
internal static class ArchiveCheck
{
    /// <summary>Prints what can be gone back to. Exit code 1 when something is damaged or missing.</summary>
    public static int Run(ArchiveFolder folder, string form)
    {
        IReadOnlyList<ArchiveChain> chains = folder.Chains;
        if (chains.Count == 0) throw new UsageException($"{folder.Path} is neither a snapshot nor an archive (no chains 000001, ...)");
        if (form is not ("table" or "json" or "yaml")) throw new UsageException($"unknown output form \"{form}\"; it can be json or yaml");
        List<Span> spans = [];
        StateDigest? expected = null;
        for (int i = 0; i < chains.Count; i++)
        {
            var span = Read(chains[i], i + 1 < chains.Count ? chains[i + 1] : null, expected);
            spans.Add(span);
            expected = span.AtNext;
        }
        if (form == "table") foreach (Span span in spans) Console.WriteLine(span.Text);
        else Print(spans, form);
        return spans.Exists(s => s.Problem is not null) ? CommandContext.Failed : 0;
    }

    private static Span Read(ArchiveChain chain, ArchiveChain? next, StateDigest? expected)
    {
        var reader = new ChainReader(chain);
        StateDigest? atNext = null;
        StateDigest? own = null;
        try
        {
            ChainEnd end = reader.Replay(
                _ =>
                {
                    own ??= reader.State.Digest;
                    return true;
                },
                entry => atNext = entry.Index.Value == next?.Start.Index && entry.Term.Value == next.Start.Term ? reader.State.Digest : atNext);
            own ??= reader.State.Digest;
            // A half-written record is where an archiver is, or goes on; in front of another chain it is a loss.
            string? problem = end == ChainEnd.Damaged || (end == ChainEnd.CutOff && next is not null) ? reader.Problem : null;
            if (expected is { } wanted && own.Value != wanted) problem ??= $"{chain.Base} is not the state that the chain before it comes to";
            bool joins = next is null || atNext is not null;
            return new Span(chain.Name, chain.Start.Revision, chain.Start.Time, reader.State.Revision.Value, reader.State.LastStamp.Wall.ToDateTime(), joins, problem, atNext);
        }
        catch (UsageException unreadable)
        {
            return new Span(chain.Name, chain.Start.Revision, chain.Start.Time, chain.Start.Revision, chain.Start.Time, next is null, unreadable.Message, null);
        }
    }

    private static void Print(List<Span> spans, string form)
    {
        var told = new JsonObject { ["chains"] = new JsonArray([.. spans.Select(s => s.ToJson())]) };
        if (form == "json") Console.WriteLine(Output.Json(told));
        else Console.Write(YamlWriter.Write(told));
    }

    /// <summary>What one chain can be gone back to.</summary>
    /// <param name="Joins">The next chain goes on where this one ends.</param>
    private sealed record Span(string Name, long From, DateTime FromTime, long To, DateTime ToTime, bool Joins, string? Problem, StateDigest? AtNext)
    {
        public string Text => string.Create(
            CultureInfo.InvariantCulture,
            $"{Name}: revisions {From} ({Time(FromTime)}) to {To} ({Time(ToTime)}){(Joins ? "" : "; what came then is missing")}{(Problem is null ? "" : $"\n  damaged: {Problem}")}");

        public JsonObject ToJson() => new()
        {
            ["name"] = Name,
            ["fromRevision"] = From,
            ["fromTime"] = Time(FromTime),
            ["toRevision"] = To,
            ["toTime"] = Time(ToTime),
            ["joinsNext"] = Joins,
            ["problem"] = Problem,
        };

        private static string Time(DateTime time) => time.Ticks == 0 ? "no time known" : time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }
}
