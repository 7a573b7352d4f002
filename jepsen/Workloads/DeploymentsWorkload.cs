using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Hive.Client.Kubernetes;
using Hive.Jepsen.Checkers;
using Hive.Jepsen.Checkers.Deployments;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Members;

namespace Hive.Jepsen.Workloads;

/// <summary>
/// Deployments and unique pods on real drones: scaled, rolled, and their pods deleted, through all queens. A unique pod that is gone is made again
/// at once under its old name. In the end every pod must have converged; what really ran is known from the heartbeats of the pods themselves.
/// </summary>
public sealed class DeploymentsWorkload : IWorkload
{
    private const int Deployments = 2, MostReplicas = 4, FirstReplicas = 2;
    private const int ChangeOneIn = 12;
    private const int ShortestRestMilliseconds = 100, LongestRestMilliseconds = 600;
    private const int UniquePods = 3;
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan SettlePause = TimeSpan.FromMilliseconds(500);

    /// <summary>What a drone did while no queen could hear of it is told a moment after they are back: what they say until then is of before.</summary>
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookLonger = TimeSpan.FromSeconds(4);

    private readonly CancellationTokenSource _ended = new();
    private string _beats = "";
    private string _image = "";
    private int _rolls;

    public MemberNeeds Needs => MemberNeeds.Drones;

