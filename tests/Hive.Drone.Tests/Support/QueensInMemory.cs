using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Hive.Drone.Desired;
using Hive.Drone.Pods;
using Hive.Drone.Shell;
using Hive.Objects;

namespace Hive.Drone.Tests.Support;

/// <summary>The queens as one drone sees them, in memory: pods by revision, statuses under a session, objects and events.</summary>
public sealed class QueensInMemory : IQueenLink
{
    public static readonly TimeSpan SessionLife = TimeSpan.FromSeconds(4);

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, DesiredPod> _pods = new(StringComparer.Ordinal);
    private readonly Channel<DesiredMessage> _news = Channel.CreateUnbounded<DesiredMessage>();
    private long _revision = 10;
    private long _session;

    public SortedDictionary<string, ConfigMap> ConfigMaps { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, Secret> Secrets { get; } = new(StringComparer.Ordinal);
    public List<Event> Events { get; } = [];
    public List<PodStatus> History { get; } = [];
    public List<string> Removed { get; } = [];
    public Node? Node { get; private set; }

    /// <summary>Makes the next follower fail as only a bug can.</summary>
    public Exception? Bug { get; set; }

    /// <summary>Questions for ConfigMaps are answered when it is done; null: at once.</summary>
    public Task? Hold { get; set; }

    /// <summary>Questions that met it.</summary>
    public int Held { get; private set; }

    /// <summary>While true nobody answers.</summary>
    public bool Unreachable { get; set; }

    public PodStatus StatusOf(string name)
    {
        lock (_gate) return _pods.TryGetValue(name, out DesiredPod? pod) ? pod.Pod.Status : new PodStatus();
    }

    public string Uid(string name)
    {
        lock (_gate) return _pods[name].Uid.Value;
    }

    public string[] Names()
    {
        lock (_gate) return [.. _pods.Keys];
    }

    public bool Knows(string name)
    {
        lock (_gate) return _pods.ContainsKey(name);
    }

    public void Put(Pod pod)
    {
        lock (_gate)
        {
            var before = new Revision(_revision);
            var desired = new DesiredPod(new PodUid(pod.Metadata.Uid), pod, new Revision(++_revision));
            _pods[pod.Name] = desired;
            _news.Writer.TryWrite(new DesiredMessage.Delta(before, desired.At, [desired], []));
        }
    }

    /// <summary>As <c>kubectl delete</c>: sets the deletion timestamp and the grace.</summary>
    public void Delete(string name, long grace)
    {
        lock (_gate)
        {
            Pod pod = _pods[name].Pod;
            Put(pod with { Metadata = pod.Metadata with { DeletionTimestamp = Time.From(DateTimeOffset.UtcNow), DeletionGracePeriodSeconds = grace } });
        }
    }

    public Task<LinkAnswer<Node>> RegisterAsync(Node node, CancellationToken cancellation)
    {
        if (Unreachable) return Away<Node>();
        Node = node with { Metadata = node.Metadata with { Uid = "node-uid" } };
        return Task.FromResult(LinkAnswer<Node>.Of(Node));
    }

    public Task<LinkAnswer<SessionGrant>> OpenSessionAsync(string node, string nodeUid, string bootId, CancellationToken cancellation) =>
        Unreachable ? Away<SessionGrant>() : Task.FromResult(LinkAnswer<SessionGrant>.Of(new SessionGrant(new LeaseId(++_session), SessionLife)));

    public Task<LinkAnswer<TimeSpan>> RenewAsync(string node, LeaseId lease, long sequence, CancellationToken cancellation) =>
        Unreachable ? Away<TimeSpan>() : Task.FromResult(LinkAnswer<TimeSpan>.Of(SessionLife));

    public async IAsyncEnumerable<DesiredNews> FollowPodsAsync(string node, Revision reached, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (Bug is { } bug) throw bug;
        DesiredMessage.Complete complete;
        lock (_gate)
        {
            while (_news.Reader.TryRead(out _)) { }
            complete = new DesiredMessage.Complete(new Revision(_revision), [.. _pods.Values]);
        }
        yield return new DesiredNews(complete, "");
        await foreach (DesiredMessage message in _news.Reader.ReadAllAsync(cancellation)) yield return new DesiredNews(message, "");
    }

    public Task<LinkAnswer<ImmutableArray<ReportOutcome>>> ReportAsync(string node, StatusBatch batch, CancellationToken cancellation)
    {
        if (Unreachable) return Away<ImmutableArray<ReportOutcome>>();
        var outcomes = ImmutableArray.CreateBuilder<ReportOutcome>();
        lock (_gate)
        {
            foreach (PodReport report in batch.Pods)
            {
                if (!_pods.TryGetValue(report.Name, out DesiredPod? pod) || pod.Uid != report.Uid)
                {
                    outcomes.Add(new ReportOutcome(report.Uid, ReportFate.Gone));
                    continue;
                }
                History.Add(report.Status);
                if (report.Removed)
                {
                    _pods.Remove(report.Name);
                    Removed.Add(report.Name);
                    var before = new Revision(_revision);
                    _news.Writer.TryWrite(new DesiredMessage.Delta(before, new Revision(++_revision), [], [report.Uid]));
                }
                else
                {
                    Put(pod.Pod with { Status = report.Status });
                }
                outcomes.Add(new ReportOutcome(report.Uid, ReportFate.Committed));
            }
        }
        return Task.FromResult(LinkAnswer<ImmutableArray<ReportOutcome>>.Of(outcomes.ToImmutable()));
    }

    public async Task<LinkAnswer<ConfigMap>> GetConfigMapAsync(string @namespace, string name, CancellationToken cancellation)
    {
        if (Hold is { } hold)
        {
            Held++;
            await hold.WaitAsync(cancellation);
        }
        return await Find(ConfigMaps, name);
    }

    public Task<LinkAnswer<Secret>> GetSecretAsync(string @namespace, string name, CancellationToken cancellation) => Find(Secrets, name);
    public Task<LinkAnswer<ImmutableArray<Service>>> ListServicesAsync(string @namespace, CancellationToken cancellation) =>
        Task.FromResult(LinkAnswer<ImmutableArray<Service>>.Of([]));
    public Task<LinkAnswer<string>> RequestTokenAsync(Pod pod, string audience, long expirationSeconds, CancellationToken cancellation) =>
        Task.FromResult(LinkAnswer<string>.Failed(LinkFate.NotFound, "no tokens here"));

    public Task<LinkAnswer<Event>> PostEventAsync(Event news, CancellationToken cancellation)
    {
        lock (_gate) Events.Add(news);
        return Task.FromResult(LinkAnswer<Event>.Of(news));
    }

    public bool HasEventThatSays(string words)
    {
        lock (_gate) return Events.Any(e => e.Message.Contains(words, StringComparison.Ordinal));
    }

    public bool HasEvent(string reason)
    {
        lock (_gate) return Events.Any(e => e.Reason == reason);
    }

    public Task<LinkAnswer<Lease>> RenewNodeLeaseAsync(string node, string nodeUid, CancellationToken cancellation) =>
        Task.FromResult(LinkAnswer<Lease>.Of(new Lease()));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<LinkAnswer<T>> Find<T>(SortedDictionary<string, T> objects, string name)
    {
        if (Unreachable) return Away<T>();
        lock (_gate) return Task.FromResult(objects.TryGetValue(name, out T? found) ? LinkAnswer<T>.Of(found) : LinkAnswer<T>.Failed(LinkFate.NotFound, "not found"));
    }

    private static Task<LinkAnswer<T>> Away<T>() => Task.FromResult(LinkAnswer<T>.Failed(LinkFate.Unreachable, "the queens are away"));
}
