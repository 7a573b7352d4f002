using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Hive.Journal;
using Hive.Queen.Core;
using Hive.Queen.Shell;
using Hive.Queen.Storage;
using Hive.Raft;
using Hive.Store;

namespace Hive.Queen.Peers;

/// <summary>All links of one member: two to each peer, so that heartbeats never queue behind entries, and the port that theirs come in by.</summary>
internal sealed class PeerNetwork : IPeerEvents, IAsyncDisposable
{
    private sealed record Peer(PeerLink Urgent, PeerLink Bulk);

    private readonly QueenOptions _options;
    private readonly SnapshotFiles _snapshots;
    private readonly Func<InstallSnapshot, SnapshotInfo?> _fileOf;
    private readonly Action<QueenInput> _report;
    private readonly Action<QueenInput> _arrived;
    private readonly Action<TurnTaker> _turn;
    private readonly PeerTransport _transport;
    private readonly PeerListener? _listener;
    private readonly PeerTable<Peer> _peers;
    private readonly ConcurrentDictionary<LogPosition, ReceivedSnapshot> _received = new();
    private readonly ConcurrentDictionary<MemberId, bool> _leaving = new();
    private readonly ConcurrentBag<Task> _closing = [];
    private readonly CancellationTokenSource _stopping = new();
    private volatile bool _stopped;

    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<(QueenCode, MembershipOutcome)>> _calls = new();
    private ulong _lastCall;

    /// <summary>Does here what a follower asks of the leader. Set before the first connection is accepted.</summary>
    public Func<MembershipChange, CancellationToken, ValueTask<(QueenCode Code, MembershipOutcome Outcome)>> Serve { get; set; } =
        (_, _) => ValueTask.FromResult((QueenCode.Ok, MembershipOutcome.NotLeader));

    /// <param name="fileOf">The file that holds the snapshot which consensus wants sent, or null.</param>
    /// <param name="report">Gives the loop an input.</param>
    /// <param name="arrived">Adds an input to the loop, before <paramref name="turn"/>.</param>
    /// <param name="turn">Gives the loop its turn.</param>
    public PeerNetwork(
        QueenOptions options, SnapshotFiles snapshots, Func<InstallSnapshot, SnapshotInfo?> fileOf, Action<QueenInput> report,
        Action<QueenInput> arrived, Action<TurnTaker> turn)
    {
        (_options, _snapshots, _fileOf, _report, _arrived, _turn) = (options, snapshots, fileOf, report, arrived, turn);
        _transport = new PeerTransport(options.Tls, options.Limits);
        _peers = new PeerTable<Peer>(
            (member, address) => new Peer(Link(member, PeerLane.Urgent, address), Link(member, PeerLane.Bulk, address)), Close);
        if (options.PeerListen is { } endPoint) _listener = new PeerListener(endPoint, _transport, options, hello => new Receiver(this, hello));
    }

    public IPEndPoint? EndPoint => _listener?.EndPoint;

    /// <summary>Keeps links to exactly these members, at the addresses that they have now.</summary>
    public void Update(ImmutableArray<Member> members)
    {
        if (_stopped) return;
        foreach (Member member in members)
        {
            MemberAttributes attributes = MemberAttributes.Decode(member.Attributes);
            if (member.Id != _options.Self && attributes.PeerUrls.Length > 0) _peers.Connect(member.Id, attributes.PeerUrls[0]);
        }
        if (members.IsEmpty) return;
        foreach (MemberId known in _peers.Members())
        {
            bool stays = members.Any(m => m.Id == known);
            if (!stays && _leaving.TryAdd(known, true)) _closing.Add(FarewellAsync(known));
            else if (stays) _leaving.TryRemove(known, out _);
        }
    }

    /// <summary>Sends to each peer what waits for it, as far as its connections take it at once. Any thread may call it; none waits.</summary>
    public void Flush()
    {
        foreach (Peer peer in _peers.All)
        {
            peer.Bulk.Flush();
            peer.Urgent.Flush();
        }
    }

    /// <summary>Puts a message in front of its connection, or drops it when there is no link or its queue is full. It leaves with the next <see cref="Flush"/>.</summary>
    public void Send(RaftMessage message)
    {
        if (_peers.Find(message.To) is not { } peer)
        {
            if (message is InstallSnapshot) SnapshotSent(message.To, delivered: false);
            return;
        }
        switch (message)
        {
            case InstallSnapshot snapshot:
                if (!peer.Bulk.TryPut(new PeerItem(null, snapshot, PeerFrameKind.SnapshotBegin, default, 0))) SnapshotSent(message.To, delivered: false);
                break;
            case AppendRequest append:
                long bytes = 64;
                foreach (Entry entry in append.Entries) bytes += entry.ChargedBytes;
                PutBulk(peer, message, bytes);
                break;
            case CopyResponse copies:
                long copied = 64;
                foreach (Entry entry in copies.Entries) copied += entry.ChargedBytes;
                PutBulk(peer, message, copied);
                break;
            case ProposeRequest propose:
                PutBulk(peer, message, 64 + propose.Payload.Length);
                break;
            default:
                peer.Urgent.TryPut(new PeerItem(message, null, PeerFrameKind.Message, default, 64));
                break;
        }
    }

