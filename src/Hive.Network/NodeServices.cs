using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Hive.Client.Kubernetes;
using Hive.Network.Nftables;
using Hive.Network.Services;
using Hive.Network.Userspace;
using Hive.Objects;

namespace Hive.Network;

/// <summary>
/// Keeps a node's service proxies in step with the cluster: follows Services and EndpointSlices and applies what comes of them. While no
/// queen answers, what was learnt last stays in force.
/// </summary>
public sealed class NodeServices : IAsyncDisposable
{
    /// <summary>Changes that come closer together than this are applied at once: a rollout makes many.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<IServiceProxy> _proxies;
    private readonly Action<string> _log;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;

    private NodeServices(KubernetesClient client, IReadOnlyList<IServiceProxy> proxies, Action<string> log, TimeProvider clock)
    {
        _proxies = proxies;
        _log = log;
        _clock = clock;
        _work = RunAsync(client);
    }

    /// <summary>Chooses the proxies for this machine and begins.</summary>
    public static async Task<NodeServices> StartAsync(string node, KubernetesClient client, Action<string> log, TimeProvider clock, CancellationToken cancellation)
    {
        (NftServiceProxy? kernel, string? problem) = await NftServiceProxy.TryCreateAsync(node, cancellation);
        IReadOnlyList<IServiceProxy> proxies = kernel is not null
            ? [kernel, new UserspaceServiceProxy(IPAddress.Loopback)]
            : [new UserspaceServiceProxy(IPAddress.Any)];
        log(kernel is not null
            ? "services: nftables, and a userspace proxy for node ports on 127.0.0.1"
            : $"services: node ports by a userspace proxy, no cluster addresses ({problem})");
        return new NodeServices(client, proxies, log, clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        foreach (IServiceProxy proxy in _proxies) await proxy.DisposeAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(KubernetesClient client)
    {
        var services = new Followed<Service>("/api/v1/services");
        var slices = new Followed<EndpointSlice>("/apis/discovery.k8s.io/v1/endpointslices");
        var changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        Task follow = Task.WhenAll(FollowAsync(client, services, changed.Writer), FollowAsync(client, slices, changed.Writer));
        try
        {
            while (await changed.Reader.WaitToReadAsync(_stop.Token))
            {
                await Task.Delay(Gather, _clock, _stop.Token);
                changed.Reader.TryRead(out _);
                if (!services.Complete || !slices.Complete) continue;
                if (await ApplyAsync(ServiceTable.Build(services.All(), slices.All()))) continue;
                await Task.Delay(RetryAfter, _clock, _stop.Token);
                changed.Writer.TryWrite(true);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
        await follow;
    }

    private async Task<bool> ApplyAsync(ServiceTable table)
    {
        bool all = true;
        foreach (IServiceProxy proxy in _proxies)
        {
            if (await proxy.ApplyAsync(table, _stop.Token) is not { } problem) continue;
            all = false;
            _log($"services: {proxy.Name}: {problem}; trying again");
        }
        return all;
    }

    private async Task FollowAsync<T>(KubernetesClient client, Followed<T> followed, ChannelWriter<bool> changed) where T : HiveObject, new()
    {
        try
        {
            await foreach (News news in Reflection.FollowAsync(client, followed.Collection, _clock, _stop.Token))
            {
                if (followed.Take(news, _log)) changed.TryWrite(true);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    /// <summary>The objects of one collection as last heard, by namespace and name.</summary>
    private sealed class Followed<T>(string collection) where T : HiveObject, new()
    {
        private ImmutableSortedDictionary<string, T> _objects = ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);

        public string Collection { get; } = collection;

        /// <summary>Whether a complete set was ever heard: before that, absence says nothing.</summary>
        public bool Complete { get; private set; }

        public IEnumerable<T> All() => Volatile.Read(ref _objects).Values;

        /// <summary>True when what is known changed.</summary>
        public bool Take(News news, Action<string> log)
        {
            switch (news)
            {
                case News.Complete complete:
                    Volatile.Write(ref _objects, complete.Items.Select(i => Decode(i, log)).OfType<T>().ToImmutableSortedDictionary(Key, o => o, StringComparer.Ordinal));
                    Complete = true;
                    return true;
                case News.Changed changed when Decode(changed.Item, log) is { } value:
                    Volatile.Write(ref _objects, _objects.SetItem(Key(value), value));
                    return true;
                case News.Gone gone when Decode(gone.Item, log) is { } value:
                    Volatile.Write(ref _objects, _objects.Remove(Key(value)));
                    return true;
                default:
                    return false;
            }
        }

        private static string Key(T value) => $"{value.Metadata.Namespace}/{value.Metadata.Name}";

        private static T? Decode(JsonObject item, Action<string> log)
        {
            Decoded<T> decoded = HiveJson.Read<T>(Encoding.UTF8.GetBytes(item.ToJsonString()));
            if (decoded.Value is null) log($"services: an object is passed over, it cannot be read: {decoded.Error}");
            return decoded.Value;
        }
    }
}
