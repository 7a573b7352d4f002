using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Hive.Client.Connections;
using Hive.Client.Etcd;
using Hive.Client.Kubernetes;
using Hive.Commands;
using Hive.Composition;

namespace Hive.Local;

/// <summary>
/// <c>hive demo</c>: what Hive is for, in a minute. Starts three queens and a drone, runs a Deployment, calls its Service, kills the
/// leader, and shows that writes and the Service go on. Leaves nothing behind.
/// </summary>
internal static class DemoCommand
{
    private const string Deployment = "/apis/apps/v1/namespaces/default/deployments/web";
    private const string Service = "/api/v1/namespaces/default/services/web";
    private const string Pods = "/api/v1/namespaces/default/pods?labelSelector=app%3Dweb";
    private const int Calls = 30;

    private static readonly TimeSpan StepPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>How long writes are watched after the leader was killed.</summary>
    private static readonly TimeSpan WatchWrites = TimeSpan.FromSeconds(3);

    public static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "End after the show, with exit code 0 when all of it was seen" };
        var example = new Option<string?>("--example") { Description = "Manifest to apply (default: examples/example-deployment.yaml)" };
        var command = new Command("demo", "Show Hive at work: deploy, serve, lose the leader, serve on") { UpCommand.File, once, example };
        command.SetAction((parsed, cancellation) => UpCommand.GuardAsync(
            () => RunAsync(parsed.GetValue(UpCommand.File) ?? "cluster.json", parsed.GetValue(example), parsed.GetValue(once), cancellation), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string file, string? example, bool once, CancellationToken cancellation)
    {
        ClusterFile cluster = ClusterFile.Load(file);
        cluster = cluster with { Data = Path.Combine(Path.GetDirectoryName(cluster.Data) ?? "", "demo") };
        if (cluster.Drones.Count == 0) throw new UsageException($"{file} names no drone; the demo needs one to run pods on");
        Forget(cluster);
        string manifest = example ?? Path.Combine(cluster.Folder, "examples", "example-deployment.yaml");
        IReadOnlyList<JsonObject> documents = ApplyCommand.Read([manifest]);
        Action<string> say = UpCommand.Say(Stopwatch.GetTimestamp());
        say($"starting {cluster.Queens.Count} queens and {cluster.Drones.Count} drone(s), state in {cluster.DataFolder}");
        int code;
        await using (LocalCluster local = LocalCluster.Start(cluster))
        {
            await local.WaitUntilReadyAsync(say, cancellation);
            code = await ShowAsync(local, documents, say, cancellation);
            if (code == 0 && once) Console.WriteLine("\nWithout --once it would stay now, and print lines to try in another terminal.\n");
            if (code == 0 && !once)
            {
                UpCommand.TryNext(local);
                code = await UpCommand.StayAsync(local, cancellation);
            }
            say("stopping pods, drones and queens");
        }
        if (code == 0) Forget(cluster);
        else await Console.Error.WriteLineAsync($"The logs stay in {Path.Combine(cluster.DataFolder, "logs")}.");
        say(code == 0 ? "all stopped and cleaned up" : "all stopped");
        return code;
    }

    private static async Task<int> ShowAsync(LocalCluster local, IReadOnlyList<JsonObject> documents, Action<string> say, CancellationToken cancellation)
    {
        using KubernetesClient client = KubernetesClient.Connect(local.Profile);
        say("applying the example: a Deployment of three and a Service");
        int code = await CommandContext.WithAsync(local.Profile, context => ApplyCommand.ApplyAsync(context, documents, "default", cancellation));
        if (code != 0) return code;
        if (await AvailableAsync(client, say, cancellation) is not { } pods) return await ExplainAsync(client, "the Deployment did not become available");
        Uri address = await ServiceAddressAsync(client, cancellation);
        if (!await ReachedAsync(address, pods, cancellation)) return await ExplainAsync(client, $"the Service did not answer from each of its {pods} pods at {address}");
        if (!await AnswersAsync(address, say, cancellation)) return await ComplainAsync($"the Service left calls of {address} unanswered");
        if (local.Cluster.Queens.Count < 3)
        {
            say("this cluster has fewer than three queens: the leader is not killed");
            return 0;
        }
        return await LoseLeaderAsync(local, address, say, cancellation);
    }

    /// <summary>How many pods the Deployment wants, once it has them; null when it did not get them.</summary>
    private static async Task<int?> AvailableAsync(KubernetesClient client, Action<string> say, CancellationToken cancellation)
    {
        string seen = "";
        int wanted = 0;
        bool available = await WithinAsync(async () =>
        {
            ApiAnswer answer = await client.GetAsync(Deployment, cancellation);
            if (!answer.Ok) return false;
            wanted = (int?)answer.Body?["spec"]?["replicas"] ?? 1;
            int ready = (int?)answer.Body?["status"]?["readyReplicas"] ?? 0;
            int usable = (int?)answer.Body?["status"]?["availableReplicas"] ?? 0, created = (int?)answer.Body?["status"]?["replicas"] ?? 0;
            string now = $"deployment web: {wanted} wanted, {created} created, {ready} ready, {usable} available";
            if (now != seen) say(now);
            seen = now;
            return usable >= wanted;
        }, cancellation);
        return available ? wanted : null;
    }

    private static async Task<Uri> ServiceAddressAsync(KubernetesClient client, CancellationToken cancellation)
    {
        ApiAnswer service = await client.GetAsync(Service, cancellation);
        int port = (int?)service.Body?["spec"]?["ports"]?[0]?["nodePort"] ?? throw new UsageException("the Service web of the example has no nodePort; the demo calls it there");
        return new Uri($"http://127.0.0.1:{port}/");
    }

    /// <summary>Calls until each pod has answered: a pod is Ready in the API a moment before the drone's proxy has heard of it.</summary>
    private static async Task<bool> ReachedAsync(Uri address, int pods, CancellationToken cancellation)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        return await WithinAsync(async () =>
        {
            if (await CallAsync(address, cancellation) is { } who) reached.Add(who);
            return reached.Count >= pods;
        }, cancellation);
    }

    /// <summary>From here on no call may be lost.</summary>
    private static async Task<bool> AnswersAsync(Uri address, Action<string> say, CancellationToken cancellation)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < Calls; i++)
        {
            if (await CallAsync(address, cancellation) is { } who) counts[who] = counts.GetValueOrDefault(who) + 1;
        }
        say($"{counts.Values.Sum()} of {Calls} calls of {address} were answered, by:");
        foreach ((string who, int count) in counts) Console.WriteLine($"             {who,-40} {count} times");
        return counts.Values.Sum() == Calls;
    }

    private static async Task<int> LoseLeaderAsync(LocalCluster local, Uri address, Action<string> say, CancellationToken cancellation)
    {
        string? leader = null;
        if (!await WithinAsync(async () => (leader = await local.LeaderAsync(cancellation)) is not null, cancellation) || leader is null) throw new UsageException("no queen leads");
        using EtcdClient store = EtcdClient.Connect(local.Profile);
        var writes = new WriteProbe(store);
        Task probing = writes.RunAsync(cancellation);
        if (!await WithinAsync(() => Task.FromResult(writes.Acknowledged >= 5), cancellation)) throw new UsageException("the store takes no writes");
        say($"killing the leader, {leader} (process {local.Child(leader).Id}), with SIGKILL while a client writes");
        long killed = Stopwatch.GetTimestamp();
        local.Child(leader).Kill();
        await local.Child(leader).WaitForExitAsync(cancellation);
        int served = 0, called = 0;
        while (Stopwatch.GetElapsedTime(killed) < WatchWrites)
        {
            called++;
            if (await CallAsync(address, cancellation) is not null) served++;
            await Task.Delay(Poll, TimeProvider.System, cancellation);
        }
        await writes.StopAsync();
        await probing;
        say($"writes stood still for {writes.LongestGap.TotalMilliseconds:0} ms, then went on: {writes.Acknowledged} acknowledged; the Service answered {served} of {called} calls meanwhile");
        string? next = await local.LeaderAsync(cancellation);
        say($"{next ?? "nobody"} leads now");
        string? lost = await writes.FindLostAsync(cancellation);
        if (lost is not null) return await ComplainAsync($"an acknowledged write is gone: {lost}");
        say("every acknowledged write is there");
        if (served != called) return await ComplainAsync($"the Service missed {called - served} of {called} calls");
        say($"starting {leader} again");
        local.StartQueen(leader);
        await local.WaitUntilReadyAsync(text => { if (text.StartsWith(leader, StringComparison.Ordinal)) say(text); }, cancellation);
        return next is null ? await ComplainAsync("no queen leads after the old leader was killed") : 0;
    }

    /// <summary>The first line of the answer, which names the pod; null when there was none.</summary>
    private static async Task<string?> CallAsync(Uri address, CancellationToken cancellation)
    {
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = Dialing.ConnectAsync, UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = TimeSpan.FromSeconds(3) };
        try
        {
            string text = await http.GetStringAsync(address, cancellation);
            return text.Split('\n', 2)[0].Trim();
        }
        catch (Exception failure) when (failure is HttpRequestException || (failure is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    private static async Task<bool> WithinAsync(Func<Task<bool>> condition, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > StepPatience) return false;
            await Task.Delay(Poll, TimeProvider.System, cancellation);
        }
        return true;
    }

    private static async Task<int> ExplainAsync(KubernetesClient client, string problem)
    {
        await Console.Error.WriteLineAsync($"hive: {problem} within {StepPatience.TotalSeconds:0} s. The pods:");
        ApiAnswer pods = await client.GetAsync(Pods, CancellationToken.None, KubernetesClient.Table);
        if (pods.Body is not null) ServerTable.Print(Console.Error, pods.Body, true, false, true, null);
        ApiAnswer events = await client.GetAsync("/api/v1/namespaces/default/events", CancellationToken.None, KubernetesClient.Table);
        if (events.Body is not null) ServerTable.Print(Console.Error, events.Body, false, false, true, null);
        return CommandContext.Failed;
    }

    private static async Task<int> ComplainAsync(string problem)
    {
        await Console.Error.WriteLineAsync($"hive: {problem}");
        return CommandContext.Failed;
    }

    private static void Forget(ClusterFile cluster)
    {
        if (Directory.Exists(cluster.DataFolder)) Directory.Delete(cluster.DataFolder, recursive: true);
    }

    /// <summary>One client that writes one key after another, each with its own value, and remembers what was acknowledged.</summary>
    private sealed class WriteProbe(EtcdClient store)
    {
        private readonly CancellationTokenSource _stop = new();
        private int _acknowledged;

        public int Acknowledged => Volatile.Read(ref _acknowledged);

        /// <summary>The longest time between two acknowledgements.</summary>
        public TimeSpan LongestGap { get; private set; }

        private List<string> Written { get; } = [];

        public async Task RunAsync(CancellationToken cancellation)
        {
            long last = Stopwatch.GetTimestamp();
            for (int i = 0; !_stop.IsCancellationRequested; i++)
            {
                string key = $"demo/{i}";
                EtcdAnswer answer = await store.PutAsync(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"value {i}"), cancellation);
                if (answer.Error is not null) continue;
                Written.Add(key);
                TimeSpan gap = Stopwatch.GetElapsedTime(last);
                if (gap > LongestGap) LongestGap = gap;
                last = Stopwatch.GetTimestamp();
                Interlocked.Increment(ref _acknowledged);
            }
        }

        public Task StopAsync() => _stop.CancelAsync();

        /// <summary>A key that was acknowledged and is not there; null when none is missing.</summary>
        public async Task<string?> FindLostAsync(CancellationToken cancellation)
        {
            EtcdAnswer all = await store.GetAsync("demo/"u8.ToArray(), prefix: true, 0, 0, cancellation);
            if (all.Error is not null) return all.Error;
            SortedSet<string> present = new(all.Pairs.Select(p => Encoding.UTF8.GetString(p.Key)), StringComparer.Ordinal);
            return Written.Find(k => !present.Contains(k));
        }
    }
}