    public async Task PrepareAsync(Cluster cluster, MemberClient client, CancellationToken cancellation)
    {
        _beats = Path.Combine(cluster.SharedFolder, "beats");
        Directory.CreateDirectory(_beats);
        var space = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = PodManifests.Namespace } };
        await MakeAsync(client, "/api/v1/namespaces", space, cancellation);
        for (int i = 0; i < Deployments; i++) await MakeAsync(client, PodManifests.Deployments, PodManifests.Deployment(Name(i), FirstReplicas, cluster.PodImage, _beats), cancellation);
        _image = cluster.PodImage;
    }

    public IEnumerable<Observer> Observers(int members, int seed) =>
        from member in Enumerable.Range(0, members)
        from prefix in new[] { SurplusRule.Pods, SurplusRule.ReplicaSets }
        select new Observer(member, async (client, recorder, stop) =>
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _ended.Token);
            await FactFollower.RunAsync(client, recorder, prefix, either.Token);
        });

    public Step Next(Random random)
    {
        string name = Name(random.Next(Deployments)), path = $"{PodManifests.Deployments}/{name}";
        int replicas = random.Next(MostReplicas + 1), chosen = random.Next();
        TimeSpan rest = TimeSpan.FromMilliseconds(random.Next(ShortestRestMilliseconds, LongestRestMilliseconds));
        string unique = string.Create(CultureInfo.InvariantCulture, $"{DeploymentChecker.UniquePrefix}{random.Next(UniquePods)}");
        return random.Next(ChangeOneIn * 3) switch
        {
            0 => Patching(name, $"roll {name}", path, Rolled(), rest),
            1 => new Step(name, (client, cancellation) => DeleteOneAsync(client, chosen, rest, cancellation)),
            2 => Patching(name, $"scale {name} to {replicas}", path, Scaled(replicas), rest),
            < ChangeOneIn => new Step(unique, (client, cancellation) => KeepAsync(client, unique, rest, cancellation)),
            _ => new Step(name, (client, cancellation) => LookAsync(client, name, path, rest, cancellation)),
        };
    }

    public IEnumerable<Step> Final() => [new Step("end", SettleAsync)];

    public Verdict Check(IEnumerable<Operation> history) => DeploymentChecker.Check(history);

    private static string Name(int deployment) => string.Create(CultureInfo.InvariantCulture, $"web-{deployment}");

    private static async Task MakeAsync(MemberClient client, string collection, JsonObject value, CancellationToken cancellation)
    {
        ApiAnswer answer = await client.Kubernetes.CreateAsync(collection, value, cancellation);
        if (!answer.Ok && answer.Code != ApiCall.Conflict) throw new InvalidOperationException($"{(string?)value["kind"]} {(string?)value["metadata"]?["name"]} could not be made: {answer.Message}");
    }

    private static JsonObject Scaled(int replicas) => new() { ["spec"] = new JsonObject { ["replicas"] = replicas } };

    private JsonObject Rolled()
    {
        var annotations = new JsonObject { ["roll"] = Interlocked.Increment(ref _rolls).ToString(CultureInfo.InvariantCulture) };
        return new JsonObject { ["spec"] = new JsonObject { ["template"] = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } } } };
    }

    private static Step Patching(string key, string what, string path, JsonObject patch, TimeSpan rest) => new(key, async (client, cancellation) =>
    {
        ApiAnswer answer = await ApiCall.AskAsync(token => client.Kubernetes.PatchAsync(path, patch.DeepClone(), KubernetesClient.MergePatch, token), cancellation);
        return await RestedAsync(what, answer, writes: true, rest, cancellation);
    });

    private static async Task<Done> LookAsync(MemberClient client, string name, string path, TimeSpan rest, CancellationToken cancellation)
    {
        ApiAnswer answer = await ApiCall.AskAsync(token => client.Kubernetes.GetAsync(path, token), cancellation);
        return await RestedAsync($"look at {name}", answer, writes: false, rest, cancellation);
    }

    private static async Task<Done> DeleteOneAsync(MemberClient client, int chosen, TimeSpan rest, CancellationToken cancellation)
    {
        ApiAnswer pods = await ApiCall.AskAsync(token => client.Kubernetes.GetAsync(PodManifests.Pods, token), cancellation);
        if (pods.Body?["items"] is not JsonArray { Count: > 0 } items) return await RestedAsync("look for a pod to delete", pods, writes: false, rest, cancellation);
        string name = (string?)items[chosen % items.Count]?["metadata"]?["name"] ?? "";
        ApiAnswer answer = await ApiCall.AskAsync(token => client.Kubernetes.DeleteAsync($"{PodManifests.Pods}/{name}", null, token), cancellation);
        return await RestedAsync($"delete pod {name}", answer, writes: true, rest, cancellation);
    }

    /// <summary>As a controller of a unique pod would: where there is none of the name, it makes one.</summary>
    private async Task<Done> KeepAsync(MemberClient client, string name, TimeSpan rest, CancellationToken cancellation)
    {
        ApiAnswer present = await ApiCall.AskAsync(token => client.Kubernetes.GetAsync($"{PodManifests.Pods}/{name}", token), cancellation);
        if (present.Code != ApiCall.NotFound) return await RestedAsync($"look at pod {name}", present, writes: false, rest, cancellation);
        ApiAnswer made = await ApiCall.AskAsync(token => client.Kubernetes.CreateAsync(PodManifests.Pods, PodManifests.UniquePod(name, _image, _beats), token), cancellation);
        return await RestedAsync($"make pod {name}", made, writes: true, rest, cancellation);
    }

    /// <summary>Pods take their time: a worker that asks without pause would only measure the API.</summary>
    private static async Task<Done> RestedAsync(string what, ApiAnswer answer, bool writes, TimeSpan rest, CancellationToken cancellation)
    {
        var done = new Done(new PodActions.Change(what), ApiCall.FateOf(answer, writes), 0, answer.Ok ? "" : answer.Message);
        await Task.Delay(rest, cancellation);
        return done;
    }

    private async Task<Done> SettleAsync(MemberClient client, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(SettlePatience);
        ImmutableArray<string> before = [];
        long since = PodLives.Now();
        while (true)
        {
            (string problem, ImmutableArray<string> running) = await new Settlement(client.Kubernetes).LookAsync(cancellation);
            long at = PodLives.Now();
            if (problem.Length > 0 || !running.SequenceEqual(before)) (before, since) = (running, at);
            if ((problem.Length == 0 && at - since >= Steady.TotalMilliseconds) || limit.IsCancellationRequested)
            {
                // What runs on writes again, and so does what is said to run.
                await Task.Delay(LookLonger, cancellation);
                await _ended.CancelAsync();
                return new Done(new PodActions.Settle(problem, running, at, PodLives.Read(_beats)), Outcome.Ok, 0, "");
            }
            await Task.Delay(SettlePause, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }
}
