using Hive.Drone.Tests.Support;
using Hive.Objects;
using Xunit;
using static Hive.Drone.Tests.Support.Shown;

namespace Hive.Drone.Tests.Runtimes;

/// <summary>Real containers of a real engine under a real drone; only the queens are in memory. Nothing is pulled from anywhere.</summary>
[Collection("engine")]
public sealed class DockerRuntimeTests(DockerEngine engine)
{
    [Fact]
    public async Task Pod_serves_at_its_own_address_survives_the_drone_and_is_removed_without_a_trace()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync("docker", engine.Socket);
        drone.Queens.Put(TestPods.Web("web-a"));
        drone.Queens.Put(TestPods.Web("web-b"));
        await drone.UntilAsync("both ready", () => IsReady(drone, "web-a") && IsReady(drone, "web-b"), 40);
        using var http = new HttpClient();
        foreach (string name in new[] { "web-a", "web-b" })
        {
            Assert.Equal(name + "\n", await http.GetStringAsync($"http://{drone.Queens.StatusOf(name).PodIP}:8080/"));
        }
        ContainerStatus before = Of(drone, "web-a")!;
        Assert.StartsWith("docker://", before.ContainerID, StringComparison.Ordinal);
        Assert.StartsWith("docker://sha256:", before.ImageID, StringComparison.Ordinal);
        using HttpClient queen = DroneUnderTest.Client(DroneUnderTest.Signer.Issue("queen-1", "hive:queens"));
        string log = await queen.GetStringAsync($"https://127.0.0.1:{drone.Daemon.Port}/containerLogs/default/web-a/web?tailLines=1");
        Assert.Equal("sample-web listens on port 8080\n", log);

