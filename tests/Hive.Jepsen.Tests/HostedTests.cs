using Hive.Jepsen.Members;
using Xunit;

namespace Hive.Jepsen.Tests;

public sealed class HostedTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _logs = Directory.CreateTempSubdirectory("hive-jepsen-hosted-").FullName;

    public void Dispose() => Directory.Delete(_logs, recursive: true);

    [Theory]
    [InlineData("exec sleep 1000", false)]
    [InlineData("echo up >&2; exec sleep 1000", true)]
    [InlineData("trap 'exit 0' TERM; echo up >&2; while :; do sleep 0.01; done", false)]
    [InlineData("trap 'exit 3' TERM; echo up >&2; while :; do sleep 0.01; done", true)]
    public async Task Who_does_not_mind_the_signal_is_no_crash_only_before_its_first_word(string script, bool isCrash)
    {
        var hosted = new Hosted("it", _logs, ("/bin/sh", ["-c", script]));
        hosted.Start();
        if (script.Contains("echo up", StringComparison.Ordinal)) await UntilAsync(() => new FileInfo(hosted.Log) is { Exists: true, Length: > 0 });

        await hosted.HoldDownGentlyAsync();
        await hosted.EndAsync();

        Assert.Equal(isCrash, hosted.Crashes().Count > 0);
    }

    /// <summary>As when a member is removed, stopped and killed by three tracks of faults at once.</summary>
    [Fact]
    public async Task What_several_end_at_once_is_no_crash_and_runs_again_when_the_last_lets_go()
    {
        var hosted = new Hosted("it", _logs, ("/bin/sh", ["-c", "trap 'exit 0' TERM; echo up >&2; while :; do sleep 0.01; done"]));
        hosted.Start();
        await UntilAsync(() => new FileInfo(hosted.Log) is { Exists: true, Length: > 0 });

        hosted.Hold();
        hosted.LetEnd();
        Task<bool> ends = hosted.EndsByItselfAsync();
        await hosted.HoldDownGentlyAsync();
        await hosted.HoldDownAsync();
        Assert.True(await ends);
        Assert.False(hosted.HasEnded);
        hosted.LetGo();
        hosted.LetGo();
        Assert.False(hosted.IsRunning);
        hosted.LetGo();
        Assert.True(hosted.IsRunning);

        await hosted.EndAsync();
        Assert.Empty(hosted.Crashes());
    }

    [Fact]
    public async Task Who_was_told_to_end_and_did_is_no_crash_for_another_who_then_kills_it()
    {
        var hosted = new Hosted("it", _logs, ("/bin/sh", ["-c", "exit 0"]));
        hosted.Start();
        hosted.LetEnd();
        await UntilAsync(() => !hosted.IsRunning);

        Assert.False(hosted.HasEnded);
        await hosted.HoldDownAsync();
        hosted.LetGo();
        await UntilAsync(() => !hosted.IsRunning);
        Assert.True(hosted.HasEnded);

        await hosted.EndAsync();
        Assert.Single(hosted.Crashes());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_refuses_to_start_on_a_damaged_disk_is_no_crash_for_another_who_kills_it(bool damaged)
    {
        var hosted = new Hosted("it", _logs, ("/bin/sh", ["-c", "exit 2"])) { MayRefuse = damaged };
        hosted.Start();
        await UntilAsync(() => !hosted.IsRunning);
        Assert.Equal(!damaged, hosted.HasEnded);
        await hosted.HoldDownAsync();
        await hosted.EndAsync();
        Assert.Equal(!damaged, hosted.Crashes().Count > 0);
    }

    /// <summary>As a container engine under a service manager; the process here ends each time that the file is taken away.</summary>
    [Fact]
    public async Task What_is_kept_up_is_started_again_when_it_ends_by_itself_but_not_while_it_is_held_down()
    {
        string lease = Path.Combine(_logs, "lease");
        var hosted = new Hosted("it", _logs, ("/bin/sh", ["-c", $"touch {lease}; echo up >&2; while [ -e {lease} ]; do sleep 0.01; done; exit 1"]), isKeptUp: true);
        hosted.Start();
        for (int starts = 1; starts <= 3; starts++)
        {
            await UntilAsync(() => Starts() >= starts);
            Assert.Equal(starts, Starts());
            File.Delete(lease);
        }
        await UntilAsync(() => Starts() == 4);

        await hosted.HoldDownAsync();
        Assert.False(hosted.IsRunning);
        hosted.LetGo();
        await UntilAsync(() => Starts() == 5);
        hosted.Hold();
        File.Delete(lease);
        await UntilAsync(() => !hosted.IsRunning);
        hosted.LetGo();
        await UntilAsync(() => Starts() == 6);

        await hosted.EndAsync();
        Assert.Equal(6, Starts());
        Assert.Empty(hosted.Crashes());

        int Starts() => File.Exists(hosted.Log) ? File.ReadAllText(hosted.Log).Count(c => c == '\n') : 0;
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!holds()) await Task.Delay(TimeSpan.FromMilliseconds(5), limit.Token);
    }
}
