using System.Globalization;
using System.Text;

namespace Hive.Jepsen.Runs;

/// <summary>
/// All runs of a matrix so far: a table with one line for each, appended to as they end. A matrix that is begun again leaves out what stands
/// in it; parts of one matrix may write to it at the same time.
/// </summary>
public sealed class Ledger
{
    private readonly string _path;
    private readonly List<LedgerLine> _lines;

    private Ledger(string path, List<LedgerLine> lines) => (_path, _lines) = (path, lines);

    /// <exception cref="FormatException">The file is no ledger.</exception>
    public static Ledger Open(string path) => new(path, File.Exists(path) ? [.. File.ReadLines(path).Where(l => l.Length > 0 && l != LedgerLine.Header).Select(LedgerLine.Read)] : []);

    public int WorstExitCode => _lines.Any(l => l.ExitCode == 1) ? 1 : _lines.Select(l => l.ExitCode).DefaultIfEmpty(0).Max();

    /// <summary>Whether it was run and judged.</summary>
    public bool Has(RunOptions run) => _lines.Any(l => l.CountsAsRun && l.IsOf(run));

    public void Add(LedgerLine line)
    {
        using var file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        file.Write(Encoding.UTF8.GetBytes((file.Length == 0 ? LedgerLine.Header + "\n" : "") + line.Write() + "\n"));
        _lines.Add(line);
    }

    /// <summary>Hours, operations, and what was not valid.</summary>
    public string Sum()
    {
        IEnumerable<string> wrong = _lines.Where(l => l.ExitCode != 0).Select(l => $"\n  {l.Workload} under {l.Nemesis} on {l.Members}, seed {l.Seed}: {l}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{_lines.Count} runs, {_lines.Sum(l => l.Seconds) / 3600:0.00} hours, {_lines.Sum(l => l.Operations)} operations, {_lines.Count(l => l.ExitCode == 0)} valid; longest without progress {Most(_lines, l => l.Stall):0.00} s, slowest recovery {Most(_lines, l => l.Recovery):0.00} s{string.Concat(wrong)}");
    }

    /// <summary>A Markdown table with one row for each workload and one for all.</summary>
    public string Table()
    {
        var table = new StringBuilder("| workload | runs | hours | ok | failed | unknown | longest without progress | slowest recovery | anomalies |\n|---|---|---|---|---|---|---|---|---|\n");
        LedgerLine[] judged = [.. _lines.Where(l => l.CountsAsRun)];
        foreach (IGrouping<string, LedgerLine> workload in judged.GroupBy(l => l.Workload, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)) table.Append(Row(workload.Key, [.. workload]));
        return table.Append(Row("all", judged)).ToString();
    }

    private static string Row(string name, IReadOnlyCollection<LedgerLine> lines) => string.Create(CultureInfo.InvariantCulture,
        $"| {name} | {lines.Count} | {lines.Sum(l => l.Seconds) / 3600:0.00} | {lines.Sum(l => (long)l.Ok)} | {lines.Sum(l => (long)l.Failed)} | {lines.Sum(l => (long)l.Unknown)} | {Most(lines, l => l.Stall):0.00} s | {Most(lines, l => l.Recovery):0.00} s | {lines.Count(l => l.ExitCode == 1)} |\n");

    private static double Most(IEnumerable<LedgerLine> lines, Func<LedgerLine, double> of) => lines.Select(of).DefaultIfEmpty(0).Max();
}
