using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Hive.Etcd;
using Hive.Platform;
using Hive.Queen;

namespace Hive.Benchmarks.Etcd;

/// <summary>One member of a Hive cluster with the etcd face and nothing else: what is comparable to an etcd member. Runs until told to stop.</summary>
internal static class HiveMember
{
    public static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
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
        var error = await failed.Task.WaitAsync(cancellation);
        await Console.Error.WriteLineAsync($"member {number}: {error}");
        return 1;
    }

    private static MemberId IdOf(int number) => new((ulong)number + 1);
}
