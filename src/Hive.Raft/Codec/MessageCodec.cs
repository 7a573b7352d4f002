using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>The wire form of each <see cref="RaftMessage"/>: kind, from, to, term, then its own fields in their order.</summary>
internal static class MessageCodec
{
    private enum Kind : byte
    {
        PreVoteRequest = 1, PreVoteResponse, VoteRequest, VoteResponse, AppendRequest, AppendResponse, Heartbeat, HeartbeatResponse,
        InstallSnapshot, TimeoutNow, ProposeRequest, ProposeRefused, ReadIndexRequest, ReadIndexResponse, TransferRequest,
        LineageRequest, LineageResponse, CopyRequest, CopyResponse,

        // A kind of its own, so that answers without a promise look as they did before there were any, and are read by members that know none.
        HeartbeatPromise,
    }

    public static void Write(RaftMessage message, ByteWriter writer)
    {
        writer.Byte((byte)KindOf(message));
        writer.Number(message.From.Value);
        writer.Number(message.To.Value);
        if (!IsTermless(KindOf(message))) writer.Number(message.Term.Value);
        switch (message)
        {
            case PreVoteRequest m:
                writer.Number(m.LastIndex.Value);
                writer.Number(m.LastTerm.Value);
                break;
            case PreVoteResponse m: writer.Flag(m.Granted); break;
            case VoteRequest m:
                writer.Number(m.LastIndex.Value);
                writer.Number(m.LastTerm.Value);
                writer.Flag(m.Transfer);
                break;
            case VoteResponse m: writer.Flag(m.Granted); break;
            case AppendRequest m: WriteAppend(m, writer); break;
            case AppendResponse m: WriteAppendResponse(m, writer); break;
            case Heartbeat m:
                writer.Number(m.Commit.Value);
                writer.Number(m.Round);
                break;
            case HeartbeatResponse m:
                writer.Number(m.Round);
                if (m.Promise > TimeSpan.Zero) writer.Number((ulong)m.Promise.Ticks);
                break;
            case InstallSnapshot m: RaftCodec.WriteSnapshotMetadata(m.Snapshot, writer); break;
            case TimeoutNow: break;
            case ProposeRequest m:
                writer.Number(m.Incarnation);
                writer.Number(m.Tag);
                writer.Bytes(m.Payload.Span);
                break;
            case ProposeRefused m:
                writer.Number(m.Incarnation);
                writer.Number(m.Tag);
                break;
            case ReadIndexRequest m: WriteContext(m.Context, writer); break;
            case ReadIndexResponse m:
                WriteContext(m.Context, writer);
                writer.Number(m.Index.Value);
                writer.Flag(m.Refused);
                break;
            case TransferRequest m: writer.Number(m.Target.Value); break;
            case LineageRequest m: WriteId(m.Entry, writer); break;
            case LineageResponse m: WriteLineage(m, writer); break;
            case CopyRequest m:
                WriteId(m.First, writer);
                writer.Number(m.Last.Value);
                writer.Flag(m.OrSnapshot);
                break;
            case CopyResponse m: WriteCopies(m, writer); break;
        }
    }

