using Hive.Journal;
using Hive.Queen;
using Hive.Queen.Core;
using Hive.Raft;
using Hive.Simulation.Checkers;
using Hive.Simulation.Machines;
using Hive.Simulation.World;
using Hive.Store;

namespace Hive.Simulation;

/// <summary>The machines of one run, their network, and the checkers that watch them.</summary>
internal sealed class Cluster : IMemberWatcher
{
    private readonly SortedDictionary<MemberId, SimMember> _byId = [];
    private readonly List<SimMember> _members = [];
    private readonly HashSet<MemberId> _newlyElected = [];
    private readonly SimRandom _random;
    private readonly MemberWorld _world;
    private readonly Plan _plan;
    private readonly CommittedLog _committed;
    private readonly ConsensusChecker _consensus;
    private readonly Membership _genesis;

    public Cluster(Timeline timeline, Trace trace, SimRandom random, Plan plan, Mutant mutant, CommittedLog committed)
    {
        (_random, _plan, _committed) = (random, plan, committed);
        _consensus = new ConsensusChecker(committed);
        Network = new SimNetwork(timeline, trace, random.Fork(), Find) { Encodes = plan.Encodes, Faults = plan.Network, Mutant = mutant };
        var limits = new QueenLimits { SnapshotEntries = plan.SnapshotEntries, TrailingEntries = plan.TrailingEntries };
        var journal = new JournalLimits { SegmentBytes = 16 * 1024, SnapshotChunkBytes = 4 * 1024, Mutant = Mutations.InJournal(mutant) };
        var raft = new RaftLimits { AppendBytes = plan.AppendBytes, InflightMessages = plan.InflightMessages, CacheBytes = plan.CacheBytes };
        _world = new MemberWorld(timeline, trace, Network.Send, this, limits, journal, raft, mutant);
        _genesis = Genesis(plan);
        for (int i = 0; i < plan.Members + plan.Learners; i++) Add(_genesis);
    }

    public SimNetwork Network { get; }

    /// <summary>All machines that ever were, in id order.</summary>
    public IReadOnlyList<SimMember> Members => _members;

    /// <summary>The member that leads, as it believes itself: the one with the highest term.</summary>
    public SimMember? Leader
    {
        get
        {
            SimMember? newest = null;
            foreach (var member in _members)
                if (member.IsLeader && (newest is null || member.Core!.Raft.Term > newest.Core!.Raft.Term)) newest = member;
            return newest;
        }
    }

    /// <summary>A member came up.</summary>
    public event Action<SimMember>? CameUp;

    /// <summary>A member was elected.</summary>
    public event Action<SimMember>? Elected;

    /// <summary>A leader knows the first entries committed since it was elected.</summary>
    public event Action<SimMember>? FirstCommitted;

    public int Elections => _consensus.Elections;

    public SimMember? Find(MemberId id) => _byId.GetValueOrDefault(id);

    /// <summary>A machine for a member that is about to join: it knows nothing yet.</summary>
    public MemberId AddMember() => Add(Membership.Empty).Id;

    /// <summary>Whether this very entry was applied anywhere.</summary>
    public bool IsCommitted(EntryId id) => id.Index <= _committed.LastIndex && id.Index.Value > 0 && _committed.Entries[(int)id.Index.Value - 1].Entry.Term == id.Term;

    /// <summary>Whether the entry applied at this index changed the membership.</summary>
    public bool ChangesMembership(LogIndex index) => _committed.Entries[(int)index.Value - 1].Entry.Kind == EntryKind.Membership;

    /// <summary>The newest membership that is applied anywhere.</summary>
    public Membership CommittedMembership()
    {
        for (int i = _committed.Entries.Count - 1; i >= 0; i--)
        {
            var entry = _committed.Entries[i].Entry;
            if (entry.Kind == EntryKind.Membership && RaftCodec.TryReadMembership(entry.Payload, out var membership)) return membership;
        }
        return _genesis;
    }

    /// <summary>Every membership that a member may act on: the newest that is applied anywhere, and what each of its members has in its log (those that know of none yet left out).</summary>
    public List<Membership> MembershipsInForce()
    {
        var committed = CommittedMembership();
        return [committed, .. committed.Members.Select(m => Find(m.Id)!.Membership).Where(m => m.Members.Length > 0)];
    }

    private static Membership Genesis(Plan plan)
    {
        var members = new List<Member>();
        for (int i = 1; i <= plan.Members + plan.Learners; i++)
            members.Add(new Member(new MemberId((ulong)i), i <= plan.Members ? MemberKind.Voter : MemberKind.Learner, false, default));
        return Membership.TryCreate(members, out var genesis) ? genesis : throw Invariant.Fail($"{plan} is no membership");
    }

    private SimMember Add(Membership genesis)
    {
        var id = new MemberId((ulong)_members.Count + 1);
        int clock = _plan.Faults.HasFlag(Faults.Drift) ? _random.Between(MemberClock.Slowest, MemberClock.Fastest + 1) : MemberClock.Right;
        var member = new SimMember(_world, id, genesis, _random.Fork(), clock) { CrashPointsPerMille = _plan.CrashPointsPerMille, Leases = _plan.Leases, HeldUpOnceIn = _plan.Faults.HasFlag(Faults.Pause) ? 5000 : 0 };
        _byId.Add(id, member);
        _members.Add(member);
        member.Start();
        return member;
    }

    void IMemberWatcher.Started(SimMember member)
    {
        _committed.Started(member);
        CameUp?.Invoke(member);
    }

    void IMemberWatcher.Crashed(SimMember member) => Network.Dropped(member.Id, _members);

    void IMemberWatcher.Ready(SimMember member, Ready ready)
    {
        _consensus.Ready(member, ready);
        TellOfLeaders(member, ready);
        bool votes = ready.SendAfterPersist.Any(m => m is VoteResponse { Granted: true });
        // Right behind a promise is where a crash hurts most.
        if (!votes || member.CrashPointsPerMille == 0 || !_random.OneIn(4)) return;
        // Planned before the world was healed, it would strike afterwards, and nobody starts the member again (seed 1000013).
        member.Later(TimeSpan.FromMicroseconds(_random.Between(500, 4000)), () => { if (member.CrashPointsPerMille > 0) member.Crash(); });
    }

    private void TellOfLeaders(SimMember member, Ready ready)
    {
        if (!member.IsLeader) return;
        if (ready.SoftState is { Role: RaftRole.Leader })
        {
            _newlyElected.Add(member.Id);
            Elected?.Invoke(member);
        }
        if (!ready.Committed.IsEmpty && _newlyElected.Remove(member.Id)) FirstCommitted?.Invoke(member);
    }

    void IMemberWatcher.Applied(SimMember member, Entry entry, ProposalHeader header, ReadOnlyMemory<byte> command, ApplyResult result) =>
        _committed.Applied(member, entry, header, command, result);

    void IMemberWatcher.Installed(SimMember member, LogIndex index) => _committed.Installed(member, index);
}
