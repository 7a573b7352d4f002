using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Queen;
using Hive.Raft;
using MemberMessage = Hive.Etcd.Messages.Member;

namespace Hive.Etcd.Services;

/// <summary>
/// etcdserverpb.Cluster: the members of the Raft group. A member added or promoted to vote joins as one that the leader makes a voter by itself once
/// it has the log (thesis §4.2.1): until then it is listed as a learner and counts in no quorum, so that a member that never
/// comes up takes nothing from the group.
/// </summary>
internal sealed class ClusterService(QueenGate gate)
{
    private const string Service = "etcdserverpb.Cluster";

    public ImmutableArray<RpcMethod> Methods =>
    [
        new UnaryMethod<MemberListRequest, MemberListResponse>(Service, "MemberList", MemberListRequest.Parser, ListAsync, "/v3/cluster/member/list"),
        new UnaryMethod<MemberAddRequest, MemberAddResponse>(Service, "MemberAdd", MemberAddRequest.Parser, AddAsync, "/v3/cluster/member/add"),
        new UnaryMethod<MemberRemoveRequest, MemberRemoveResponse>(
            Service, "MemberRemove", MemberRemoveRequest.Parser, RemoveAsync, "/v3/cluster/member/remove"),
        new UnaryMethod<MemberUpdateRequest, MemberUpdateResponse>(
            Service, "MemberUpdate", MemberUpdateRequest.Parser, UpdateAsync, "/v3/cluster/member/update"),
        new UnaryMethod<MemberPromoteRequest, MemberPromoteResponse>(
            Service, "MemberPromote", MemberPromoteRequest.Parser, PromoteAsync, "/v3/cluster/member/promote"),
    ];

    private async ValueTask<RpcResult<MemberListResponse>> ListAsync(RpcContext context, MemberListRequest request, CancellationToken cancellation)
    {
        if (request.Linearizable)
        {
            var read = await gate.ReadAsync(serializable: false, cancellation);
            if (!read.Succeeded(out _, out var status)) return status;
        }
        return new MemberListResponse { Header = gate.HeaderWithoutRevision(), Members = { Members() } };
    }

    private async ValueTask<RpcResult<MemberAddResponse>> AddAsync(RpcContext context, MemberAddRequest request, CancellationToken cancellation)
    {
        if (await gate.CheckAdminAsync(context, cancellation) is { IsOk: false } refused) return refused;
        var urls = ImmutableArray.CreateRange(request.PeerURLs);
        if (!AreValid(urls)) return EtcdErrors.InvalidMemberUrls;
        if (AreTaken(urls, MemberId.None)) return EtcdErrors.PeerUrlsExist;
        var id = NewId();
        var kind = request.IsLearner ? MemberKind.Learner : MemberKind.JoiningVoter;
        var attributes = new MemberAttributes("", urls, []).Encode();
        var status = await ChangeAsync(new SetMember(id, kind, attributes), cancellation);
        if (!status.IsOk) return status;
        var response = new MemberAddResponse { Header = gate.HeaderWithoutRevision(), Members = { Members() } };
        response.Member = response.Members.FirstOrDefault(member => member.ID == id.Value)
            ?? new MemberMessage { ID = id.Value, PeerURLs = { urls }, IsLearner = true };
        return response;
    }

    private async ValueTask<RpcResult<MemberRemoveResponse>> RemoveAsync(RpcContext context, MemberRemoveRequest request, CancellationToken cancellation)
    {
        if (await gate.CheckAdminAsync(context, cancellation) is { IsOk: false } refused) return refused;
        if (Find(request.ID) is null) return EtcdErrors.MemberNotFound;
        var status = await ChangeAsync(new RemoveMember(new(request.ID)), cancellation);
        return status.IsOk ? new MemberRemoveResponse { Header = gate.HeaderWithoutRevision(), Members = { Members() } } : status;
    }

