using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Hive.Drone.Tests.Support;
using Hive.Objects;
using Xunit;

namespace Hive.Drone.Tests.Serving;

public sealed class DroneServerTests : IAsyncLifetime
{
    private DroneUnderTest _drone = null!;

    public async Task InitializeAsync() => _drone = await DroneUnderTest.StartAsync();
    public async Task DisposeAsync() => await _drone.DisposeAsync();

    private string Plain(string path) => $"http://127.0.0.1:{_drone.Daemon.Port}{path}";
    private string Secure(string path) => $"https://127.0.0.1:{_drone.Daemon.Port}{path}";
    private static HttpClient Queen() => DroneUnderTest.Client(DroneUnderTest.Signer.Issue("queen-1", "hive:queens"));

    [Fact]
    public async Task Health_is_told_to_anyone_with_and_without_tls()
    {
        await _drone.UntilAsync("ready", () => _drone.Daemon.IsReady);
        using HttpClient anyone = DroneUnderTest.Client(null);
        Assert.Equal("{\"status\":\"READY\",\"version\":\"0.1.0\",\"mode\":\"DRONE\"}\n", await anyone.GetStringAsync(Plain("/healthz")));
        Assert.Equal(await anyone.GetStringAsync(Plain("/healthz")), await anyone.GetStringAsync(Secure("/healthz")));
    }

    [Fact]
    public async Task Task_from_a_queen_is_printed_and_one_with_an_id_only_once()
    {
        using HttpClient queen = Queen();
        Assert.Equal("{\"result\":\"OK\"}\n", await (await queen.PostAsJsonAsync(Secure("/do_task"), new { text = "hello" })).Content.ReadAsStringAsync());
        for (int i = 0; i < 2; i++) Assert.Equal(HttpStatusCode.OK, (await queen.PostAsJsonAsync(Secure("/do_task"), new { text = "once", id = "7" })).StatusCode);
        Assert.Equal(["hello", "once"], _drone.Printed);
    }

    [Fact]
    public async Task Task_is_taken_from_queens_only()
    {
        using HttpClient nobody = DroneUnderTest.Client(null);
        using HttpClient node = DroneUnderTest.Client(DroneUnderTest.Signer.Issue("system:node:n1", "system:nodes"));
        using HttpClient stranger = DroneUnderTest.Client(new TestAuthority().Issue("queen-1", "hive:queens"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.PostAsJsonAsync(Plain("/do_task"), new { text = "x" })).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.PostAsJsonAsync(Secure("/do_task"), new { text = "x" })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await node.PostAsJsonAsync(Secure("/do_task"), new { text = "x" })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.PostAsJsonAsync(Secure("/do_task"), new { text = "x" })).StatusCode);
        Assert.Empty(_drone.Printed);
    }

    [Theory]
    [InlineData("{}", "\\\"text\\\" is missing")]
    [InlineData("{\"text\":\"  \"}", "\\\"text\\\" is empty")]
    [InlineData("{\"text\":7}", "is not JSON of a task")]
    [InlineData("[", "is not JSON of a task")]
    [InlineData("", "is not JSON of a task")]
    public async Task Body_that_is_no_task_is_refused_with_a_reason(string body, string reason)
    {
        using HttpClient queen = Queen();
        HttpResponseMessage answer = await queen.PostAsync(Secure("/do_task"), new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(reason, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submission_is_not_taken_and_unknown_things_are_named()
    {
        using HttpClient queen = Queen();
        HttpResponseMessage submitted = await queen.PostAsJsonAsync(Plain("/submit_task"), new { text = "x" });
        Assert.Equal(HttpStatusCode.BadRequest, submitted.StatusCode);
        Assert.Contains("in drone mode, not taking submissions", await submitted.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await queen.GetAsync(Secure("/containerLogs/default/none/main"))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await queen.GetAsync(Secure("/containerLogs/default/none/main?tailLines=x"))).StatusCode);
    }

    [Fact]
    public async Task Bytes_that_are_no_protocol_harm_nobody()
    {
        foreach (byte[] junk in new byte[][] { [0x16, 3, 1, 0, 5, 1, 2, 3], [0, 0, 0], [0x16], "GET\r\n\r\n"u8.ToArray() })
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, _drone.Daemon.Port);
            await socket.SendAsync(junk);
        }
        using HttpClient anyone = DroneUnderTest.Client(null);
        Assert.Equal(HttpStatusCode.OK, (await anyone.GetAsync(Secure("/healthz"))).StatusCode);
    }

    [Fact]
    public async Task Log_of_a_container_that_is_made_and_has_not_started_is_refused_and_its_pod_is_pending()
    {
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _drone.Queens.Hold = hold.Task;
        _drone.Queens.ConfigMaps["settings"] = new ConfigMap { Data = StringMap.Of(("WORD", "late")) };
        var word = new EnvVar { Name = "WORD", ValueFrom = new EnvVarSource { ConfigMapKeyRef = new ConfigMapKeySelector { Name = "settings", Key = "WORD" } } };
        _drone.Queens.Put(TestPods.Shell("made", "echo $WORD", c => c with { Env = [word] }, restart: "Never"));
        await _drone.UntilAsync("its start is held up", () => _drone.Queens.Held > 0);
        await RecordAsMadeAsync("made");
        // A look that shows this one shows the other as made.
        _drone.Queens.Put(TestPods.Shell("marker", "sleep 60"));
        await _drone.UntilAsync("the drone has looked", () => _drone.Queens.StatusOf("marker").Phase == PodPhase.Running);

        using HttpClient queen = Queen();
        HttpResponseMessage answer = await queen.GetAsync(Secure("/containerLogs/default/made/main?follow=true"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("is waiting to start: ContainerCreating", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(PodPhase.Pending, _drone.Queens.StatusOf("made").Phase);

        _drone.Queens.Hold = null;
        hold.SetResult();
        await _drone.UntilAsync("it has run", () => _drone.Queens.StatusOf("made").Phase == PodPhase.Succeeded);
        Assert.Equal("late\n", await queen.GetStringAsync(Secure("/containerLogs/default/made/main")));
    }

    /// <summary>Leaves what the process runtime leaves in the middle of a start.</summary>
    private async Task RecordAsMadeAsync(string pod)
    {
        string directory = Directory.CreateDirectory(Path.Combine(_drone.Directory, "process", "pods", _drone.Queens.Uid(pod), "main-0")).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "container.json"), """{"Container":"main","Attempt":0,"SpecHash":0,"ImageId":"","Cgroups":[],"ExitCode":0}""");
    }

    [Fact]
    public async Task Log_is_followed_cut_and_stamped_as_asked()
    {
        _drone.Queens.Put(TestPods.Shell("talks", "echo one; echo two >&2; echo three; sleep 0.7; echo four", restart: "Never"));
        await _drone.UntilAsync("running", () => _drone.Queens.StatusOf("talks").Phase == "Running");
        using HttpClient queen = Queen();
        string path = "/containerLogs/default/talks/main";
        Assert.Equal(4, (await queen.GetStringAsync(Secure(path + "?follow=true"))).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.EndsWith("four\n", await queen.GetStringAsync(Secure(path + "?tailLines=1")), StringComparison.Ordinal);
        Assert.Equal(4, (await queen.GetStringAsync(Secure(path + "?limitBytes=4"))).Length);
        string stamped = await queen.GetStringAsync(Secure(path + "?timestamps=true&tailLines=1"));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z four\n$", stamped);
        Assert.Equal("", await queen.GetStringAsync(Secure(path + "?sinceTime=2999-01-01T00:00:00Z")));
    }
}
