using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Hive.EndToEnd.World;

namespace Hive.Benchmarks.Etcd;

/// <summary>
/// Queens as users run them: <c>hive queen</c> with every face, scheduler and controllers, TLS between queens. Clients of the benchmark come without TLS, as to etcd.
/// </summary>
internal static class HiveMembers
{
    private const int PortsOfQueen = 4;

    public static async Task<MemberStarts> DescribeAsync(string program, string folder, int count)
    {
        if (!File.Exists(program)) throw new FileNotFoundException($"there is no {program}: build src/Hive first (dotnet build src/Hive -c Release)");
        var ports = MemberStarts.FreePorts(PortsOfQueen * count);
        string Address() => $"127.0.0.1:{ports.Dequeue()}";
        string[] names = [.. Enumerable.Range(1, count).Select(i => $"queen-{i}")];
        string[] clients = [.. names.Select(_ => Address())];
        var file = Path.Combine(folder, "cluster.json");
        var description = new JsonObject
        {
            ["name"] = "bench",
            ["data"] = ".",
            ["queens"] = new JsonArray([.. names.Select((name, i) => new JsonObject { ["name"] = name, ["peer"] = Address(), ["etcd"] = Address(), ["api"] = Address(), ["etcdPlain"] = clients[i] })]),
            ["drones"] = new JsonArray(),
        };
        await File.WriteAllTextAsync(file, description.ToJsonString());
        (await Tool.RunAsync(program, ["certs", "--cluster", file])).Must();
        return new MemberStarts(
            [.. names.Select(name => new ProcessStartInfo(program, ["queen", "--cluster", file, "--name", name]))],
            [.. clients.Select(IPEndPoint.Parse)]);
    }
}
