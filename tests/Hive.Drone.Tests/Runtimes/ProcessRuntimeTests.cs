using System.Collections.Immutable;
using Hive.Drone.Pods;
using Hive.Drone.Runtimes;
using Hive.Drone.Runtimes.Process;
using Hive.Drone.Tests.Support;
using Hive.Objects;
using Xunit;
using static Hive.Drone.Tests.Support.Shown;

namespace Hive.Drone.Tests.Runtimes;

/// <summary>What a pod of processes shows to its users. Real processes under a real drone; only the queens are in memory.</summary>
public sealed class ProcessPodTests
{
    [Fact]
    public async Task Pods_of_the_sample_answer_with_their_names_on_one_port_each_at_its_own_address()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync();
        drone.Queens.Put(TestPods.Web("web-a"));
        drone.Queens.Put(TestPods.Web("web-b"));
        await drone.UntilAsync("both ready", () => IsReady(drone, "web-a") && IsReady(drone, "web-b"));
        using var http = new HttpClient();
        foreach (string name in new[] { "web-a", "web-b" })
        {
            Assert.Equal(name + "\n", await http.GetStringAsync($"http://{drone.Queens.StatusOf(name).PodIP}:8080/"));
        }
        Assert.NotEqual(drone.Queens.StatusOf("web-a").PodIP, drone.Queens.StatusOf("web-b").PodIP);
        await drone.UntilAsync("drone ready", () => drone.Daemon.IsReady);
    }

    [Fact]
    public async Task Container_that_fails_is_restarted_at_once_and_then_backs_off()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync();
        drone.Queens.Put(TestPods.Shell("crash", "echo attempt; exit 7"));
        await drone.UntilAsync("crash loop", () => Of(drone, "crash")?.State.Waiting?.Reason == "CrashLoopBackOff");
        ContainerStatus status = Of(drone, "crash")!;
        Assert.Equal(1, status.RestartCount);
        Assert.Equal(7, status.LastState.Terminated!.ExitCode);
        Assert.Equal("Error", status.LastState.Terminated.Reason);
        Assert.Contains("back-off 10s restarting failed container=main", status.State.Waiting!.Message, StringComparison.Ordinal);
        await drone.UntilAsync("event BackOff", () => drone.Queens.HasEvent("BackOff"));
    }

    [Fact]
    public async Task Image_that_is_not_here_shows_the_pull_error_then_the_back_off()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync();
        drone.Queens.Put(TestPods.Of("noimage", [new Container { Name = "main", Image = "example.com/none:1" }]));
        await drone.UntilAsync("error", () => Of(drone, "noimage")?.State.Waiting?.Reason == "ErrImagePull");
        await drone.UntilAsync("back-off", () => Of(drone, "noimage")?.State.Waiting?.Reason == "ImagePullBackOff");
        Assert.Equal("Pending", drone.Queens.StatusOf("noimage").Phase);
        await drone.UntilAsync("event Failed", () => drone.Queens.HasEvent("Failed"));
    }
}

