using System.Globalization;

namespace Hive.Jepsen.Runs;

/// <summary>One run, as the ledger keeps it. Times in seconds; negative: not known.</summary>
public sealed record LedgerLine(
    string Workload, string Nemesis, int Members, double Seconds, int Seed, int Ok, int Failed, int Unknown, double Stall, double Recovery, string Word, string Note)
{
    private const char Separator = '\t';

    /// <summary>0 valid, 1 anomaly, 3 not judged.</summary>
    public int ExitCode => Word switch { "valid" => 0, "ANOMALY" => 1, _ => 3 };

    public static LedgerLine Of(RunResult result) => new(
        result.Options.Workload, result.Options.Nemesis, result.Options.Members, result.Options.Time.TotalSeconds, result.Options.Seed, result.Ok, result.Failed, result.Unknown,
        result.Stall.TotalSeconds, result.Recovery?.TotalSeconds ?? -1, result.Word,
        string.Join("; ", result.Verdict.Anomalies.Select(a => a.Kind).Distinct().Concat(result.Crashes.Select(_ => "crash")).Append(result.Verdict.Inconclusive).Where(t => t.Length > 0)));

    /// <summary>A run that could not be brought to its end.</summary>
    public static LedgerLine Unfinished(RunOptions of, string why) =>
        new(of.Workload, of.Nemesis, of.Members, of.Time.TotalSeconds, of.Seed, 0, 0, 0, -1, -1, "unfinished", why.ReplaceLineEndings(" ").Replace(Separator, ' '));

    public bool IsOf(RunOptions run) =>
        (Workload, Nemesis, Members, Seed) == (run.Workload, run.Nemesis, run.Members, run.Seed) && Math.Abs(Seconds - run.Time.TotalSeconds) < 0.001;

    public string Write() => string.Join(Separator, [Workload, Nemesis, Text(Members), Text(Seconds), Text(Seed), Text(Ok), Text(Failed), Text(Unknown), Text(Stall), Text(Recovery), Word, Note]);

    /// <exception cref="FormatException">The line is not one of a ledger.</exception>
    public static LedgerLine Read(string line)
    {
        string[] parts = line.Split(Separator);
        if (parts.Length != 12) throw new FormatException($"not a line of a ledger: {line}");
        int Whole(int at) => int.Parse(parts[at], CultureInfo.InvariantCulture);
        double Real(int at) => double.Parse(parts[at], CultureInfo.InvariantCulture);
        return new LedgerLine(parts[0], parts[1], Whole(2), Real(3), Whole(4), Whole(5), Whole(6), Whole(7), Real(8), Real(9), parts[10], parts[11]);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Word}: {Ok} ok, {Failed} failed, {Unknown} unknown; {Stall:0.00} s without progress at most; all answered {Recovery:0.00} s after a heal at most{(Note.Length > 0 ? "; " : "")}{Note}");

    private static string Text<T>(T value) where T : IFormattable => value.ToString("0.###", CultureInfo.InvariantCulture);
}

/// <summary>All runs of a matrix so far: a text file with one line for each, appended to as they end.</summary>
public sealed class Ledger
{
    private readonly string _path;
    private readonly List<LedgerLine> _lines;

    private Ledger(string path, List<LedgerLine> lines) => (_path, _lines) = (path, lines);

    /// <exception cref="FormatException">The file is no ledger.</exception>
    public static Ledger Open(string path) => new(path, File.Exists(path) ? [.. File.ReadLines(path).Where(l => l.Length > 0).Select(LedgerLine.Read)] : []);

    public int WorstExitCode => _lines.Any(l => l.ExitCode == 1) ? 1 : _lines.Select(l => l.ExitCode).DefaultIfEmpty(0).Max();

    public bool Has(RunOptions run) => _lines.Any(l => l.IsOf(run));

    public void Add(LedgerLine line)
    {
        File.AppendAllText(_path, line.Write() + "\n");
        _lines.Add(line);
    }

    /// <summary>Hours, operations, and what was not valid.</summary>
    public string Sum()
    {
        IEnumerable<string> wrong = _lines.Where(l => l.ExitCode != 0).Select(l => $"\n  {l.Workload} under {l.Nemesis} on {l.Members}, seed {l.Seed}: {l}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{_lines.Count} runs, {_lines.Sum(l => l.Seconds) / 3600:0.00} hours, {_lines.Sum(l => (long)l.Ok + l.Failed + l.Unknown)} operations, {_lines.Count(l => l.ExitCode == 0)} valid; longest without progress {_lines.Select(l => l.Stall).DefaultIfEmpty(0).Max():0.00} s, slowest recovery {_lines.Select(l => l.Recovery).DefaultIfEmpty(0).Max():0.00} s{string.Concat(wrong)}");
    }
}
