using System.Reflection;
using Google.Protobuf.Reflection;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;

namespace Hive.Etcd.Tests;

/// <summary>etcd's interface as a table, written from its documentation and not from the message files: services, methods, fields and their numbers.</summary>
public sealed class WireTableTests : FaceFixture
{
    /// <summary>A message and its fields in order of their numbers from 1; <c>n:name</c> where a number is skipped.</summary>
    private const string Messages = """
        ResponseHeader cluster_id member_id revision raft_term
        KeyValue key create_revision mod_revision version value lease
        Event type kv prev_kv
        RangeRequest key range_end limit revision sort_order sort_target serializable keys_only count_only min_mod_revision max_mod_revision min_create_revision max_create_revision
        RangeResponse header kvs more count
        RangeStreamResponse range_response
        PutRequest key value lease prev_kv ignore_value ignore_lease
        PutResponse header prev_kv
        DeleteRangeRequest key range_end prev_kv
        DeleteRangeResponse header deleted prev_kvs
        RequestOp request_range request_put request_delete_range request_txn
        ResponseOp response_range response_put response_delete_range response_txn
        Compare result target key version create_revision mod_revision value lease 64:range_end
        TxnRequest compare success failure
        TxnResponse header succeeded responses
        CompactionRequest revision physical
        CompactionResponse header
        HashRequest
        HashResponse header hash
        HashKVRequest revision
        HashKVResponse header hash compact_revision hash_revision
        SnapshotRequest
        SnapshotResponse header remaining_bytes blob version
        WatchRequest create_request cancel_request progress_request
        WatchCreateRequest key range_end start_revision progress_notify filters prev_kv watch_id fragment
        WatchCancelRequest watch_id
        WatchProgressRequest
        WatchResponse header watch_id created canceled compact_revision cancel_reason fragment 11:events
        LeaseGrantRequest TTL ID
        LeaseGrantResponse header ID TTL error
        LeaseRevokeRequest ID
        LeaseRevokeResponse header
        LeaseKeepAliveRequest ID
        LeaseKeepAliveResponse header ID TTL
        LeaseTimeToLiveRequest ID keys
        LeaseTimeToLiveResponse header ID TTL grantedTTL keys
        LeaseLeasesRequest
        LeaseLeasesResponse header leases
        LeaseStatus ID
        Member ID name peerURLs clientURLs isLearner
        MemberAddRequest peerURLs isLearner
        MemberAddResponse header member members
        MemberRemoveRequest ID
        MemberRemoveResponse header members
        MemberUpdateRequest ID peerURLs
        MemberUpdateResponse header members
        MemberListRequest linearizable
        MemberListResponse header members
        MemberPromoteRequest ID
        MemberPromoteResponse header members
        DefragmentRequest
        DefragmentResponse header
        MoveLeaderRequest targetID
        MoveLeaderResponse header
        AlarmRequest action memberID alarm
        AlarmResponse header alarms
        AlarmMember memberID alarm
        StatusRequest
        StatusResponse header version dbSize leader raftIndex raftTerm raftAppliedIndex errors dbSizeInUse isLearner storageVersion dbSizeQuota downgradeInfo
        DowngradeInfo enabled targetVersion
        DowngradeRequest action version
        DowngradeResponse header version
        AuthEnableRequest
        AuthEnableResponse header
        AuthDisableRequest
        AuthDisableResponse header
        AuthStatusRequest
        AuthStatusResponse header enabled authRevision
        AuthenticateRequest name password
        AuthenticateResponse header token
        AuthUserAddRequest name password options hashedPassword
        UserAddOptions no_password
        AuthUserGetRequest name
        AuthUserGetResponse header roles
        AuthUserListResponse header users
        AuthUserDeleteRequest name
        AuthUserChangePasswordRequest name password hashedPassword
        AuthUserGrantRoleRequest user role
        AuthUserRevokeRoleRequest name role
        AuthRoleAddRequest name
        AuthRoleGetRequest role
        AuthRoleGetResponse header perm
        AuthRoleListResponse header roles
        AuthRoleDeleteRequest role
        AuthRoleGrantPermissionRequest name perm
        AuthRoleRevokePermissionRequest role key range_end
        Permission permType key range_end
        LockRequest name lease
        LockResponse header key
        UnlockRequest key
        UnlockResponse header
        CampaignRequest name lease value
        CampaignResponse header leader
        LeaderKey name key rev lease
        LeaderRequest name
        LeaderResponse header kv
        ProclaimRequest leader value
        ProclaimResponse header
        ResignRequest leader
        ResignResponse header
        """;

