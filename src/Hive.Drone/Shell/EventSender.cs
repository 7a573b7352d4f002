using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Hive.Drone.Pods;
using Hive.Objects;

namespace Hive.Drone.Shell;

/// <summary>Sends news of pods as Event objects, one after the other; what repeats is counted in one object. Under pressure the oldest news are dropped.</summary>
internal sealed class EventSender(IQueenLink link, string node, TimeProvider clock)
{
    private readonly Channel<PodEvent> _waiting = Channel.CreateBounded<PodEvent>(
        new BoundedChannelOptions(DroneLimits.EventsWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly Dictionary<string, Event> _sent = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public void Send(PodEvent news) => _waiting.Writer.TryWrite(news);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (PodEvent news in _waiting.Reader.ReadAllAsync(cancellation))
        {
            Event known = Count(news);
            LinkAnswer<Event> answer = await link.PostEventAsync(known, cancellation);
            // Events are news, not state: what the queens will not have is let go.
            if (!answer.Ok && answer.Fate == LinkFate.Unreachable) await Task.Delay(DroneLimits.FirstRetry, clock, cancellation);
        }
    }

    private Event Count(PodEvent news)
    {
        Time now = Time.From(clock.GetUtcNow());
        string key = $"{news.Pod.Uid}\0{news.Reason}\0{news.Container}\0{news.Message}";
        if (_sent.TryGetValue(key, out Event? before))
        {
            return _sent[key] = before with { Count = before.Count + 1, LastTimestamp = now };
        }
        if (_order.Count >= DroneLimits.EventsWaiting) _sent.Remove(_order.Dequeue());
        _order.Enqueue(key);
        string mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{key}\0{clock.GetUtcNow().Ticks}")))[..16];
        string path = news.Container.Length == 0 ? ""
            : news.Pod.Pod.Spec.InitContainers.Any(c => c.Name == news.Container) ? $"spec.initContainers{{{news.Container}}}" : $"spec.containers{{{news.Container}}}";
        return _sent[key] = new Event
        {
            Metadata = new ObjectMeta { Name = $"{news.Pod.Name}.{mark}", Namespace = news.Pod.Namespace },
            InvolvedObject = new ObjectReference
            {
                ApiVersion = "v1",
                Kind = "Pod",
                Namespace = news.Pod.Namespace,
                Name = news.Pod.Name,
                Uid = news.Pod.Uid.Value,
                FieldPath = path,
            },
            Reason = news.Reason,
            Message = news.Message,
            Type = news.Warning ? "Warning" : "Normal",
            Source = new EventSource { Component = "kubelet", Host = node },
            ReportingComponent = "kubelet",
            ReportingInstance = node,
            FirstTimestamp = now,
            LastTimestamp = now,
            Count = 1,
        };
    }
}