    /// <summary>Reads a message; null, or a failed reader, when it is none.</summary>
    public static RaftMessage? Read(ref ByteReader reader)
    {
        var kind = (Kind)reader.Byte();
        var from = reader.Member();
        var to = reader.Member();
        var term = IsTermless(kind) ? Term.Zero : reader.Term();
        if (from.IsNone || to.IsNone || (term == Term.Zero && !IsTermless(kind) && kind != Kind.InstallSnapshot)) reader.Fail();
        return kind switch
        {
            Kind.PreVoteRequest => new PreVoteRequest(from, to, term, reader.Index(), reader.Term()),
            Kind.PreVoteResponse => new PreVoteResponse(from, to, term, reader.Flag()),
            Kind.VoteRequest => new VoteRequest(from, to, term, reader.Index(), reader.Term(), reader.Flag()),
            Kind.VoteResponse => new VoteResponse(from, to, term, reader.Flag()),
            Kind.AppendRequest => ReadAppend(ref reader, from, to, term),
            Kind.AppendResponse => new AppendResponse(from, to, term, reader.Index(), reader.Flag(), reader.Index(), reader.Term(), reader.Flag()),
            Kind.Heartbeat => new Heartbeat(from, to, term, reader.Index(), reader.Number()),
            Kind.HeartbeatResponse => new HeartbeatResponse(from, to, term, reader.Number(), TimeSpan.Zero),
            Kind.HeartbeatPromise => new HeartbeatResponse(from, to, term, reader.Number(), ReadPromise(ref reader)),
            Kind.InstallSnapshot => ReadInstall(ref reader, from, to, term),
            Kind.TimeoutNow => new TimeoutNow(from, to, term),
            Kind.ProposeRequest => new ProposeRequest(from, to, reader.Number(), reader.Number(), reader.Bytes()),
            Kind.ProposeRefused => new ProposeRefused(from, to, reader.Number(), reader.Number()),
            Kind.ReadIndexRequest => new ReadIndexRequest(from, to, ReadContext(ref reader)),
            Kind.ReadIndexResponse => new ReadIndexResponse(from, to, ReadContext(ref reader), reader.Index(), reader.Flag()),
            Kind.TransferRequest => new TransferRequest(from, to, reader.Member()),
            Kind.LineageRequest => new LineageRequest(from, to, ReadId(ref reader)),
            Kind.LineageResponse => ReadLineage(ref reader, from, to),
            Kind.CopyRequest => new CopyRequest(from, to, ReadId(ref reader), reader.Index(), reader.Flag()),
            Kind.CopyResponse => ReadCopies(ref reader, from, to),
            _ => null,
        };
    }

    private static TimeSpan ReadPromise(ref ByteReader reader)
    {
        var promise = new TimeSpan((long)reader.Ordinal());
        if (promise == TimeSpan.Zero) reader.Fail();
        return promise;
    }

    private static bool IsTermless(Kind kind) => kind is >= Kind.ProposeRequest and <= Kind.CopyResponse;

    private static Kind KindOf(RaftMessage message) => message switch
    {
        PreVoteRequest => Kind.PreVoteRequest,
        PreVoteResponse => Kind.PreVoteResponse,
        VoteRequest => Kind.VoteRequest,
        VoteResponse => Kind.VoteResponse,
        AppendRequest => Kind.AppendRequest,
        AppendResponse => Kind.AppendResponse,
        Heartbeat => Kind.Heartbeat,
        HeartbeatResponse { Promise.Ticks: > 0 } => Kind.HeartbeatPromise,
        HeartbeatResponse => Kind.HeartbeatResponse,
        InstallSnapshot => Kind.InstallSnapshot,
        TimeoutNow => Kind.TimeoutNow,
        ProposeRequest => Kind.ProposeRequest,
        ProposeRefused => Kind.ProposeRefused,
        ReadIndexRequest => Kind.ReadIndexRequest,
        ReadIndexResponse => Kind.ReadIndexResponse,
        TransferRequest => Kind.TransferRequest,
        LineageRequest => Kind.LineageRequest,
        LineageResponse => Kind.LineageResponse,
        CopyRequest => Kind.CopyRequest,
        CopyResponse => Kind.CopyResponse,
        _ => throw Invariant.Fail($"message without a wire form: {message}"),
    };

    private static void WriteAppend(AppendRequest request, ByteWriter writer)
    {
        writer.Number(request.PreviousIndex.Value);
        writer.Number(request.PreviousTerm.Value);
        writer.Number(request.Commit.Value);
        writer.Number((ulong)request.Entries.Length);
        foreach (var entry in request.Entries) RaftCodec.WriteBody(entry, writer);
    }