        await drone.StopAsync();
        Assert.Equal("web-b\n", await http.GetStringAsync($"http://{drone.Queens.StatusOf("web-b").PodIP}:8080/"));
        await drone.StartAgainAsync();
        drone.Queens.Delete("web-b", 2);
        await drone.UntilAsync("one removed", () => drone.Queens.Removed.Contains("web-b"), 30);
        Assert.Equal((before.ContainerID, 0, true), (Of(drone, "web-a")!.ContainerID, Of(drone, "web-a")!.RestartCount, IsReady(drone, "web-a")));
    }

    [Fact]
    public async Task Unique_pod_whose_start_is_held_up_past_its_session_starts_only_under_a_new_order()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync("docker", engine.Socket);
        await HeldUpStart.IsVoidAsync(drone, TestPods.Web("only"));
    }

    /// <summary>Containers outlive their engine. From some moment on it is gone for this drone, or hangs.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Unique_pod_dies_with_its_session_though_the_engine_does_not_answer_and_others_run_on(bool hangs)
    {
        await using var way = new EngineWay(engine.Socket);
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync("docker", way.Socket);
        drone.Queens.Put(TestPods.Web("other"));
        Pod only = TestPods.Web("only");
        drone.Queens.Put(only with { Metadata = only.Metadata with { Annotations = StringMap.Of(("hive.io/unique", "true")) } });
        await drone.UntilAsync("both ready", () => IsReady(drone, "only") && IsReady(drone, "other"), 40);
        string at = $"http://{drone.Queens.StatusOf("only").PodIP}:8080/", otherAt = $"http://{drone.Queens.StatusOf("other").PodIP}:8080/";
        using var http = new HttpClient();
        Assert.Equal("only\n", await http.GetStringAsync(at));

        if (hangs) way.Block();
        else await way.CutAsync();
        drone.Queens.Unreachable = true;
        await drone.UntilAsync("its program is dead", async () => !await AnswersAsync(http, at), 30);
        Assert.True(await AnswersAsync(http, otherAt));

        if (hangs) await way.CutAsync();
        way.Mend();
        drone.Queens.Unreachable = false;
        await drone.UntilAsync("it is back under a new session", async () => IsReady(drone, "only") && await AnswersAsync(http, $"http://{drone.Queens.StatusOf("only").PodIP}:8080/"), 40);
    }

    /// <summary>An engine that is killed while it starts a container comes back without knowing that it runs.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_runs_though_the_engine_has_lost_track_of_it_is_killed(bool removed)
    {
        var own = new DockerEngine();
        await own.InitializeAsync();
        try
        {
            await using DroneUnderTest drone = await DroneUnderTest.StartAsync("docker", own.Socket);
            drone.Queens.Put(TestPods.Web("web"));
            await drone.UntilAsync("ready", () => IsReady(drone, "web"), 40);
            string container = Of(drone, "web")!.ContainerID["docker://".Length..];
            int[] lost = ProcessesOf(container);
            Assert.NotEmpty(lost);
            if (removed) await drone.StopAsync();

            await own.KillAsync();
            await own.ForgetStartAsync(container);
            Assert.Equal(lost, ProcessesOf(container));
            if (removed) drone.Queens.Delete("web", 0);
            await own.StartAsync();
            if (removed) await drone.StartAgainAsync();

            if (removed) await drone.UntilAsync("removed", () => drone.Queens.Removed.Contains("web"), 60);
            else await drone.UntilAsync("what was lost is dead", () => !lost.Intersect(ProcessesOf(container)).Any(), 60);
            Assert.Empty(lost.Intersect(ProcessesOf(container)));
            if (!removed) await drone.UntilAsync("ready again", () => IsReady(drone, "web"), 60);
        }
        finally
        {
            await own.DisposeAsync();
        }
    }

    /// <summary>The drone does not even know that it runs, and cannot ask.</summary>
    [Fact]
    public async Task Unique_pod_that_the_engine_started_as_it_went_away_dies_with_its_session()
    {
        await using var way = new EngineWay(engine.Socket);
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync("docker", way.Socket);
        // The sandbox, and the one container.
        Task lost = way.LoseAnswerToStartAsync(2);
        Pod only = TestPods.Web("only");
        drone.Queens.Put(only with { Metadata = only.Metadata with { Annotations = StringMap.Of(("hive.io/unique", "true")) } });
        await lost.WaitAsync(TimeSpan.FromSeconds(40));
        string container = Assert.Single(await engine.RunningOfAsync("only", "web"));
        Assert.NotEmpty(ProcessesOf(container));

        drone.Queens.Unreachable = true;
        await drone.UntilAsync("its program is dead", () => ProcessesOf(container).Length == 0, 30);
        way.Mend();
        drone.Queens.Unreachable = false;
        await drone.UntilAsync("it is back under a new session", () => IsReady(drone, "only"), 40);
    }

    /// <summary>Those that live, by their control group.</summary>
    private static int[] ProcessesOf(string container)
    {
        var found = new List<int>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out int process)) continue;
            try
            {
                if (File.ReadAllText(Path.Combine(folder, "cgroup")).Contains(container, StringComparison.Ordinal) && !File.ReadAllText(Path.Combine(folder, "stat")).Contains(") Z", StringComparison.Ordinal)) found.Add(process);
            }
            catch (IOException)
            {
                // It ended meanwhile.
                continue;
            }
        }
        return [.. found.Order()];
    }

    [Fact]
    public async Task Pod_that_is_to_stop_while_the_engine_is_away_for_a_moment_is_stopped_gently_once_it_is_back()
    {
        await using var way = new EngineWay(engine.Socket);
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync("docker", way.Socket);
        drone.Queens.Put(TestPods.Web("web"));
        await drone.UntilAsync("ready", () => IsReady(drone, "web"), 40);
        await way.CutAsync();
        drone.Queens.Delete("web", 30);
        await drone.UntilAsync("the stop is ordered", () => drone.Queens.HasEvent("Killing"));
        way.Mend();
        await drone.UntilAsync("removed", () => drone.Queens.Removed.Contains("web"), 60);
        ContainerStateTerminated ended = drone.Queens.History.Select(s => s.ContainerStatuses.FirstOrDefault()?.State.Terminated).OfType<ContainerStateTerminated>().First();
        Assert.NotEqual(137, ended.ExitCode);
    }

    private static async Task<bool> AnswersAsync(HttpClient http, string address)
    {
        try
        {
            await http.GetStringAsync(address);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    [Fact]
    public async Task Command_that_is_not_in_the_image_shows_as_a_container_that_cannot_run_and_backs_off()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync("docker", engine.Socket);
        drone.Queens.Put(TestPods.Of("broken", [new Container { Name = "main", Image = "hive.io/sample-web:1", Command = ["/no-such-program"] }]));
        await drone.UntilAsync("crash loop", () => Of(drone, "broken")?.State.Waiting?.Reason == "CrashLoopBackOff", 30);
        ContainerStateTerminated ended = Of(drone, "broken")!.LastState.Terminated!;
        Assert.Equal(("ContainerCannotRun", 127), (ended.Reason, ended.ExitCode));
    }

    [Fact]
    public async Task Image_that_must_never_be_pulled_and_image_that_cannot_be_say_so_apart()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync("docker", engine.Socket);
        drone.Queens.Put(TestPods.Of("never", [new Container { Name = "main", Image = "example.invalid/none:1", ImagePullPolicy = "Never" }]));
        drone.Queens.Put(TestPods.Of("pulls", [new Container { Name = "main", Image = "127.0.0.1:1/none:1" }]));
        await drone.UntilAsync("never", () => Of(drone, "never")?.State.Waiting?.Reason == "ErrImageNeverPull", 30);
        await drone.UntilAsync("pull", () => Of(drone, "pulls")?.State.Waiting?.Reason == "ErrImagePull", 30);
        await drone.UntilAsync("back-off", () => Of(drone, "pulls")?.State.Waiting?.Reason == "ImagePullBackOff", 30);
        Assert.Contains("connection refused", Of(drone, "pulls")!.State.Waiting!.Message, StringComparison.Ordinal);
    }
}
