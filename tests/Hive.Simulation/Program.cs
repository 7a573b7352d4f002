using System.Diagnostics;
using System.Globalization;

namespace Hive.Simulation;

/// <summary>The command line: see the README.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        var arguments = Arguments.Parse(args);
        if (arguments is null)
        {
            Console.Error.WriteLine("usage: [--seed N] [--seeds COUNT] [--minutes M] [--seconds S] [--mutant NAME|NAME,NAME|all [--trials N]] [--without FAULT,..] [--threads N] [--trace]");
            return 2;
        }
        if (arguments.Mutants.Count > 0) return MutantTable.Run(arguments);
        return arguments.Seeds == 1 ? One(arguments) : Many(arguments);
    }

    private static int One(Arguments arguments)
    {
        var result = Simulation.Run.Execute(arguments.Options(arguments.Seed) with { Trace = arguments.Trace ? Console.Out : null });
        Console.WriteLine($"seed {result.Seed}: {result.Plan}");
        Console.WriteLine(
            $"  {result.Steps} steps, {result.Committed} entries, {result.Elections} elections, {result.Strikes} faults, {result.Writes} writes, {result.Reads} reads, " +
            $"{result.WatchEvents} watch events, {result.Locks} locks");
        Console.WriteLine($"  trace digest {result.Digest:x16}");
        if (result.Broken is null) return 0;
        Report(result, arguments);
        return 1;
    }

    private static int Many(Arguments arguments)
    {
        var clock = Stopwatch.StartNew();
        var totals = new Totals();
        ulong next = arguments.Seed;
        object gate = new();
        RunResult? failed = null;
        var threads = Enumerable.Range(0, arguments.Threads).Select(_ => new Thread(() =>
        {
            while (true)
            {
                ulong seed;
                lock (gate)
                {
                    bool over = failed is not null || (arguments.Minutes > 0 ? clock.Elapsed.TotalMinutes >= arguments.Minutes : next >= arguments.Seed + (ulong)arguments.Seeds);
                    if (over) return;
                    seed = next++;
                }
                var result = Simulation.Run.Execute(arguments.Options(seed));
                lock (gate)
                {
                    totals.Add(result);
                    if (result.Broken is not null) failed ??= result;
                }
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        Console.WriteLine(totals.Describe(clock.Elapsed, arguments.Threads));
        if (failed is null) return 0;
        Report(failed, arguments);
        return 1;
    }

    private static void Report(RunResult result, Arguments arguments)
    {
        Console.WriteLine($"\nBROKEN {result.Broken} at {result.Simulated.TotalSeconds:F3} s of seed {result.Seed} ({result.Plan})\n{result.Detail}");
        Console.WriteLine($"\nreplay:   {Arguments.CommandFor(arguments.Options(result.Seed))} --trace");
        Console.WriteLine($"smallest: {Arguments.CommandFor(Shrinking.Shrink(arguments.Options(result.Seed), result))} --trace");
    }
}

/// <summary>Sums over many runs.</summary>
internal sealed class Totals
{
    private int _runs, _broken;
    private double _simulatedSeconds;
    private ulong _digest;
    private long _steps, _committed, _elections, _strikes, _writes, _reads;

    public void Add(RunResult result)
    {
        _runs++;
        if (result.Broken is not null) _broken++;
        _simulatedSeconds += result.Simulated.TotalSeconds;
        _digest ^= result.Digest;
        _steps += result.Steps;
        _committed += result.Committed;
        _elections += result.Elections;
        _strikes += result.Strikes;
        _writes += result.Writes;
        _reads += result.Reads;
    }

    public string Describe(TimeSpan real, int threads) => string.Create(CultureInfo.InvariantCulture,
        $"{_runs} seeds, {_broken} broken, {_simulatedSeconds:F0} simulated seconds in {real.TotalSeconds:F1} s on {threads} threads " +
        $"({_simulatedSeconds / real.TotalSeconds / threads:F0} a second and thread, {_runs / real.TotalMinutes:F0} seeds a minute), " +
        $"{_steps} steps, {_committed} entries, {_elections} elections, {_strikes} faults, {_writes} writes and {_reads} reads acknowledged, digests {_digest:x16}");
}
