using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Hive.Jepsen.Runs;

/// <summary>
/// All runs of a matrix so far: a table with one line for each, appended to as they end. Of several runs of one cell of the matrix the newest
/// decides. A matrix that is begun again leaves out what is valid; parts of one matrix may write to it at the same time.
/// </summary>
public sealed class Ledger
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(5), Patience = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly List<LedgerLine> _lines;

    private Ledger(string path, List<LedgerLine> lines) => (_path, _lines) = (path, lines);

    /// <exception cref="FormatException">The file is no ledger.</exception>
    public static async Task<Ledger> OpenAsync(string path)
    {
        if (!File.Exists(path)) return new Ledger(path, []);
        using var reader = new StreamReader(await InTurnAsync(path, FileMode.Open, FileAccess.Read));
        string text = await reader.ReadToEndAsync();
        return new Ledger(path, [.. text.Split('\n').Where(l => l.Length > 0 && l != LedgerLine.Header).Select(LedgerLine.Read)]);
    }

    /// <summary>Of the newest runs of all cells: 1 when one has an anomaly, else 3 when one was not judged, else 0.</summary>
    public int WorstExitCode => Newest.Any(l => l.ExitCode == 1) ? 1 : Newest.Select(l => l.ExitCode).DefaultIfEmpty(0).Max();

    private IEnumerable<LedgerLine> Newest => _lines.GroupBy(l => l.Cell).Select(cell => cell.Last());

    /// <summary>Whether its newest run was valid: one with an anomaly, and one that was not judged, is to be run again.</summary>
    public bool Has(RunOptions run) => _lines.LastOrDefault(l => l.IsOf(run)) is { ExitCode: 0 };

    /// <summary>Adds a line at the end, whoever else adds one at the same time.</summary>
    /// <exception cref="IOException">The file cannot be written, or another holds it for very long.</exception>
    public async Task AddAsync(LedgerLine line)
    {
        await using FileStream file = await InTurnAsync(_path, FileMode.Append, FileAccess.Write);
        await file.WriteAsync(Encoding.UTF8.GetBytes((file.Length == 0 ? LedgerLine.Header + "\n" : "") + line.Write() + "\n"));
        _lines.Add(line);
    }

    /// <summary>Hours, operations, and what was not valid.</summary>
    public string Sum()
    {
        IEnumerable<string> wrong = Newest.Where(l => l.ExitCode != 0).Select(l => $"\n  {l.Workload} under {l.Nemesis} on {l.Members}, seed {l.Seed}: {l}");
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

    /// <summary>Alone: opening a file for appending only finds its end, so that two who write at once would write over each other.</summary>
    private static async Task<FileStream> InTurnAsync(string path, FileMode mode, FileAccess access)
    {
        for (long start = Stopwatch.GetTimestamp(); ; await Task.Delay(Turn))
        {
            try
            {
                return new FileStream(path, mode, access, FileShare.None);
            }
            catch (IOException) when (File.Exists(path) && Stopwatch.GetElapsedTime(start) < Patience)
            {
                // Another part of the matrix has it: for no longer than a line takes.
                continue;
            }
        }
    }

    private static string Row(string name, IReadOnlyCollection<LedgerLine> lines) => string.Create(CultureInfo.InvariantCulture,
        $"| {name} | {lines.Count} | {lines.Sum(l => l.Seconds) / 3600:0.00} | {lines.Sum(l => (long)l.Ok)} | {lines.Sum(l => (long)l.Failed)} | {lines.Sum(l => (long)l.Unknown)} | {Most(lines, l => l.Stall):0.00} s | {Most(lines, l => l.Recovery):0.00} s | {lines.Count(l => l.ExitCode == 1)} |\n");

    private static double Most(IEnumerable<LedgerLine> lines, Func<LedgerLine, double> of) => lines.Select(of).DefaultIfEmpty(0).Max();
}
