using System.Buffers;
using System.Collections.Immutable;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Auth;
using Hive.Journal;
using Hive.Queen.Archive;

namespace Hive.Etcd.Services.Archive;

/// <summary>hive.v1.Archive: the log itself, for those who keep it. As much as a snapshot it holds everything: for administrators only.</summary>
internal sealed class ArchiveService(QueenGate gate, AuthGate auth)
{
    public static readonly RpcStatus Gone = new(RpcCode.OutOfRange, "hive: the log does not reach back so far any more; go on from a snapshot");

    public static readonly RpcStatus Differs = new(
        RpcCode.FailedPrecondition, "hive: the entry to go on behind is not in this cluster's log (it is of another cluster, or of what a recovery gave up); go on from a snapshot");

    public static readonly RpcStatus Unreadable = new(RpcCode.DataLoss, "hive: this member's disk has lost a part of the log; ask another member");

    public static readonly RpcStatus NotServed = new(RpcCode.Unimplemented, "hive: this member has no log to read from");

    public ImmutableArray<RpcMethod> Methods =>
    [
        new StreamMethod<LogRequest, LogResponse>(RpcKind.ServerStream, "hive.v1.Archive", "Log", LogRequest.Parser, LogAsync, "/v3/hive/log"),
    ];

    private async ValueTask<RpcStatus> LogAsync(RpcContext context, RpcStream<LogRequest, LogResponse> stream, CancellationToken cancellation)
    {
        if (await stream.ReadAsync(cancellation) is not { } request) return RpcStatus.Ok;
        // A barrier: what the caller has of the log is applied here too, or it is another log.
        var read = await gate.ReadAsync(serializable: false, cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        if (auth.CheckAdmin(context) is { IsOk: false } refused) return refused;
        var header = gate.Header(snapshot);
        var after = new LogPosition(new LogIndex(request.AfterIndex), new Term(request.AfterTerm));
        while (true)
        {
            LogReading reading = gate.Queen.ReadLog(after, gate.Limits.LogBatchBytes);
            if (reading.Code != LogReadCode.Ok) return Of(reading.Code);
            bool complete = reading.Complete || (reading.Entries is [.., var end] && end.Index >= snapshot.AppliedIndex);
            var records = new ArrayBufferWriter<byte>();
            foreach (AppliedEntry entry in reading.Entries) ArchiveFormat.Write(entry, records);
            await stream.WriteAsync(new LogResponse { Header = header, Records = StoreMessages.Wrap(records.WrittenMemory), Complete = complete }, cancellation);
            if (complete) return RpcStatus.Ok;
            after = new LogPosition(reading.Entries[^1].Index, reading.Entries[^1].Term);
        }
    }

    private static RpcStatus Of(LogReadCode code) => code switch
    {
        LogReadCode.Gone => Gone,
        LogReadCode.Differs => Differs,
        LogReadCode.Unreadable => Unreadable,
        _ => NotServed,
    };
}