/// <summary>What outlives the drone, and what waits for the queens. Real processes under a real drone; only the queens are in memory.</summary>
public sealed class ProcessAdoptionTests
{
    [Fact]
    public async Task Restarted_drone_adopts_what_runs_and_restarts_nothing()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync();
        drone.Queens.Put(TestPods.Web("web"));
        await drone.UntilAsync("ready", () => IsReady(drone, "web"));
        ContainerStatus before = drone.Queens.StatusOf("web").ContainerStatuses[0];
        await drone.StopAsync();
        using var http = new HttpClient();
        Assert.Equal("web\n", await http.GetStringAsync($"http://{drone.Queens.StatusOf("web").PodIP}:8080/"));
        await drone.StartAgainAsync();
        await drone.UntilAsync("session", () => drone.Daemon.IsReady);
        drone.Queens.Put(TestPods.Web("other"));
        await drone.UntilAsync("the second is ready too", () => IsReady(drone, "other"));
        ContainerStatus after = drone.Queens.StatusOf("web").ContainerStatuses[0];
        Assert.Equal((before.ContainerID, 0), (after.ContainerID, after.RestartCount));
        Assert.Equal(before.State.Running!.StartedAt, after.State.Running!.StartedAt);
    }

    [Fact]
    public async Task Pod_that_asks_for_nonsense_harms_only_itself()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync();
        Pod pod = TestPods.Shell("nonsense", "sleep 60", c => c with { VolumeMounts = [new VolumeMount { Name = "v", MountPath = "/v" }] });
        drone.Queens.Put(pod with { Spec = pod.Spec with { Volumes = [new Volume { Name = "v", HostPath = new HostPathVolumeSource { Path = "", Type = "DirectoryOrCreate" } }] } });
        await drone.UntilAsync("said so", () => drone.Queens.HasEvent("FailedMount"));
        drone.Queens.Put(TestPods.Shell("sound", "sleep 60"));
        await drone.UntilAsync("the other runs", () => drone.Queens.StatusOf("sound").Phase == "Running");
        Assert.Equal("Pending", drone.Queens.StatusOf("nonsense").Phase);
    }

    [Fact]
    public async Task Bug_beside_the_loop_stops_the_drone_instead_of_leaving_it_blind()
    {
        DroneUnderTest drone = await DroneUnderTest.StartAsync(bug: new InvalidOperationException("planted"));
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => drone.Daemon.Failure.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal("planted", failure.Message);
        await drone.StopAsync();
        Directory.Delete(drone.Directory, recursive: true);
    }

    [Fact]
    public async Task Missing_config_map_holds_the_container_until_it_is_there()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync();
        drone.Queens.Put(TestPods.Shell("waits", "echo $GREETING; sleep 60", c => c with
        {
            Env = [new EnvVar { Name = "GREETING", ValueFrom = new EnvVarSource { ConfigMapKeyRef = new ConfigMapKeySelector { Name = "late", Key = "greeting" } } }],
        }));
        await drone.UntilAsync("config error", () => Of(drone, "waits")?.State.Waiting?.Reason == "CreateContainerConfigError");
        Assert.Equal("configmap \"late\" not found", Of(drone, "waits")!.State.Waiting!.Message);
        drone.Queens.ConfigMaps["late"] = new ConfigMap { Metadata = new ObjectMeta { Name = "late" }, Data = StringMap.Of(("greeting", "at last")) };
        await drone.UntilAsync("running", () => drone.Queens.StatusOf("waits").Phase == "Running");
    }
}

/// <summary>Init containers, volumes and variables. Real processes under a real drone; only the queens are in memory.</summary>
public sealed class ProcessVolumeTests
{
    [Fact]
    public async Task Init_containers_run_one_by_one_before_the_others_and_volumes_are_shared()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync();
        drone.Queens.ConfigMaps["settings"] = new ConfigMap { Metadata = new ObjectMeta { Name = "settings" }, Data = StringMap.Of(("greeting", "hello")) };
        drone.Queens.Secrets["password"] = new Secret { Metadata = new ObjectMeta { Name = "password" }, Data = OrdinalMap.FromPairs([new KeyValuePair<string, Bytes>("word", Bytes.FromText("sesame"))]) };
        Pod pod = TestPods.Shell("seq", "cat /work/order /etc/settings/greeting; echo \" $WORD $NAME $MEMORY\"; echo last words > /dev/termination-log; sleep 0.1", c => c with
        {
            Env =
            [
                new EnvVar { Name = "WORD", ValueFrom = new EnvVarSource { SecretKeyRef = new SecretKeySelector { Name = "password", Key = "word" } } },
                new EnvVar { Name = "NAME", ValueFrom = new EnvVarSource { FieldRef = new ObjectFieldSelector { FieldPath = "metadata.name" } } },
                new EnvVar { Name = "MEMORY", ValueFrom = new EnvVarSource { ResourceFieldRef = new ResourceFieldSelector { Resource = "limits.memory", Divisor = Quantity.Parse("1Mi") } } },
            ],
            Resources = new ResourceRequirements { Limits = OrdinalMap.FromPairs([new KeyValuePair<string, Quantity>("memory", Quantity.Parse("64Mi"))]) },
            VolumeMounts = [new VolumeMount { Name = "work", MountPath = "/work" }, new VolumeMount { Name = "settings", MountPath = "/etc/settings", ReadOnly = true }],
        }, "Never");
        Container Step(string name) => new()
        {
            Name = name,
            Image = "hive.io/host:1",
            Command = ["sh", "-c", $"echo {name} >> /work/order"],
            VolumeMounts = [new VolumeMount { Name = "work", MountPath = "/work" }],
        };
        drone.Queens.Put(pod with
        {
            Spec = pod.Spec with
            {
                InitContainers = [Step("one"), Step("two")],
                Volumes = [new Volume { Name = "work", EmptyDir = new EmptyDirVolumeSource() }, new Volume { Name = "settings", ConfigMap = new ConfigMapVolumeSource { Name = "settings" } }],
            },
        });
        await drone.UntilAsync("succeeded", () => drone.Queens.StatusOf("seq").Phase == "Succeeded");
        Assert.Equal("last words\n", Of(drone, "seq")!.State.Terminated!.Message);
        using HttpClient queen = DroneUnderTest.Client(DroneUnderTest.Signer.Issue("queen-1", "hive:queens"));
        string log = await queen.GetStringAsync($"https://127.0.0.1:{drone.Daemon.Port}/containerLogs/default/seq/main");
        Assert.Equal("one\ntwo\nhello sesame seq 64\n", log);
    }
}