    /// <summary>Asks the leader to change the membership.</summary>
    public async ValueTask<(QueenCode Code, MembershipOutcome Outcome)> CallAsync(MemberId leader, MembershipChange change, CancellationToken cancellation)
    {
        ulong number = Interlocked.Increment(ref _lastCall);
        var answer = new TaskCompletionSource<(QueenCode, MembershipOutcome)>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[number] = answer;
        try
        {
            if (!PutCall(leader, PeerFrameKind.Request, MembershipCall.EncodeRequest(number, change))) return (QueenCode.NoLeader, MembershipOutcome.NotLeader);
            return await answer.Task.WaitAsync(_options.Limits.RequestTimeout, cancellation);
        }
        catch (TimeoutException)
        {
            return (QueenCode.TimedOut, MembershipOutcome.Ok);
        }
        finally
        {
            _calls.TryRemove(number, out _);
        }
    }

    /// <summary>Takes a peer's digest. Set before the first connection is accepted.</summary>
    public Action<MemberId, StateDigest> TakeDigest { get; set; } = (_, _) => { };

    /// <summary>Tells all peers the digest of this member's state.</summary>
    public void SendDigest(StateDigest digest)
    {
        byte[] content = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(content, digest.Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(8), digest.Value);
        foreach (MemberId peer in _peers.Members()) PutCall(peer, PeerFrameKind.Digest, content);
    }

    private bool PutCall(MemberId to, PeerFrameKind kind, byte[] content)
    {
        if (_peers.Find(to) is not { } peer || !peer.Urgent.TryPut(new PeerItem(null, null, kind, content, content.Length))) return false;
        peer.Urgent.Flush();
        return true;
    }

    /// <summary>Serves a follower's call; its owner is the connection's member, which waits with a time-out of its own.</summary>
    private async Task ServeAsync(MemberId from, byte[] payload)
    {
        if (!MembershipCall.TryDecodeRequest(payload, out ulong number, out MembershipChange change)) return;
        try
        {
            using var patience = new CancellationTokenSource(_options.Limits.RequestTimeout);
            var (code, outcome) = await Serve(change, patience.Token);
            PutCall(from, PeerFrameKind.Response, MembershipCall.EncodeResponse(number, code, outcome));
        }
        catch (OperationCanceledException)
        {
            PutCall(from, PeerFrameKind.Response, MembershipCall.EncodeResponse(number, QueenCode.TimedOut, MembershipOutcome.Ok));
        }
    }

    /// <summary>The file of a snapshot that consensus has accepted.</summary>
    public ReceivedSnapshot TakeReceived(SnapshotMetadata snapshot)
    {
        bool found = _received.TryRemove(new LogPosition(snapshot.Index, snapshot.Term), out ReceivedSnapshot? received);
        Invariant.Check(found, $"snapshot {snapshot.Index} was accepted and never arrived");
        foreach (LogPosition older in _received.Keys)
        {
            if (older.Index < snapshot.Index && _received.TryRemove(older, out ReceivedSnapshot? stale)) stale.Dispose();
        }
        return received!;
    }

    public void PeerLost(MemberId peer) => _report(new QueenInput.PeerLost(peer));

    public void SnapshotSent(MemberId peer, bool delivered) => _report(new QueenInput.SnapshotSent(peer, delivered));

    public async ValueTask<bool> StreamSnapshotAsync(
        InstallSnapshot order, Func<PeerFrameKind, ReadOnlyMemory<byte>, ValueTask> write, CancellationToken cancellation)
    {
        if (_fileOf(order) is not { } file) return false;
        using SnapshotReader? reader = _snapshots.Open(file.Path);
        if (reader is null) return false;
        _options.Log(QueenLogLevel.Information, $"sending the snapshot at {order.Snapshot.Index} ({reader.FileBytes} bytes) to member {order.To}");
        var head = new ArrayBufferWriter<byte>();
        RaftCodec.Write(order, head);
        await write(PeerFrameKind.SnapshotBegin, head.WrittenMemory);
        while (reader.Next() is { } chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            await write(PeerFrameKind.SnapshotChunk, chunk);
        }
        if (!reader.IsComplete)
        {
            _options.Log(QueenLogLevel.Error, $"{file.Path} does not verify any more");
            return false;
        }
        await write(PeerFrameKind.SnapshotEnd, default);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        _stopped = true;
        await _stopping.CancelAsync();
        _peers.CloseAll();
        if (_listener is not null) await _listener.DisposeAsync();
        await Task.WhenAll(_closing);
        foreach (ReceivedSnapshot received in _received.Values) received.Dispose();
    }

