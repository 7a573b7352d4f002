using System.Globalization;

namespace Hive.Jepsen.Runs;

/// <summary>One run, as the ledger keeps it. Times in seconds; negative: not known.</summary>
/// <param name="Rate">Operations a second that the clients were to send at most.</param>
/// <param name="Build">What was under test: the commit, see <see cref="BuildUnderTest"/>.</param>
public sealed record LedgerLine(
    string Workload, string Nemesis, int Members, double Seconds, int Seed, int Rate, int Ok, int Failed, int Unknown, double Stall, double Recovery, string Word, string Build, string Note)
{
    private const char Separator = '\t';

    /// <summary>The first line of a ledger.</summary>
    public static string Header { get; } =
        string.Join(Separator, ["workload", "nemesis", "members", "seconds", "seed", "rate", "ok", "failed", "unknown", "longest stall s", "slowest recovery s", "verdict", "commit", "note"]);

    /// <summary>0 valid, 1 anomaly, 3 not judged.</summary>
    public int ExitCode => Word switch { "valid" => 0, "ANOMALY" => 1, _ => 3 };

    /// <summary>Not judged, or not brought to its end: it counts as not run.</summary>
    public bool CountsAsRun => ExitCode != 3;

    /// <summary>What of a matrix it ran.</summary>
    public (string Workload, string Nemesis, int Members, double Seconds, int Seed) Cell => (Workload, Nemesis, Members, Seconds, Seed);

    public long Operations => (long)Ok + Failed + Unknown;

    public static LedgerLine Of(RunResult result, string build) => new(
        result.Options.Workload, result.Options.Nemesis, result.Options.Members, result.Options.Time.TotalSeconds, result.Options.Seed, result.Options.Rate, result.Ok, result.Failed, result.Unknown,
        result.Stall.TotalSeconds, result.Recovery?.TotalSeconds ?? -1, result.Word, build,
        string.Join("; ", result.Verdict.Anomalies.Select(a => a.Kind).Distinct().Concat(result.Crashes.Select(_ => "crash")).Append(result.Verdict.Inconclusive).Where(t => t.Length > 0)));

    /// <summary>A run that could not be brought to its end.</summary>
    public static LedgerLine Unfinished(RunOptions of, string build, string why) => new(
        of.Workload, of.Nemesis, of.Members, of.Time.TotalSeconds, of.Seed, of.Rate, 0, 0, 0, -1, -1, "unfinished", build, why.ReplaceLineEndings(" ").Replace(Separator, ' '));

    public bool IsOf(RunOptions run) =>
        (Workload, Nemesis, Members, Seed) == (run.Workload, run.Nemesis, run.Members, run.Seed) && Math.Abs(Seconds - run.Time.TotalSeconds) < 0.001;

    public string Write() =>
        string.Join(Separator, [Workload, Nemesis, Text(Members), Text(Seconds), Text(Seed), Text(Rate), Text(Ok), Text(Failed), Text(Unknown), Text(Stall), Text(Recovery), Word, Build, Note]);

    /// <exception cref="FormatException">The line is not one of a ledger.</exception>
    public static LedgerLine Read(string line)
    {
        string[] parts = line.Split(Separator);
        if (parts.Length != Header.Split(Separator).Length) throw new FormatException($"not a line of a ledger: {line}");
        int Whole(int at) => int.Parse(parts[at], CultureInfo.InvariantCulture);
        double Real(int at) => double.Parse(parts[at], CultureInfo.InvariantCulture);
        return new LedgerLine(parts[0], parts[1], Whole(2), Real(3), Whole(4), Whole(5), Whole(6), Whole(7), Whole(8), Real(9), Real(10), parts[11], parts[12], parts[13]);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Word}: {Ok} ok, {Failed} failed, {Unknown} unknown; {Stall:0.00} s without progress at most; all answered {Recovery:0.00} s after a heal at most{(Note.Length > 0 ? "; " : "")}{Note}");

    private static string Text<T>(T value) where T : IFormattable => value.ToString("0.##", CultureInfo.InvariantCulture);
}
