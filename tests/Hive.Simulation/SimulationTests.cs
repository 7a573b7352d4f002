using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Hive.Simulation;

/// <summary>The short slice of the simulation that runs with all other tests; the long one is this project's command.</summary>
public class SimulationTests
{
    [Fact]
    public void No_seed_breaks_a_promise()
    {
        for (ulong seed = 1; seed <= 14; seed++)
        {
            var result = Run.Execute(new RunOptions(seed));
            Assert.True(result.Broken is null, $"{Arguments.CommandFor(result.Options)}\n{result.Broken}: {result.Detail}");
        }
    }

    [Fact]
    public void The_same_seed_is_the_same_run()
    {
        var once = Run.Execute(new RunOptions(7));
        var again = Run.Execute(new RunOptions(7));
        Assert.Equal(once.Digest, again.Digest);
        Assert.Equal(once.Steps, again.Steps);
        Assert.NotEqual(once.Digest, Run.Execute(new RunOptions(8)).Digest);
    }

    /// <summary>
    /// Each process hashes strings its own way, compiles in its own order, sees a machine of its own and speaks the language of its environment: nothing of that may
    /// show. What another machine would have different is made different here, as far as one machine can.
    /// </summary>
    [Fact]
    public void The_same_seed_is_the_same_run_in_every_process()
    {
        var processes = Environments.Select(Replay).ToList();
        string expected = Run.Execute(new RunOptions(ReplayedSeed)).Digest.ToString("x16", CultureInfo.InvariantCulture);
        foreach (var process in processes)
        {
            using (process)
            {
                string said = process.StandardOutput.ReadToEnd();
                process.WaitForExit();
                Assert.Equal(0, process.ExitCode);
                Assert.Contains($"trace digest {expected}", said, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_broken_promise_is_printed_as_the_command_of_the_same_run_and_of_a_smaller_one()
    {
        var failed = Enumerable.Range(1, 30).Select(seed => Run.Execute(new RunOptions((ulong)seed, Mutant.SkipOneEntryOnOneMember))).First(r => r.Broken is not null and not RunResult.Crashed);
        var again = Replayed(Arguments.CommandFor(failed.Options));
        Assert.Equal((failed.Digest, failed.Broken), (again.Digest, again.Broken));
        var smaller = Shrinking.Shrink(failed.Options, failed);
        Assert.NotEqual(Faults.None, smaller.Without & failed.Plan.Faults);
        Assert.True(smaller.Length <= failed.Plan.Length);
        var shrunk = Replayed(Arguments.CommandFor(smaller));
        Assert.Equal(failed.Broken, shrunk.Broken);
        Assert.Equal(smaller, shrunk.Options);
        Assert.True(shrunk.Steps < failed.Steps);
    }

    /// <summary>What the command does, as a shell would pass it on.</summary>
    private static RunResult Replayed(string command)
    {
        string[] words = command.Split(' ');
        var arguments = Arguments.Parse(words[(Array.IndexOf(words, "--") + 1)..]);
        Assert.NotNull(arguments);
        return Run.Execute(arguments.Options(arguments.Seed));
    }

    private const ulong ReplayedSeed = 11;

    private static readonly Dictionary<string, string>[] Environments =
    [
        [],
        // No processor instructions beyond the base, no compilation in steps: what another generation of processors would run.
        new() { ["DOTNET_TieredCompilation"] = "0", ["DOTNET_EnableHWIntrinsic"] = "0", ["DOTNET_GCgen0size"] = "4000000", ["LC_ALL"] = "tr_TR.UTF-8", ["LANG"] = "tr_TR.UTF-8", ["TZ"] = "Asia/Kathmandu" },
        // One processor, another collector, nothing compiled ahead.
        new() { ["DOTNET_PROCESSOR_COUNT"] = "1", ["DOTNET_gcServer"] = "1", ["DOTNET_ReadyToRun"] = "0", ["DOTNET_TieredPGO"] = "0", ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1", ["TZ"] = "Pacific/Chatham" },
        // Many processors, collections beside the run, and a language that writes numbers its own way.
        new() { ["DOTNET_PROCESSOR_COUNT"] = "64", ["DOTNET_gcConcurrent"] = "1", ["DOTNET_TC_QuickJitForLoops"] = "0", ["DOTNET_TieredPGO"] = "1", ["LC_ALL"] = "ar_EG.UTF-8", ["LANG"] = "ar_EG.UTF-8", ["TZ"] = "America/St_Johns" },
    ];

    private static Process Replay(Dictionary<string, string> environment)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, [typeof(SimulationTests).Assembly.Location, "--seed", ReplayedSeed.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    [Theory]
    [InlineData(nameof(Mutant.SkipOneEntryOnOneMember))]
    [InlineData(nameof(Mutant.ReadWithoutWaitingForApply))]
    [InlineData(nameof(Mutant.ProposalDeliveredTwice))]
    [InlineData(nameof(Mutant.DirectorySyncForgotten))]
    [InlineData(nameof(Mutant.VoteForShorterLog))]
    [InlineData(nameof(Mutant.ReadWithoutQuorum))]
    [InlineData(nameof(Mutant.MatchByIndexOnly))]
    [InlineData(nameof(Mutant.FollowerCommitsUnchecked))]
    [InlineData(nameof(Mutant.PutOnDeadLease))]
    [InlineData(nameof(Mutant.WatchLosesOneRevision))]
    public void A_known_bug_is_noticed(string mutant) =>
        Assert.True(MutantTable.IsNoticed(Enum.Parse<Mutant>(mutant), from: 1, limit: 30));
}
