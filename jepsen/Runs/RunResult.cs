using Hive.Jepsen.Checkers;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Nemeses;

namespace Hive.Jepsen.Runs;

/// <summary>All that came out of a run.</summary>
/// <param name="Crashes">Members that ended though nobody killed them.</param>
/// <param name="Stall">The longest time, while the workload ran, in which no operation succeeded.</param>
/// <param name="Recoveries">From each fault after which there was one to see, see <see cref="Progress.Recoveries"/>.</param>
public sealed record RunResult(
    RunOptions Options, string Folder, string Network, IReadOnlyList<Operation> History, IReadOnlyList<FaultSpan> Faults, IReadOnlyList<string> Crashes,
    Verdict Verdict, TimeSpan Stall, IReadOnlyList<Recovery> Recoveries)
{
    /// <summary>The slowest; null when none was seen.</summary>
    public TimeSpan? Recovery => Recoveries.Select(r => (TimeSpan?)r.Time).Max();

    /// <summary>The faults, each with the recovery from it.</summary>
    public IEnumerable<string> Told => Faults.Select(f => Recoveries.FirstOrDefault(r => r.Fault == f) is { } recovery ? $"{f}; then {recovery}" : f.ToString());

    public int Ok => History.Count(o => o.Outcome == Outcome.Ok);
    public int Failed => History.Count(o => o.Outcome == Outcome.Failed);
    public int Unknown => History.Count(o => o.Outcome == Outcome.Unknown);

    /// <summary>0 valid, 1 anomaly or crash, 3 inconclusive.</summary>
    public int ExitCode => !Verdict.Valid || Crashes.Count > 0 ? 1 : Verdict.Inconclusive.Length > 0 || Ok == 0 ? 3 : 0;

    public string Word => ExitCode switch { 0 => "valid", 1 => "ANOMALY", _ => "inconclusive" };
}
