using System.Collections.Immutable;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Queen;

namespace Hive.Etcd.Services;

/// <summary>etcdserverpb.Cluster: the members of the Raft group.</summary>
internal sealed class ClusterService(QueenGate gate)
{
    private const string Service = "etcdserverpb.Cluster";

    public ImmutableArray<RpcMethod> Methods =>
    [
        new UnaryMethod<MemberListRequest, MemberListResponse>(Service, "MemberList", MemberListRequest.Parser, ListAsync, "/v3/cluster/member/list"),
    ];

    private async ValueTask<RpcResult<MemberListResponse>> ListAsync(RpcContext context, MemberListRequest request, CancellationToken cancellation)
    {
        if (request.Linearizable)
        {
            var read = await gate.ReadAsync(serializable: false, cancellation);
            if (!read.Succeeded(out _, out var status)) return status;
        }
        var response = new MemberListResponse { Header = gate.HeaderWithoutRevision() };
        foreach (var member in gate.Queen.Status.Members) response.Members.Add(Message(member));
        return response;
    }

    private static Member Message(QueenMember member) => new()
    {
        ID = member.Id.Value, Name = member.Name, PeerURLs = { member.PeerUrls }, ClientURLs = { member.ClientUrls }, IsLearner = member.IsLearner,
    };
}
