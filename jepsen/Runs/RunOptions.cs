using System.Globalization;
using Hive.Jepsen.Members;
using Hive.Jepsen.Nemeses;
using Hive.Jepsen.Workloads;

namespace Hive.Jepsen.Runs;

/// <summary>What a run is to do, as the command line says it.</summary>
public sealed record RunOptions
{
    public static readonly string Usage =
        "usage: dotnet run --project jepsen -c Release -- [--workload W] [--nemesis N[,N...][+N[,N...]...]] [--members 3|5]\n" +
        "       [--minutes M | --seconds S] [--seed N] [--rate R] [--hive BINARY] [--fault F] [--store FOLDER]\n" +
        $"       dotnet run --project jepsen -c Release -- --matrix {string.Join('|', Runs.Matrix.Sizes)} [--part I/N] [--ledger FILE] [--minutes M | --seconds S] [--seed N] [--rate R] [--hive BINARY] [--store FOLDER]\n" +
        "       dotnet run --project jepsen -c Release -- --table LEDGER\n" +
        $"  W: {string.Join(", ", WorkloadCatalog.Names)}\n" +
        $"  N: {string.Join(", ", NemesisCatalog.Names)}\n" +
        "  Faults with commas between them come one at a time, by seed; what stands on both sides of a + comes at the same time.";

    private const int FullRate = 800, RateOfKeptMatrix = 100, HighestRate = 100_000;
    private static readonly TimeSpan Longest = TimeSpan.FromHours(12);

    private readonly int? _rate;

    public string Workload { get; init; } = "register";

    /// <summary>Tracks of faults that run at the same time; each makes one of its kinds at a time.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Nemeses { get; init; } = [[NemesisCatalog.None]];

    public int Members { get; init; } = 3;
    public TimeSpan Time { get; init; } = TimeSpan.FromMinutes(1);
    public int Seed { get; init; } = 1;

    /// <summary>Operations a second that all clients together send at most, and about that many when they are answered at once.</summary>
    public int Rate { get => _rate ?? (KeepsLedger ? RateOfKeptMatrix : FullRate); init => _rate = value; }

    /// <summary>The binary under test.</summary>
    public required string Hive { get; init; }

    /// <summary>A known bug to switch on, in a build that has them; null for none.</summary>
    public string? Fault { get; init; }

    /// <summary>Folder in which each run gets a folder of its own.</summary>
    public required string Store { get; init; }

    /// <summary>Many runs instead of one, see <see cref="Runs.Matrix"/>; null for one.</summary>
    public string? Matrix { get; init; }

    /// <summary>Where a matrix writes what it ran, and reads what it need not run again.</summary>
    public string Ledger { get; init; } = "";

    /// <summary>Which of how many parts of a matrix to run, counted from 1.</summary>
    public (int Number, int Of) Part { get; init; } = (1, 1);

    /// <summary>The ledger whose table is to be printed, and nothing run; null when something is to be run.</summary>
    public string? Table { get; init; }

    /// <summary>All faults, as the command line says them.</summary>
    public string Nemesis => string.Join('+', Nemeses.Select(track => string.Join(',', track)));

    /// <summary>Whether what it runs stands in the repository's own ledger, unless another is named.</summary>
    private bool KeepsLedger => Matrix is Runs.Matrix.Long or Runs.Matrix.Composed;

    /// <summary>The command that repeats the run: the same choices, though not the same timing.</summary>
    public string Command => string.Create(CultureInfo.InvariantCulture,
        $"dotnet run --project jepsen -c Release -- --workload {Workload} --nemesis {Nemesis} --members {Members} --seconds {Time.TotalSeconds:0.###} --seed {Seed} --rate {Rate}{(Fault is null ? "" : $" --fault {Fault} --hive {Hive}")}");

    /// <exception cref="MisuseException">An argument cannot be: which, and what it may be.</exception>
    public static RunOptions Parse(string[] arguments)
    {
        string repository = FindRepository();
        var options = new RunOptions { Hive = Path.Combine(repository, "src/Hive/bin/Release/net10.0/hive"), Store = Path.Combine(repository, "jepsen/store") };
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (i + 1 == arguments.Length) throw new MisuseException($"{arguments[i]} needs a value\n{Usage}");
            string value = arguments[i + 1];
            options = arguments[i] switch
            {
                "--workload" => options with { Workload = OneOf(arguments[i], value, WorkloadCatalog.Names) },
                "--nemesis" => options with { Nemeses = Tracks(value) },
                "--members" => options with { Members = int.Parse(OneOf(arguments[i], value, ["3", "5"]), CultureInfo.InvariantCulture) },
                "--minutes" => options with { Time = Duration(arguments[i], value, 60) },
                "--seconds" => options with { Time = Duration(arguments[i], value, 1) },
                "--seed" => options with { Seed = Number(arguments[i], value, int.MinValue, int.MaxValue) },
                "--rate" => options with { Rate = Number(arguments[i], value, 1, HighestRate) },
                "--hive" => options with { Hive = Path.GetFullPath(value) },
                "--matrix" => options with { Matrix = OneOf(arguments[i], value, Runs.Matrix.Sizes) },
                "--part" => options with { Part = PartOf(value) },
                "--ledger" => options with { Ledger = Path.GetFullPath(value) },
                "--table" => options with { Table = Path.GetFullPath(value) },
                "--fault" => options with { Fault = value },
                "--store" => options with { Store = Path.GetFullPath(value) },
                _ => throw new MisuseException($"{arguments[i]} is no option\n{Usage}"),
            };
        }
        if (options.Ledger.Length == 0) options = options with { Ledger = options.KeepsLedger ? Path.Combine(repository, "jepsen/runs.tsv") : Path.Combine(options.Store, "runs.tsv") };
        return options.Table is not null || File.Exists(options.Hive) ? options : throw new MisuseException($"there is no binary {options.Hive}: build it with \"dotnet build src/Hive -c Release\" or name another with --hive");
    }

    /// <exception cref="MisuseException">It names no fault.</exception>
    public static IReadOnlyList<IReadOnlyList<string>> Tracks(string text) =>
        [.. text.Split('+').Select(track => (IReadOnlyList<string>)[.. track.Split(',').Select(kind => OneOf("--nemesis", kind, NemesisCatalog.Names))])];

    private static string OneOf(string option, string value, IReadOnlyList<string> names) =>
        names.Contains(value) ? value : throw new MisuseException($"{option} is one of {string.Join(", ", names)}, not \"{value}\"");

    private static int Number(string option, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number : throw new MisuseException($"{option} is a number from {least} to {most}, not \"{value}\"");

    private static (int Number, int Of) PartOf(string value) => value.Split('/') is [var number, var of]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int which) && int.TryParse(of, NumberStyles.None, CultureInfo.InvariantCulture, out int all) && which >= 1 && which <= all
            ? (which, all) : throw new MisuseException($"--part is I/N, the first one 1/N, not \"{value}\"");

    private static TimeSpan Duration(string option, string value, double unit)
    {
        bool number = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double amount);
        double seconds = amount * unit;
        return number && seconds > 0 && seconds <= Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : throw new MisuseException($"{option} is a time above 0 and up to {Longest.TotalHours} hours, not \"{value}\"");
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Hive.sln"))) return at.FullName;
        }
        return Directory.GetCurrentDirectory();
    }
}
