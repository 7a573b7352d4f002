using System.Collections.Immutable;
using System.Text;
using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Queen;
using Hive.Store;

namespace Hive.Etcd.Services.Maintenance;

/// <summary>
/// The cluster's alarms: those that somebody raised (one record of the store, so that every member heeds them), and this member's own "no space"
/// while its disk is nearly full, which comes and goes by itself.
/// </summary>
internal sealed class AlarmBook(IQueen queen)
{
    private static readonly ReadOnlyMemory<byte> RecordName = Encoding.ASCII.GetBytes("etcd/alarms");
    private readonly ReplicatedRecord<AlarmState> _record = new(queen, RecordName, (version, value) => new AlarmState(version, AlarmRecord.Parser.ParseFrom(value.Span)));

    /// <summary>Whatever is raised now, in order of member and kind.</summary>
    public IReadOnlyList<AlarmMember> Raised
    {
        get
        {
            var raised = _record.Current.Record.Alarms;
            var status = queen.Status;
            if (!status.IsSpaceLow) return raised;
            var own = new AlarmMember { MemberID = status.Self.Value, Alarm = AlarmType.Nospace };
            return raised.Contains(own) ? raised : [.. raised, own];
        }
    }

    /// <summary>Refuses what a raised alarm forbids: growth while space is short, every write while a member is corrupt.</summary>
    public RpcStatus Check(Command command)
    {
        var state = _record.Current;
        if (state.IsEmpty || command is SetRecordCommand) return RpcStatus.Ok;
        if (state.Has(AlarmType.Corrupt)) return EtcdErrors.CorruptCluster;
        return command.Grows && state.Has(AlarmType.Nospace) ? EtcdErrors.NoSpace : RpcStatus.Ok;
    }

    /// <summary>Raises or ends an alarm. Answers with the alarms that it raised or ended: none when there was nothing to do.</summary>
    /// <param name="propose">Proposes for who asked for it, as long as they may.</param>
    public async ValueTask<RpcResult<ImmutableList<AlarmMember>>> ChangeAsync(
        bool raise, AlarmMember alarm, Func<Command, ValueTask<RpcResult<ApplyResult>>> propose, CancellationToken cancellation)
    {
        while (true)
        {
            var (code, snapshot) = await queen.ReadAsync(cancellation);
            if (code != QueenCode.Ok) return EtcdErrors.Of(code);
            var state = _record.Read(snapshot!);
            if (state.Record.Alarms.Contains(alarm) == raise) return raise ? ImmutableList.Create(alarm) : [];
            var changed = state.Record.Clone();
            changed.Changes++;
            if (raise) Insert(changed, alarm);
            else changed.Alarms.Remove(alarm);
            var proposed = await propose(new SetRecordCommand(RecordName, state.Version, changed.ToByteArray()));
            if (!proposed.Succeeded(out var applied, out var status)) return status;
            if (((RecordResult)applied.Result!).Taken) return ImmutableList.Create(alarm);
        }
    }

    private static void Insert(AlarmRecord record, AlarmMember alarm)
    {
        var at = 0;
        while (at < record.Alarms.Count && (record.Alarms[at].MemberID, record.Alarms[at].Alarm).CompareTo((alarm.MemberID, alarm.Alarm)) < 0) at++;
        record.Alarms.Insert(at, alarm);
    }

    /// <param name="Version">Of the record in the store; 0: there is none.</param>
    private sealed record AlarmState(long Version, AlarmRecord Record)
    {
        public bool IsEmpty => Record.Alarms.Count == 0;

        public bool Has(AlarmType kind) => Record.Alarms.Any(alarm => alarm.Alarm == kind);
    }
}