    /// <summary>Entries follow the previous one without gaps, so that they carry no index; their terms never fall and never pass the message's.</summary>
    private static AppendRequest ReadAppend(ref ByteReader reader, MemberId from, MemberId to, Term term)
    {
        var previousIndex = reader.Index();
        var previousTerm = reader.Term();
        var commit = reader.Index();
        ulong count = reader.Number();
        if (count > (ulong)reader.Remaining) reader.Fail();
        var entries = ImmutableArray.CreateBuilder<Entry>();
        var lastTerm = previousTerm;
        for (ulong i = 0; i < count && !reader.Failed; i++)
        {
            var entry = RaftCodec.ReadBody(ref reader, previousIndex + (i + 1));
            if (entry.Term < lastTerm || entry.Term > term) reader.Fail();
            lastTerm = entry.Term;
            entries.Add(entry);
        }
        if (previousTerm > term || (previousIndex == LogIndex.Zero) != (previousTerm == Term.Zero)) reader.Fail();
        return new AppendRequest(from, to, term, previousIndex, previousTerm, entries.ToImmutable(), commit);
    }

    private static void WriteAppendResponse(AppendResponse response, ByteWriter writer)
    {
        writer.Number(response.Index.Value);
        writer.Flag(response.Rejected);
        writer.Number(response.HintIndex.Value);
        writer.Number(response.HintTerm.Value);
        writer.Flag(response.LostLog);
    }

    private static InstallSnapshot ReadInstall(ref ByteReader reader, MemberId from, MemberId to, Term term)
    {
        var snapshot = RaftCodec.ReadSnapshotMetadata(ref reader);
        if (snapshot.Index == LogIndex.Zero || snapshot.Term == Term.Zero || (snapshot.Term > term && term > Term.Zero)) reader.Fail();
        return new InstallSnapshot(from, to, term, snapshot);
    }

    private static void WriteId(EntryId id, ByteWriter writer)
    {
        writer.Number(id.Index.Value);
        writer.Number(id.Term.Value);
    }

    private static EntryId ReadId(ref ByteReader reader) => new(reader.Index(), reader.Term());

    private static void WriteLineage(LineageResponse response, ByteWriter writer)
    {
        WriteId(response.Entry, writer);
        writer.Number((ulong)response.Runs.Length);
        foreach (var run in response.Runs) WriteId(run, writer);
    }

    /// <summary>The first run is of the entry's own term; index and term fall from run to run.</summary>
    private static LineageResponse ReadLineage(ref ByteReader reader, MemberId from, MemberId to)
    {
        var entry = ReadId(ref reader);
        ulong count = reader.Number();
        if (count is 0 or > RepairAnswers.MaxRuns) reader.Fail();
        var runs = ImmutableArray.CreateBuilder<EntryId>();
        for (ulong i = 0; i < count && !reader.Failed; i++)
        {
            var run = ReadId(ref reader);
            bool follows = i == 0 ? run.Term == entry.Term && run.Index <= entry.Index : run.Term < runs[^1].Term && run.Index < runs[^1].Index;
            if (!follows) reader.Fail();
            runs.Add(run);
        }
        return new LineageResponse(from, to, entry, runs.ToImmutable());
    }

    private static void WriteCopies(CopyResponse response, ByteWriter writer)
    {
        writer.Number(response.Entries[0].Index.Value);
        writer.Number((ulong)response.Entries.Length);
        foreach (var entry in response.Entries) RaftCodec.WriteBody(entry, writer);
    }

    private static CopyResponse ReadCopies(ref ByteReader reader, MemberId from, MemberId to)
    {
        var first = reader.Index();
        ulong count = reader.Number();
        if (first == LogIndex.Zero || count == 0 || count > (ulong)reader.Remaining) reader.Fail();
        var entries = ImmutableArray.CreateBuilder<Entry>();
        for (ulong i = 0; i < count && !reader.Failed; i++) entries.Add(RaftCodec.ReadBody(ref reader, first + i));
        return new CopyResponse(from, to, entries.ToImmutable());
    }

    private static void WriteContext(ReadContext context, ByteWriter writer)
    {
        writer.Number(context.Incarnation);
        writer.Number(context.Number);
    }

    private static ReadContext ReadContext(ref ByteReader reader) => new(reader.Number(), reader.Number());
}