    private async ValueTask<RpcResult<MemberUpdateResponse>> UpdateAsync(RpcContext context, MemberUpdateRequest request, CancellationToken cancellation)
    {
        if (await gate.CheckAdminAsync(context, cancellation) is { IsOk: false } refused) return refused;
        var urls = ImmutableArray.CreateRange(request.PeerURLs);
        if (Find(request.ID) is not { } member) return EtcdErrors.MemberNotFound;
        if (!AreValid(urls)) return EtcdErrors.InvalidMemberUrls;
        if (AreTaken(urls, member.Id)) return EtcdErrors.PeerUrlsExist;
        var attributes = new MemberAttributes(member.Name, urls, member.ClientUrls).Encode();
        var status = await ChangeAsync(new SetAttributes(member.Id, attributes), cancellation);
        return status.IsOk ? new MemberUpdateResponse { Header = gate.HeaderWithoutRevision(), Members = { Members() } } : status;
    }

    private async ValueTask<RpcResult<MemberPromoteResponse>> PromoteAsync(RpcContext context, MemberPromoteRequest request, CancellationToken cancellation)
    {
        if (await gate.CheckAdminAsync(context, cancellation) is { IsOk: false } refused) return refused;
        if (Find(request.ID) is not { } member) return EtcdErrors.MemberNotFound;
        if (!member.IsLearner) return EtcdErrors.NotLearner;
        var status = await ChangeAsync(new SetMember(member.Id, MemberKind.JoiningVoter, null), cancellation);
        return status.IsOk ? new MemberPromoteResponse { Header = gate.HeaderWithoutRevision(), Members = { Members() } } : status;
    }

    private async ValueTask<RpcStatus> ChangeAsync(MembershipStep step, CancellationToken cancellation)
    {
        var (code, outcome) = await gate.Queen.ChangeMembershipAsync(MembershipChange.Of(step), cancellation);
        if (code != QueenCode.Ok) return EtcdErrors.Of(code);
        return outcome switch
        {
            MembershipOutcome.Ok => RpcStatus.Ok,
            MembershipOutcome.NotLeader => EtcdErrors.NotLeader,
            MembershipOutcome.ChangePending => EtcdErrors.UnhealthyCluster,
            MembershipOutcome.UnknownMember => EtcdErrors.MemberNotFound,
            MembershipOutcome.AlreadyThere => EtcdErrors.PeerUrlsExist,
            MembershipOutcome.NotLearner => EtcdErrors.NotLearner,
            MembershipOutcome.LearnerNotReady => EtcdErrors.LearnerNotReady,
            MembershipOutcome.NoVoterLeft => EtcdErrors.NotEnoughStarted,
            MembershipOutcome.TooManyMembers => EtcdErrors.TooManyLearners,
            _ => EtcdErrors.InvalidMemberUrls,
        };
    }

    private QueenMember? Find(ulong id) => gate.Queen.Status.Members.FirstOrDefault(member => member.Id.Value == id);

    private bool AreTaken(ImmutableArray<string> urls, MemberId but) =>
        gate.Queen.Status.Members.Any(member => member.Id != but && member.PeerUrls.Any(url => urls.Contains(url, StringComparer.Ordinal)));

    private static bool AreValid(ImmutableArray<string> urls)
    {
        foreach (var url in urls)
            if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https" or "tcp") || parsed.PathAndQuery is not ("/" or "")) return false;
        return !urls.IsEmpty;
    }

    private static MemberId NewId()
    {
        Span<byte> random = stackalloc byte[8];
        RandomNumberGenerator.Fill(random);
        return new(Math.Max(BinaryPrimitives.ReadUInt64LittleEndian(random), 1));
    }

    private IEnumerable<MemberMessage> Members() => gate.Queen.Status.Members.Select(member => new MemberMessage
    {
        ID = member.Id.Value,
        Name = member.Name,
        PeerURLs = { member.PeerUrls },
        ClientURLs = { member.ClientUrls },
        IsLearner = member.IsLearner,
    });
}
