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

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!holds()) await Task.Delay(TimeSpan.FromMilliseconds(5), limit.Token);
    }
}