/// <summary>How containers are stopped. Real processes under a real drone; only the queens are in memory.</summary>
public sealed class ProcessEndTests
{
    [Fact]
    public async Task Deleted_pod_gets_its_signal_its_grace_and_then_the_kill()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync();
        drone.Queens.Put(TestPods.Shell("polite", "trap 'echo bye; exit 0' TERM; while true; do sleep 0.05; done"));
        drone.Queens.Put(TestPods.Shell("stubborn", "trap '' TERM; while true; do sleep 0.05; done"));
        await drone.UntilAsync("running", () => drone.Queens.StatusOf("polite").Phase == "Running" && drone.Queens.StatusOf("stubborn").Phase == "Running");
        drone.Queens.Delete("polite", 30);
        drone.Queens.Delete("stubborn", 1);
        await drone.UntilAsync("both gone", () => drone.Queens.Removed.Count == 2, 10);
        Assert.Equal("polite", drone.Queens.Removed[0]);
        ContainerState killed = drone.Queens.History.Last().ContainerStatuses[0].State;
        Assert.Equal(137, killed.Terminated!.ExitCode);
        await drone.UntilAsync("nothing is left on the node", () => Directory.GetDirectories(Path.Combine(drone.Directory, "process", "pods")).Length == 0);
    }

    [Fact]
    public async Task Liveness_probe_by_command_restarts_a_container_that_fails_it()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync();
        drone.Queens.Put(TestPods.Shell("sick", "touch /tmp-alive; sleep 0.5; rm /tmp-alive; sleep 60", c => c with
        {
            LivenessProbe = new Probe { Exec = new ExecAction { Command = ["test", "-e", "/tmp-alive"] }, PeriodSeconds = 1, FailureThreshold = 1, InitialDelaySeconds = 1 },
        }));
        await drone.UntilAsync("restarted", () => Of(drone, "sick") is { RestartCount: 1, State.Running: not null });
        await drone.UntilAsync("event Unhealthy", () => drone.Queens.HasEvent("Unhealthy"));
        Assert.False(File.Exists("/tmp-alive"));
    }
}