    /// <summary>A service and its methods.</summary>
    private const string Services = """
        etcdserverpb.KV Range Put DeleteRange Txn Compact RangeStream
        etcdserverpb.Watch Watch
        etcdserverpb.Lease LeaseGrant LeaseRevoke LeaseKeepAlive LeaseTimeToLive LeaseLeases
        etcdserverpb.Cluster MemberAdd MemberRemove MemberUpdate MemberList MemberPromote
        etcdserverpb.Maintenance Alarm Status Defragment Hash HashKV Snapshot MoveLeader Downgrade
        etcdserverpb.Auth AuthEnable AuthDisable AuthStatus Authenticate UserAdd UserGet UserList UserDelete UserChangePassword UserGrantRole UserRevokeRole RoleAdd RoleGet RoleList RoleDelete RoleGrantPermission RoleRevokePermission
        v3lockpb.Lock Lock Unlock
        v3electionpb.Election Campaign Proclaim Leader Observe Resign
        grpc.health.v1.Health Check Watch
        """;

    /// <summary>Paths of the JSON gateway.</summary>
    private const string GatewayPaths = """
        kv/range kv/put kv/deleterange kv/txn kv/compaction watch
        lease/grant lease/revoke lease/keepalive lease/timetolive lease/leases kv/lease/revoke kv/lease/timetolive kv/lease/leases
        cluster/member/add cluster/member/remove cluster/member/update cluster/member/list cluster/member/promote
        maintenance/alarm maintenance/status maintenance/defragment maintenance/hash maintenance/hashkv maintenance/snapshot maintenance/transfer-leadership maintenance/downgrade
        auth/enable auth/disable auth/status auth/authenticate auth/user/add auth/user/get auth/user/list auth/user/delete auth/user/changepw auth/user/grant auth/user/revoke
        auth/role/add auth/role/get auth/role/list auth/role/delete auth/role/grant auth/role/revoke
        lock/lock lock/unlock election/campaign election/proclaim election/leader election/observe election/resign
        """;

    public static TheoryData<string> Methods
    {
        get
        {
            var methods = new TheoryData<string>();
            foreach (var line in Services.Split('\n').Select(line => line.Split(' ')))
                foreach (var method in line.Skip(1)) methods.Add($"/{line[0]}/{method}");
            return methods;
        }
    }

    [Fact]
    public void Every_message_has_the_fields_of_etcd_under_their_numbers()
    {
        var descriptors = typeof(RangeRequest).Assembly.GetTypes()
            .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null)).OfType<MessageDescriptor>()
            .ToDictionary(descriptor => descriptor.Name, StringComparer.Ordinal);
        foreach (var line in Messages.Split('\n').Select(line => line.Trim().Split(' ')))
        {
            var expected = new List<string>();
            var number = 0;
            foreach (var field in line.Skip(1).Select(field => field.Split(':')))
            {
                number = field.Length == 2 ? int.Parse(field[0]) : number + 1;
                expected.Add($"{number}:{field[^1]}");
            }
            Assert.Equal((line[0], string.Join(' ', expected)), (line[0], string.Join(' ', descriptors[line[0]].Fields.InFieldNumberOrder().Select(field => $"{field.FieldNumber}:{field.Name}"))));
        }
    }

    [Theory, MemberData(nameof(Methods))]
    public async Task Every_method_of_etcd_is_served(string path)
    {
        await using var call = Client.Open<RangeRequest, RangeResponse>(path, RangeResponse.Parser);
        // A frame that no message is: whoever serves the method says so, and who does not says "unknown".
        await call.SendRawAsync([9, 0, 0, 0, 0]);
        call.CompleteRequests();
        Assert.Equal((RpcCode.Internal, "grpc: malformed message frame"), await call.StatusAsync());
    }

    [Fact]
    public async Task Every_path_of_the_gateway_is_served_by_post_alone()
    {
        foreach (var path in GatewayPaths.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            using var malformed = new StringContent("[]");
            using var post = await Http.PostAsync(new Uri($"/v3/{path}", UriKind.Relative), malformed);
            Assert.Equal((path, 400), (path, (int)post.StatusCode));
            using var get = await Http.GetAsync(new Uri($"/v3/{path}", UriKind.Relative));
            Assert.Equal((path, 405), (path, (int)get.StatusCode));
        }
    }
}
