using System.Net;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Action = Hive.Etcd.Messages.AlarmRequest.Types.AlarmAction;

namespace Hive.Etcd.Tests;

public sealed class AlarmTests : FaceFixture
{
    private const ulong Member = 17;

    private async Task<(RpcCode Code, AlarmMember[] Alarms)> AlarmAsync(Action action, AlarmType alarm = AlarmType.None, ulong member = 0)
    {
        var request = new AlarmRequest { Action = action, Alarm = alarm, MemberID = member };
        var answer = await Client.CallAsync("/etcdserverpb.Maintenance/Alarm", request, AlarmResponse.Parser);
        return (answer.Code, [.. answer.Response?.Alarms ?? []]);
    }

    private static AlarmMember Of(AlarmType alarm, ulong member = Member) => new() { Alarm = alarm, MemberID = member };

    [Fact]
    public async Task While_space_is_short_growth_is_refused_and_deletes_pass_until_the_alarm_is_ended()
    {
        await PutAsync("a", "1");
        Assert.Equal([Of(AlarmType.Nospace)], (await AlarmAsync(Action.Activate, AlarmType.Nospace, Member)).Alarms);
        var put = await PutAsync("a", "2");
        Assert.Equal((RpcCode.ResourceExhausted, "etcdserver: mvcc: database space exceeded"), (put.Code, put.Message));
        Assert.Equal(RpcCode.ResourceExhausted, (await TxnAsync(new TxnRequest { Failure = { Put("b", "1") } })).Code);
        var grant = await Client.CallAsync("/etcdserverpb.Lease/LeaseGrant", new LeaseGrantRequest { TTL = 10 }, LeaseGrantResponse.Parser);
        Assert.Equal(RpcCode.ResourceExhausted, grant.Code);
        Assert.Equal(1, (await RangeAsync(new RangeRequest { Key = Bytes("a") })).Response!.Count);
        Assert.Equal(1, (await DeleteAsync("a")).Response!.Deleted);
        Assert.Equal(RpcCode.Ok, (await CompactAsync(2)).Code);

        Assert.Equal([Of(AlarmType.Nospace)], (await AlarmAsync(Action.Deactivate, AlarmType.Nospace, Member)).Alarms);
        Assert.Empty((await AlarmAsync(Action.Get)).Alarms);
        Assert.Equal(RpcCode.Ok, (await PutAsync("a", "3")).Code);
    }

    [Fact]
    public async Task While_a_member_is_corrupt_nothing_is_written()
    {
        await AlarmAsync(Action.Activate, AlarmType.Corrupt, Member);
        var put = await PutAsync("a", "1");
        Assert.Equal((RpcCode.DataLoss, "etcdserver: corrupt cluster"), (put.Code, put.Message));
        Assert.Equal(RpcCode.DataLoss, (await DeleteAsync("a")).Code);
        Assert.Equal(RpcCode.Ok, (await RangeAsync(new RangeRequest { Key = Bytes("a") })).Code);
    }

    [Fact]
    public async Task Alarms_are_listed_by_member_and_kind_and_told_by_status_and_health()
    {
        await AlarmAsync(Action.Activate, AlarmType.Corrupt, 9);
        await AlarmAsync(Action.Activate, AlarmType.Nospace, 9);
        await AlarmAsync(Action.Activate, AlarmType.Nospace, 3);
        Assert.Equal([Of(AlarmType.Nospace, 3), Of(AlarmType.Nospace, 9), Of(AlarmType.Corrupt, 9)], (await AlarmAsync(Action.Get)).Alarms);
        Assert.Equal([Of(AlarmType.Corrupt, 9)], (await AlarmAsync(Action.Get, AlarmType.Corrupt)).Alarms);
        Assert.Equal([Of(AlarmType.Nospace, 3)], (await AlarmAsync(Action.Get, member: 3)).Alarms);
        var status = await Client.CallAsync("/etcdserverpb.Maintenance/Status", new StatusRequest(), StatusResponse.Parser);
        Assert.Equal(["memberID:3 alarm:NOSPACE", "memberID:9 alarm:NOSPACE", "memberID:9 alarm:CORRUPT"], status.Response!.Errors);

        Assert.Equal("""{"health":"false","reason":"ALARM NOSPACE"}""", await GetAsync("/health", HttpStatusCode.ServiceUnavailable));
        Assert.Equal("""{"health":"false","reason":"ALARM CORRUPT"}""", await GetAsync("/health?exclude=NOSPACE", HttpStatusCode.ServiceUnavailable));
        Assert.Equal("""{"health":"true","reason":""}""", await GetAsync("/health?exclude=NOSPACE&exclude=CORRUPT", HttpStatusCode.OK));
        Assert.Contains("[-]data_corruption failed", await GetAsync("/readyz", HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_with_a_full_disk_raises_its_own_alarm_and_it_ends_by_itself()
    {
        Queen.IsSpaceLow = true;
        Assert.Equal([Of(AlarmType.Nospace, DirectQueen.Id.Value)], (await AlarmAsync(Action.Get)).Alarms);
        Queen.IsSpaceLow = false;
        Assert.Empty((await AlarmAsync(Action.Get)).Alarms);
    }

    [Fact]
    public async Task An_alarm_raised_twice_is_there_once_and_one_that_is_not_there_can_be_ended()
    {
        await AlarmAsync(Action.Activate, AlarmType.Nospace, Member);
        await AlarmAsync(Action.Activate, AlarmType.Nospace, Member);
        Assert.Single((await AlarmAsync(Action.Get)).Alarms);
        Assert.Equal((RpcCode.Ok, []), await AlarmAsync(Action.Deactivate, AlarmType.Corrupt, Member));
    }

    private async Task<string> GetAsync(string path, HttpStatusCode expected)
    {
        using var response = await Http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(expected, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}
