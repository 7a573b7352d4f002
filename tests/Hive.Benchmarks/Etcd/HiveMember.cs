using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Hive.Benchmarks.Store;
using Hive.Etcd;
using Hive.Platform;
using Hive.Queen;

namespace Hive.Benchmarks.Etcd;

/// <summary>One member of a Hive cluster with the etcd face and nothing else: what is comparable to an etcd member. Runs until told to stop.</summary>
internal static class HiveMember
{
    private static readonly TimeSpan CollectorLook = TimeSpan.FromMilliseconds(4);

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        Collector.PreferShortPauses();
        if (args is not [var numberText, var directory, var clientText, var peersText]) return 2;
        var number = int.Parse(numberText, CultureInfo.InvariantCulture);
        var client = new IPEndPoint(IPAddress.Loopback, int.Parse(clientText, CultureInfo.InvariantCulture));
        var peers = peersText.Split(',').Select(port => new IPEndPoint(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture))).ToList();
        ImmutableArray<QueenMember> members = [.. peers.Select((peer, i) => new QueenMember(IdOf(i), $"m{i}", [$"tcp://{peer}"], [], false))];
        var failed = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var queen = await QueenServer.StartAsync(new QueenOptions
        {
            Disk = new LinuxDisk(directory),
            Cluster = new ClusterId(0xBE7C),
            Self = IdOf(number),
            InitialMembers = members,
            PeerListen = peers[number],
            Log = (level, line) => Console.WriteLine($"{level} {line}"),
            Failed = error => failed.TrySetResult(error),
        }, cancellation);
        await using var face = await EtcdFace.StartAsync(queen, new EtcdFaceOptions { Listen = [new EtcdEndpoint(client, Tls: false)] }, cancellation);
        var telling = new Thread(() => TellOfCollector(cancellation)) { IsBackground = true, Name = "collector-figures" };
        telling.Start();
        var error = await failed.Task.WaitAsync(cancellation);
        await Console.Error.WriteLineAsync($"member {number}: {error}");
        return 1;
    }

    /// <summary>One line a second on the collector's pauses, for <see cref="LocalMembers"/>. On a thread of its own: the pool may be busy.</summary>
    private static void TellOfCollector(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var pauses = new CollectorPauses();
            var until = Stopwatch.GetTimestamp() + Stopwatch.Frequency;
            while (Stopwatch.GetTimestamp() < until)
            {
                Thread.Sleep(CollectorLook);
                pauses.Look();
            }
            Console.WriteLine(pauses.Figures.ToLine());
        }
    }

    private static MemberId IdOf(int number) => new((ulong)number + 1);
}
