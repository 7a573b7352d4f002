using System.Net;
using Hive.Etcd;
using Hive.Platform;
using Hive.Queen;

namespace Hive.EndToEnd.World;

/// <summary>One queen with the etcd face and nothing else, in this process: her store holds what a test writes, and its first write makes revision 2 as in a new etcd.</summary>
internal sealed class PlainMember : IAsyncDisposable
{
    private readonly string _folder;
    private readonly QueenServer _queen;
    private readonly EtcdFace _face;

    private PlainMember(string folder, QueenServer queen, EtcdFace face) => (_folder, _queen, _face) = (folder, queen, face);

    public string Address => $"http://{_face.Endpoints[0].Address}";

    public static async Task<PlainMember> StartAsync()
    {
        string folder = Directory.CreateTempSubdirectory("hive-test-member-").FullName;
        var self = new MemberId(1);
        QueenServer queen = await QueenServer.StartAsync(new QueenOptions
        {
            Disk = new LinuxDisk(folder),
            Cluster = new ClusterId(1),
            Self = self,
            InitialMembers = [new QueenMember(self, "queen-1", [], [], IsLearner: false)],
        });
        var options = new EtcdFaceOptions { Listen = [new EtcdEndpoint(new IPEndPoint(IPAddress.Loopback, 0), Tls: false)] };
        return new PlainMember(folder, queen, await EtcdFace.StartAsync(queen, options, CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await _face.DisposeAsync();
        await _queen.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
