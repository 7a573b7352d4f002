using System.Buffers;
using Hive.Queen.Core;
using Hive.Raft;
using Hive.Simulation.World;

namespace Hive.Simulation.Machines;

/// <summary>How the network of a run behaves while faults are on.</summary>
/// <param name="StragglersPerMille">So many messages come late, by up to two seconds: over elections and restarts.</param>
/// <param name="Late">Of these kinds of message, <paramref name="LatePerMille"/> come late, by up to <paramref name="LateBy"/>.</param>
internal sealed record NetworkFaults(
    TimeSpan Shortest, TimeSpan Longest, int LossPerMille, int DuplicatesPerMille, bool Reorders, int StragglersPerMille = 0, Type[]? Late = null, TimeSpan LateBy = default,
    int LatePerMille = 0);

/// <summary>
/// The links between members. A forwarded proposal arrives at most once, as over one connection; everything else consensus must bear: loss,
/// duplication, reordering, cuts in one or both directions.
/// </summary>
internal sealed class SimNetwork(Timeline timeline, Trace trace, SimRandom random, Func<MemberId, SimMember?> find)
{
    private static readonly TimeSpan Straggling = TimeSpan.FromSeconds(2);

    private readonly Dictionary<(MemberId From, MemberId To), TimeSpan> _lastArrival = [];
    private readonly HashSet<(MemberId From, MemberId To)> _cut = [];
    private readonly Dictionary<(MemberId From, MemberId To), TimeSpan> _stalled = [];
    private readonly ArrayBufferWriter<byte> _wire = new();

    /// <summary>Everything crosses the codec in such runs.</summary>
    public bool Encodes { get; init; }

    public Mutant Mutant { get; init; }

    public NetworkFaults Faults { get; set; } = Healthy;

    public static NetworkFaults Healthy { get; } = new(TimeSpan.FromMicroseconds(100), TimeSpan.FromMicroseconds(600), 0, 0, false);

    public long Sent { get; private set; }

    public void Cut(MemberId from, MemberId to) => _cut.Add((from, to));

    /// <summary>The connections between two members break, and both see it at once.</summary>
    public void Break(MemberId one, MemberId other)
    {
        find(one)?.Put(new QueenInput.PeerLost(other));
        find(other)?.Put(new QueenInput.PeerLost(one));
    }

    /// <summary>The link holds everything back until then.</summary>
    public void Stall(MemberId from, MemberId to, TimeSpan until) => _stalled[(from, to)] = until;

    /// <summary>No link is cut any more. What stalls goes on to.</summary>
    public void Heal() => _cut.Clear();

    public void Send(RaftMessage message)
    {
        Sent++;
        if (message is InstallSnapshot install)
        {
            SendSnapshot(install);
            return;
        }
        trace.Event(message.GetType().Name, message.To.Value, message.From.Value, message.Term.Value);
        if (trace.Prints) trace.Note(message.To.Value, message.ToString());
        if (_cut.Contains((message.From, message.To)) || random.PerMille(Faults.LossPerMille))
        {
            trace.Event("lost", message.To.Value, message.From.Value, message.Term.Value);
            if (random.OneIn(4)) find(message.From)?.Put(new QueenInput.PeerLost(message.To));
            return;
        }
        if (Encodes) message = ThroughCodec(message);
        bool twice = message is not ProposeRequest || Mutant == Mutant.ProposalDeliveredTwice;
        if (Faults.Late is { } late && Array.IndexOf(late, message.GetType()) >= 0 && random.PerMille(Faults.LatePerMille))
        {
            DeliverLate(message);
            if (!twice || random.OneIn(2)) return;
        }
        Deliver(message);
        if (twice && random.PerMille(Faults.DuplicatesPerMille)) Deliver(message);
    }

    /// <summary>A process died: those it was connected to mostly see the connection break.</summary>
    public void Dropped(MemberId died, IReadOnlyList<SimMember> members)
    {
        if (random.OneIn(3)) return;
        foreach (var member in members)
        {
            if (member.Id == died) continue;
            timeline.After(random.Between(Faults.Shortest, Faults.Longest), () =>
            {
                if (!_cut.Contains((died, member.Id))) member.Put(new QueenInput.PeerLost(died));
            });
        }
    }

    private void Deliver(RaftMessage message)
    {
        var link = (message.From, message.To);
        var sent = _stalled.TryGetValue(link, out var until) && until > timeline.Now ? until : timeline.Now;
        var at = sent + random.Between(Faults.Shortest, Faults.Longest);
        if (random.PerMille(Faults.StragglersPerMille)) at += random.Between(TimeSpan.Zero, Straggling);
        if (!Faults.Reorders)
        {
            if (_lastArrival.TryGetValue(link, out var last) && last > at) at = last;
            _lastArrival[link] = at;
        }
        timeline.After(at - timeline.Now, () =>
        {
            if (_cut.Contains((message.From, message.To))) return;
            find(message.To)?.Receive(message);
        });
    }

    /// <summary>It is beyond any cut already, and comes when it comes.</summary>
    private void DeliverLate(RaftMessage message) =>
        timeline.After(random.Between(Faults.Shortest, Faults.LateBy), () => find(message.To)?.Receive(message));

    /// <summary>The file is streamed beside the message; both arrive, or neither, and the sender is told.</summary>
    private void SendSnapshot(InstallSnapshot install)
    {
        var chunks = find(install.From)!.ReadSnapshot(install);
        timeline.After(random.Between(Faults.Longest, Faults.Longest * 20), () =>
        {
            var to = find(install.To);
            bool arrives = chunks is not null && !_cut.Contains((install.From, install.To)) && !random.PerMille(Faults.LossPerMille * 4) && to is { IsUp: true };
            bool delivered = arrives && to!.ReceiveSnapshot(install, chunks!);
            trace.Event("snapshot-sent", install.To.Value, install.Snapshot.Index.Value, delivered ? 1u : 0);
            find(install.From)?.Put(new QueenInput.SnapshotSent(install.To, delivered));
        });
    }

    private RaftMessage ThroughCodec(RaftMessage message)
    {
        _wire.ResetWrittenCount();
        RaftCodec.Write(message, _wire);
        byte[] bytes = _wire.WrittenSpan.ToArray();
        Violation.Unless(RaftCodec.TryRead(bytes, out var read), "codec", () => $"{message} cannot be read back");
        return read!;
    }
}
