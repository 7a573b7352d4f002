using System.Diagnostics;
using System.Text;
using Hive.Client.Etcd;

namespace Hive.EndToEnd.World;

/// <summary>
/// One client that writes a new key as soon as the last one was answered, and remembers what was acknowledged and how long after the
/// acknowledgement before it. A write without an answer is not tried again: the next key follows.
/// </summary>
public sealed class SteadyWriter : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<string> _acknowledged = [];
    private readonly List<double> _gaps = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private int _unanswered;

    private SteadyWriter(TestCluster cluster, string prefix, string? queen)
    {
        Prefix = prefix;
        _running = Task.Run(() => WriteAsync(queen is null ? cluster.Etcd() : cluster.EtcdFrom(queen)));
    }

    public string Prefix { get; }

    /// <summary>Writes acknowledged so far.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _acknowledged.Count;
        }
    }

    /// <summary>Writes of which nobody knows whether they took effect.</summary>
    public int Unanswered => Volatile.Read(ref _unanswered);

    /// <summary>Starts to write keys with a prefix that nobody else uses, with fail-over between the queens.</summary>
    /// <param name="queen">The one that is asked first; null: any.</param>
    public static SteadyWriter Start(TestCluster cluster, string prefix, string? queen = null) => new(cluster, prefix, queen);

    /// <summary>The longest time in milliseconds between two acknowledgements of those after the first <paramref name="from"/>.</summary>
    public double WorstGapSince(int from)
    {
        lock (_gate) return _gaps.Skip(from).DefaultIfEmpty(0).Max();
    }

    /// <summary>Waits until so many more writes were acknowledged; answers with how many there were before.</summary>
    public async Task<int> MoreAsync(int writes, string when)
    {
        int before = Count;
        await Tool.EventuallyAsync(() => Task.FromResult(Count >= before + writes), $"{writes} more writes are acknowledged {when}");
        return before;
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>Every queen of the cluster has all that was acknowledged, and all agree on the newest revision among it.</summary>
    public async Task MustAllBeThereAsync(TestCluster cluster)
    {
        await StopAsync();
        var newest = new SortedSet<long>();
        foreach (string queen in cluster.Queens)
        {
            using EtcdClient client = cluster.Etcd(queen);
            EtcdAnswer all = new(0, [], 0, "not asked");
            await Tool.EventuallyAsync(
                async () => (all = await client.GetAsync(Encoding.UTF8.GetBytes(Prefix), true, 0, 0, CancellationToken.None)).Error is null, $"{queen} answers a read");
            var present = new SortedSet<string>(all.Pairs.Select(p => Encoding.UTF8.GetString(p.Key)), StringComparer.Ordinal);
            string[] lost = [.. _acknowledged.Where(k => !present.Contains(k))];
            if (lost.Length > 0) throw new InvalidOperationException($"{queen} lost {lost.Length} of {_acknowledged.Count} acknowledged writes, first {lost[0]}");
            newest.Add(all.Pairs.Max(p => p.ModRevision));
        }
        if (newest.Count > 1) throw new InvalidOperationException($"the queens differ in the newest revision: {string.Join(", ", newest)}");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task WriteAsync(EtcdClient connected)
    {
        using EtcdClient client = connected;
        long last = Stopwatch.GetTimestamp();
        for (int i = 0; !_stop.IsCancellationRequested; i++)
        {
            string key = $"{Prefix}{i}";
            // Not given up at the stop: it might take effect between two reads of who compares the queens.
            EtcdAnswer answer = await client.PutAsync(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"v{i}"), CancellationToken.None);
            if (answer.Error is not null)
            {
                if (!answer.NotDone) Interlocked.Increment(ref _unanswered);
                continue;
            }
            double gap = Stopwatch.GetElapsedTime(last).TotalMilliseconds;
            last = Stopwatch.GetTimestamp();
            lock (_gate)
            {
                _gaps.Add(gap);
                _acknowledged.Add(key);
            }
        }
    }
}