    /// <summary>Keeps the links to a member that was removed for a while: it is to learn of it.</summary>
    private async Task FarewellAsync(MemberId member)
    {
        await Task.Delay(_options.Limits.PeerFarewell, _stopping.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        if (!_stopped && _leaving.TryRemove(member, out _)) _peers.Close(member);
    }

    private void PutBulk(Peer peer, RaftMessage message, long bytes)
    {
        // A hole in the stream of entries: the follower would refuse all that follows, so that consensus had better probe at once.
        if (!peer.Bulk.TryPut(new PeerItem(message, null, PeerFrameKind.Message, default, bytes))) PeerLost(message.To);
    }

    private PeerLink Link(MemberId member, PeerLane lane, string address)
    {
        var hello = new PeerHello(_options.Cluster, _options.Self, member, lane, _options.PeerAdvertise ?? _listener?.EndPoint.ToString() ?? "");
        return new PeerLink(_transport, hello, address, _options, this);
    }

    private void Close(Peer peer)
    {
        _closing.Add(peer.Urgent.DisposeAsync().AsTask());
        _closing.Add(peer.Bulk.DisposeAsync().AsTask());
    }

    /// <summary>Takes what one incoming connection brings.</summary>
    private sealed class Receiver : IPeerReceiver
    {
        private readonly PeerNetwork _network;
        private readonly MemberId _from;
        private readonly PeerLane _lane;
        private SnapshotWriter? _writer;
        private InstallSnapshot? _install;

        public Receiver(PeerNetwork network, PeerHello hello)
        {
            (_network, _from, _lane) = (network, hello.From, hello.Lane);
            // A new member learns here where the one that calls can be answered.
            if (hello.Address.Length > 0) network._peers.ConnectIfUnknown(hello.From, hello.Address);
        }

        public void Receive(PeerFrameKind kind, byte[] payload)
        {
            switch (kind)
            {
                case PeerFrameKind.Message:
                    RaftMessage message = Decode(payload);
                    if (message is InstallSnapshot) throw new PeerProtocolException("a snapshot's message without the snapshot");
                    _network._arrived(new QueenInput.Message(message));
                    break;
                case PeerFrameKind.SnapshotBegin:
                    Begin(payload);
                    break;
                case PeerFrameKind.SnapshotChunk:
                    if (_install is null) throw new PeerProtocolException("a piece of no snapshot");
                    if (_writer?.Write(payload) == DiskStatus.NoSpace) GiveUp();
                    break;
                case PeerFrameKind.SnapshotEnd:
                    Finish();
                    break;
                case PeerFrameKind.Request:
                    if (!MembershipCall.TryDecodeRequest(payload, out _, out _)) throw new PeerProtocolException("a request that cannot be read");
                    _network._closing.Add(_network.ServeAsync(_from, payload));
                    break;
                case PeerFrameKind.Digest:
                    if (payload.Length != 16) throw new PeerProtocolException("a digest that cannot be read");
                    _network.TakeDigest(_from, new StateDigest(
                        new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(payload)), BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(8))));
                    break;
                case PeerFrameKind.Response:
                    if (!MembershipCall.TryDecodeResponse(payload, out ulong number, out QueenCode code, out MembershipOutcome outcome))
                    {
                        throw new PeerProtocolException("a response that cannot be read");
                    }
                    if (_network._calls.TryRemove(number, out var waiting)) waiting.TrySetResult((code, outcome));
                    break;
                default:
                    throw new PeerProtocolException($"a frame of kind {kind} out of place");
            }
        }

        /// <summary>The thread of a bulk connection may wait for the disk: what it would take next has to wait for it anyway.</summary>
        public void EndOfArrived() => _network._turn(_lane == PeerLane.Bulk ? TurnTaker.BulkPeer : TurnTaker.UrgentPeer);

        public void Dispose() => _writer?.Dispose();

        private RaftMessage Decode(byte[] payload)
        {
            if (!RaftCodec.TryRead(payload, out RaftMessage? message)) throw new PeerProtocolException("a message that cannot be read");
            if (message!.From != _from) throw new PeerProtocolException($"a message of member {message.From} from member {_from}");
            if (message.To != _network._options.Self) throw new PeerProtocolException($"a message for member {message.To}");
            return message;
        }

        private void Begin(byte[] payload)
        {
            _install = Decode(payload) as InstallSnapshot ?? throw new PeerProtocolException("no head of a snapshot");
            _writer?.Dispose();
            var position = new LogPosition(_install.Snapshot.Index, _install.Snapshot.Term);
            _writer = _network._snapshots.Begin(position, QueenStorage.EncodeHeader(_install.Snapshot));
            if (_writer is null) GiveUp();
        }

        private void GiveUp()
        {
            _network._options.Log(QueenLogLevel.Error, "no room on the disk for the leader's snapshot");
            _writer?.Dispose();
            _writer = null;
        }

        private void Finish()
        {
            if (_install is null) throw new PeerProtocolException("the end of no snapshot");
            InstallSnapshot install = _install;
            SnapshotInfo? file = _writer?.Finish();
            _writer?.Dispose();
            (_writer, _install) = (null, null);
            if (file is null) return;
            var received = new ReceivedSnapshot(file, install.Snapshot);
            _network._received.TryAdd(file.Position, received);
            _network._arrived(new QueenInput.Message(install));
        }
    }
}
