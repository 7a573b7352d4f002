using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hive.Journal;
using Hive.Platform;
using Hive.Raft;
using Hive.Store;
using Xunit;

namespace Hive.Queen.Tests;

/// <summary>Queens of one cluster in this process: real disks below a temporary directory, real TCP on loopback.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly string _directory = Directory.CreateTempSubdirectory("hive-queen-").FullName;
    private readonly IPEndPoint[] _endPoints;
    private readonly QueenServer?[] _members;
    private readonly QueenLimits _limits;
    private readonly PeerTls? _tls;

    private readonly long _cacheBytes;
    private readonly bool _readsByLease;
    private int _founders;

    private LocalCluster(int size, QueenLimits limits, PeerTls? tls, long cacheBytes, bool readsByLease)
    {
        (_limits, _tls, _cacheBytes, _readsByLease) = (limits, tls, cacheBytes, readsByLease);
        DiskOf = at => new LinuxDisk(DirectoryOf(at));
        _members = new QueenServer?[size];
        _endPoints = [.. Enumerable.Range(0, size).Select(_ => FreeEndPoint())];
    }

    /// <summary>The disk that a member gets at its next start.</summary>
    public Func<int, IDisk> DiskOf { get; set; }

    public ConcurrentQueue<string> Lines { get; } = new();

    public int Size => _members.Length;

    public QueenServer this[int at] => _members[at] ?? throw new InvalidOperationException($"member {at} is down");

    public IEnumerable<QueenServer> Running => _members.Where(m => m is not null)!;

    public string DirectoryOf(int at) => Path.Combine(_directory, $"member-{at + 1}");

    public IPEndPoint EndPointOf(int at) => _endPoints[at];

    /// <param name="later">Places for members that are added later: not part of the cluster at its birth.</param>
    public static async Task<LocalCluster> StartAsync(
        int size, QueenLimits? limits = null, PeerTls? tls = null, long cacheBytes = 1 << 20, int later = 0, bool readsByLease = false)
    {
        var cluster = new LocalCluster(size + later, limits ?? new QueenLimits(), tls, cacheBytes, readsByLease) { _founders = size };
        for (int i = 0; i < size; i++) await cluster.StartMemberAsync(i);
        return cluster;
    }

    public async Task StartMemberAsync(int at, bool joins = false)
    {
        var members = ImmutableArray.CreateBuilder<QueenMember>();
        for (int i = 0; i < _founders && !joins; i++) members.Add(new QueenMember(IdOf(i), $"queen-{i + 1}", [$"tcp://{_endPoints[i]}"], [], false));
        _members[at] = await QueenServer.StartAsync(new QueenOptions
        {
            Disk = DiskOf(at),
            Cluster = new ClusterId(0xBEE),
            Self = IdOf(at),
            InitialMembers = members.DrainToImmutable(),
            Name = $"queen-{at + 1}",
            ClientUrls = [$"http://127.0.0.1:{2379 + at}"],
            PeerListen = _endPoints[at],
            Limits = _limits,
            ReadsByLease = _readsByLease,
            RaftLimits = new RaftLimits { CacheBytes = _cacheBytes },
            Tls = _tls,
            Log = (level, line) => Lines.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {at + 1} {level} {line}"),
            Removed = () => Lines.Enqueue($"{at + 1} REMOVED"),
            Failed = error => Lines.Enqueue($"{at + 1} FAILED {error}"),
        });
    }

    public static MemberId IdOf(int at) => new((ulong)at + 1);

    public async Task KillAsync(int at)
    {
        await this[at].KillAsync();
        _members[at] = null;
    }

    public async Task StopAsync(int at)
    {
        await this[at].StopAsync();
        _members[at] = null;
    }

    public async Task<int> LeaderAsync()
    {
        int found = -1;
        await Eventually(() =>
        {
            found = Array.FindIndex(_members, m => m is { Status.IsLeader: true });
            return found >= 0 && Running.All(m => m.Status.Leader == IdOf(found));
        }, "a leader that all follow");
        return found;
    }

    public Task Eventually(Func<bool> condition, string what) => Eventually(() => Task.FromResult(condition()), what);

    public async Task Eventually(Func<Task<bool>> condition, string what)
    {
        DateTime deadline = DateTime.UtcNow + Patience;
        while (!await condition())
        {
            if (DateTime.UtcNow > deadline) Assert.Fail($"never came: {what}\n{string.Join('\n', Lines)}");
            await Task.Delay(5);
        }
    }

    public static MutateCommand Put(string key, string value, LeaseId lease = default) =>
        new(new PutOperation(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), lease));

    /// <summary>Puts, and again while the answer is that it did not or may not have happened: doing it twice does no harm here.</summary>
    public async Task<ApplyResult> MustPutAsync(int at, string key, string value)
    {
        DateTime deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            ProposalResult result = await this[at].ProposeAsync(Put(key, value), CancellationToken.None);
            if (result.Code == QueenCode.Ok) return result.Applied!;
            if (result.Code == QueenCode.TooLarge || DateTime.UtcNow > deadline) Assert.Fail($"put {key}: {result.Code}\n{string.Join('\n', Lines)}");
        }
    }

    public async Task<string?> ReadAsync(int at, string key)
    {
        ReadResult read = await this[at].ReadAsync(CancellationToken.None);
        if (read.Code != QueenCode.Ok) Assert.Fail($"read {key}: {read.Code}\n{string.Join('\n', Lines)}");
        return Value(read.Snapshot!, key);
    }

    public static string? Value(StoreSnapshot snapshot, string key) =>
        snapshot.Get(Encoding.UTF8.GetBytes(key)) is { } kv ? Encoding.UTF8.GetString(kv.Value.Span) : null;

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Running.Select(m => m.KillAsync()));
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>
    /// A free port below those that the kernel gives to outgoing connections: a member that is down for a while must find its port free again.
    /// </summary>
    private static IPEndPoint FreeEndPoint()
    {
        while (true)
        {
            var endPoint = new IPEndPoint(IPAddress.Loopback, Random.Shared.Next(12_000, 32_000));
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(endPoint);
                return endPoint;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                continue;
            }
        }
    }
}