/// <summary>What must not run twice. Real processes under a real drone; only the queens are in memory.</summary>
public sealed class ProcessFenceTests
{
    [Fact]
    public async Task Unique_pod_dies_when_the_session_cannot_be_renewed_and_others_run_on()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync();
        Pod unique = TestPods.Shell("only", "sleep 600");
        drone.Queens.Put(unique with { Metadata = unique.Metadata with { Annotations = StringMap.Of(("hive.io/unique", "true")) } });
        drone.Queens.Put(TestPods.Shell("many", "sleep 600"));
        await drone.UntilAsync("running", () => drone.Queens.StatusOf("only").Phase == "Running" && drone.Queens.StatusOf("many").Phase == "Running");
        drone.Queens.Unreachable = true;
        string Pods(string name) => Path.Combine(drone.Directory, "process", "exits", $"{drone.Queens.Uid(name)}_main_0");
        await drone.UntilAsync("the unique one is dead", () => File.Exists(Pods("only")), 8);
        Assert.False(File.Exists(Pods("many")));
        drone.Queens.Unreachable = false;
        await drone.UntilAsync("it is back", () => Of(drone, "only") is { RestartCount: 1, State.Running: not null });
    }

    [Fact]
    public async Task Unique_pod_whose_start_is_held_up_past_its_session_starts_only_under_a_new_order()
    {
        await using DroneUnderTest drone = await DroneUnderTest.StartAsync();
        await HeldUpStart.IsVoidAsync(drone, TestPods.Shell("only", "exec sleep 600"));
    }

    [Fact]
    public async Task Program_does_not_begin_past_the_end_of_the_session_it_was_to_start_under_though_there_be_another_one()
    {
        string directory = Directory.CreateTempSubdirectory("hive-shim-").FullName;
        await using (ProcessRuntime runtime = await ProcessRuntime.OpenAsync(directory, "n1", "boot", CancellationToken.None))
        {
            string deadline = Path.Combine(directory, "deadline"), trace = Path.Combine(directory, "trace");
            await File.WriteAllTextAsync(deadline, "99999999999999999 0 boot");
            ContainerSpec spec = await InSandboxAsync(runtime, deadline, ["/bin/sh", "-c", $"echo ran >> {trace}; exec sleep 600"]) with
            {
                Mounts = [new MountSpec(directory, directory, false, true)],
                StartBefore = HeldUpStart.Boottime() - TimeSpan.FromSeconds(1),
            };
            Assert.Equal(OrderOutcome.TooLate, await runtime.StartContainerAsync(spec, CancellationToken.None));
            Assert.Equal(ContainerPhase.Created, (await runtime.ListOwnAsync(CancellationToken.None))[0].Containers[0].Phase);
            Assert.False(File.Exists(trace));

            Assert.Equal(OrderOutcome.Done, await runtime.StartContainerAsync(spec with { StartBefore = HeldUpStart.Boottime() + TimeSpan.FromMinutes(1) }, CancellationToken.None));
            Assert.Equal(ContainerPhase.Running, (await runtime.ListOwnAsync(CancellationToken.None))[0].Containers[0].Phase);
            await runtime.StopContainerAsync("u1_main_0", null, TimeSpan.Zero, CancellationToken.None);
            await RemoveAsync(runtime, "u1_main_0");
        }
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>Container "main" of a pod that must be dead at the deadline, and its sandbox, started.</summary>
    private static async Task<ContainerSpec> InSandboxAsync(ProcessRuntime runtime, string deadline, ImmutableArray<string> command)
    {
        var pod = new PodIdentity(new PodUid("u1"), "default", "only");
        await runtime.StartSandboxAsync(new SandboxSpec(pod, 0, "only", false, [], null), CancellationToken.None);
        return new ContainerSpec
        {
            Pod = pod,
            Container = "main",
            Attempt = 0,
            SpecHash = 1,
            Image = BuiltInImages.Host,
            ImageId = "x",
            Hostname = "only",
            Sandbox = new ObservedSandbox("u1_POD_0", true, "127.64.0.9", 0),
            Command = command,
            DeadlineFile = deadline,
        };
    }

    /// <summary>As the drone does: what cannot be removed yet (the shim that told the exit has not let go of all) is removed a moment later.</summary>
    private static async Task RemoveAsync(ProcessRuntime runtime, string container)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while ((await runtime.RemoveAsync(container, limit.Token)).Result == OrderResult.Retry) await Task.Delay(20, limit.Token);
    }

    [Fact]
    public async Task Shim_kills_at_the_deadline_though_the_drone_be_frozen()
    {
        string directory = Directory.CreateTempSubdirectory("hive-shim-").FullName;
        await using (ProcessRuntime runtime = await ProcessRuntime.OpenAsync(directory, "n1", "boot", CancellationToken.None))
        {
            string deadline = Path.Combine(directory, "deadline");
            ContainerSpec spec = await InSandboxAsync(runtime, deadline, ["sleep", "600"]);
            await File.WriteAllTextAsync(deadline, "99999999999999999 0 boot");
            Assert.Equal(OrderResult.Done, (await runtime.StartContainerAsync(spec, CancellationToken.None)).Result);
            Assert.Equal(ContainerPhase.Running, (await runtime.ListOwnAsync(CancellationToken.None))[0].Containers[0].Phase);
            await File.WriteAllTextAsync(deadline, "1 0 boot");
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            while ((await runtime.ListOwnAsync(limit.Token))[0].Containers[0].Phase == ContainerPhase.Running) await Task.Delay(20, limit.Token);
            ObservedContainer ended = (await runtime.ListOwnAsync(CancellationToken.None))[0].Containers[0];
            Assert.Equal((137, 9), (ended.ExitCode, ended.Signal));
            await RemoveAsync(runtime, "u1_main_0");
        }
        Directory.Delete(directory, recursive: true);
    }
}
