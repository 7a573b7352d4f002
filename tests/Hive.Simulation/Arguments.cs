using System.Globalization;

namespace Hive.Simulation;

/// <summary>The command line, parsed.</summary>
internal sealed record Arguments
{
    public ulong Seed { get; init; } = 1;
    public long Seeds { get; init; } = 1;
    public double Minutes { get; init; }
    public TimeSpan? Length { get; init; }
    public Mutant Mutant { get; init; }

    /// <summary>Not empty: make the table of these.</summary>
    public IReadOnlyList<Mutant> Mutants { get; init; } = [];
    public Faults Without { get; init; }
    public int Threads { get; init; } = Environment.ProcessorCount;
    public bool Trace { get; init; }

    /// <summary>For the table of mutants: how often each is to be noticed, from different seeds on.</summary>
    public int Trials { get; init; } = 5;

    public RunOptions Options(ulong seed) => new(seed, Mutant, Without, Length);

    /// <summary>The command that is this very run again.</summary>
    public static string CommandFor(RunOptions options)
    {
        string command = $"dotnet run --project tests/Hive.Simulation -c Release -- --seed {options.Seed}";
        if (options.Mutant != Mutant.None) command += $" --mutant {options.Mutant}";
        // Without blanks: a shell would take them for the ends of arguments.
        if (options.Without != Faults.None) command += $" --without {options.Without.ToString().Replace(" ", "", StringComparison.Ordinal)}";
        if (options.Length is { } length) command += $" --seconds {length.TotalSeconds.ToString(CultureInfo.InvariantCulture)}";
        return command;
    }

    /// <summary>Null: not understood.</summary>
    public static Arguments? Parse(string[] args)
    {
        var parsed = new Arguments();
        for (int i = 0; i < args.Length; i++)
        {
            string value = i + 1 < args.Length ? args[i + 1] : "";
            try
            {
                (parsed, bool tookValue) = args[i] switch
                {
                    "--seed" => (parsed with { Seed = ulong.Parse(value, CultureInfo.InvariantCulture) }, true),
                    "--seeds" => (parsed with { Seeds = long.Parse(value, CultureInfo.InvariantCulture) }, true),
                    "--minutes" => (parsed with { Minutes = double.Parse(value, CultureInfo.InvariantCulture), Seeds = long.MaxValue }, true),
                    "--seconds" => (parsed with { Length = TimeSpan.FromSeconds(double.Parse(value, CultureInfo.InvariantCulture)) }, true),
                    "--mutant" when value == "all" => (parsed with { Mutants = [.. Enum.GetValues<Mutant>().Where(m => m != Mutant.None)] }, true),
                    "--mutant" when value.Contains(',', StringComparison.Ordinal) => (parsed with { Mutants = [.. value.Split(',').Select(Enum.Parse<Mutant>)] }, true),
                    "--mutant" => (parsed with { Mutant = Enum.Parse<Mutant>(value) }, true),
                    "--without" => (parsed with { Without = Enum.Parse<Faults>(value) }, true),
                    "--threads" => (parsed with { Threads = int.Parse(value, CultureInfo.InvariantCulture) }, true),
                    "--trials" => (parsed with { Trials = int.Parse(value, CultureInfo.InvariantCulture) }, true),
                    "--trace" => (parsed with { Trace = true }, false),
                    _ => throw new FormatException(args[i]),
                };
                if (tookValue) i++;
            }
            catch (Exception error) when (error is FormatException or ArgumentException or OverflowException)
            {
                Console.Error.WriteLine($"{args[i]} {value}: not understood");
                return null;
            }
        }
        return parsed;
    }
}

/// <summary>Makes a failing run smaller: without the faults that it does not need, and no longer than it must be.</summary>
internal static class Shrinking
{
    public static RunOptions Shrink(RunOptions options, RunResult failed)
    {
        var best = options with { Length = failed.Plan.Length };
        string promise = failed.Broken!;
        for (int bit = 1; bit < (int)Faults.All; bit <<= 1)
        {
            if (!failed.Plan.Faults.HasFlag((Faults)bit)) continue;
            var smaller = best with { Without = best.Without | (Faults)bit };
            if (Run.Execute(smaller).Broken == promise) best = smaller;
        }
        for (var length = best.Length!.Value / 2; length > TimeSpan.FromSeconds(1); length /= 2)
        {
            var shorter = best with { Length = length };
            if (Run.Execute(shorter).Broken == promise) best = shorter;
        }
        return best;
    }
}
