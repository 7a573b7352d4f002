namespace Hive.Raft.Tests.Cluster;

/// <summary>A cluster under a random network, random disks and random crashes, all from one seed.</summary>
internal sealed class RandomCluster
{
    private readonly Random _random;
    private readonly SortedDictionary<MemberId, TestMember> _members = [];
    private readonly List<RaftMessage> _wire = [];
    private readonly SafetyChecker _checker = new();
    private readonly Membership _genesis;
    private readonly int _loss;
    private readonly int _duplication;
    private readonly bool _reorder;
    private readonly bool _preVote;
    private readonly bool _checkQuorum;
    private readonly SortedSet<(MemberId, MemberId)> _cut = [];
    private TimeSpan _now;
    private ulong _number;
    private bool _healed;

    public RandomCluster(int seed)
    {
        _random = new Random(seed);
        int size = _random.Next(1, 6);
        _loss = _random.Next(3) == 0 ? _random.Next(30) : 0;
        _duplication = _random.Next(3) == 0 ? _random.Next(20) : 0;
        _reorder = _random.Next(2) == 0;
        _preVote = _random.Next(4) > 0;
        _checkQuorum = _random.Next(4) > 0;
        _genesis = Membership.Of([.. Enumerable.Range(1, size).Select(i => (ulong)i)]);
        for (int i = 1; i <= size; i++) Add(new MemberId((ulong)i), _genesis);
    }

    public SafetyChecker Checker => _checker;

    public void Run(int steps)
    {
        for (int i = 0; i < steps; i++) Step();
        Heal();
    }

    private void Add(MemberId id, Membership genesis)
    {
        var options = new RaftOptions
        {
            Self = id,
            Incarnation = 0,
            PreVote = _preVote,
            CheckQuorum = _checkQuorum,
            DiskStallTicks = _random.Next(2) * 8,
            Limits = new RaftLimits
            {
                AppendBytes = _random.Next(1, 2000),
                InflightMessages = _random.Next(1, 10),
                InflightBytes = _random.Next(1, 5000),
                CacheBytes = _random.Next(2000),
                ApplyBytes = _random.Next(1, 1000),
                ApplyInflightBytes = 2000,
            },
        };
        var member = new TestMember(options, genesis, Send);
        _checker.Watch(member);
        _members.Add(id, member);
    }

    private void Send(RaftMessage message)
    {
        // A snapshot's stream has an end that its sender is told of: whether it is lost shows at delivery.
        if (!_healed && message is not InstallSnapshot && (_random.Next(100) < _loss || _cut.Contains((message.From, message.To)))) return;
        // Everything crosses the codec, so that what it cannot carry shows up here.
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        RaftCodec.Write(message, buffer);
        Assert.True(RaftCodec.TryRead(buffer.WrittenMemory, out var read), $"{message} cannot be read back");
        _wire.Add(read!);
        if (!_healed && _random.Next(100) < _duplication) _wire.Add(read!);
    }

    private TestMember Any() => _members.Values.ElementAt(_random.Next(_members.Count));

    private void Step()
    {
        int dice = _random.Next(1000);
        var member = Any();
        if (dice < 500) Deliver(_reorder ? _random.Next(Math.Max(1, _wire.Count)) : 0);
        else if (!member.IsUp) { if (dice < 600) member.Start(); }
        else if (dice < 650) Tick(member);
        else if (dice < 780) { if (member.HasWrites) member.CompleteWrite(); }
        else if (dice < 870) { if (member.HasApplies) member.CompleteApply(); }
        else if (dice < 930) Propose(member);
        else if (dice < 970) Read(member);
        else if (dice < 975) member.Crash(_random.Next(4));
        else if (dice < 980) member.Compact((ulong)_random.Next(5));
        else if (dice < 984) member.Node.TransferLeadership(_members.Keys.ElementAt(_random.Next(_members.Count)));
        else if (dice < 990) ChangeMembership(member);
        else if (dice < 995) Partition();
        else member.Node.SetElectionTimeout(_random.Next(5, 20));
        if (member.IsUp) member.Drain();
    }

    private void Tick(TestMember member)
    {
        _now += TimeSpan.FromMilliseconds(10);
        member.Node.Observe(new ClockReading(_now, new WallTime(_random.Next(1_000_000))));
        member.Node.Tick();
    }

    private void Deliver(int at)
    {
        if (_wire.Count == 0) return;
        var message = _wire[at];
        _wire.RemoveAt(at);
        bool lost = message is InstallSnapshot && !_healed && (_random.Next(4) == 0 || _cut.Contains((message.From, message.To)));
        if (lost || !_members.TryGetValue(message.To, out var to) || !to.IsUp)
        {
            if (message is InstallSnapshot && _members[message.From].IsUp) _members[message.From].Node.ReportSnapshot(message.To, delivered: false);
            return;
        }
        to.Node.Step(message);
        if (message is InstallSnapshot && _members[message.From].IsUp) _members[message.From].Node.ReportSnapshot(message.To, delivered: true);
        to.Drain();
    }

    private void Propose(TestMember member) => member.Node.Propose(BitConverter.GetBytes(++_number), _number);

    private void Read(TestMember member)
    {
        _checker.OnReadAsked(member, member.Node.Core.Options.Incarnation, ++_number);
        member.Node.ReadIndex(_number);
    }

    private void Partition()
    {
        _cut.Clear();
        if (_random.Next(3) == 0) return;
        foreach (var from in _members.Keys)
            foreach (var to in _members.Keys)
                if (_random.Next(4) == 0) _cut.Add((from, to));
    }

    private void ChangeMembership(TestMember member)
    {
        if (member.Node.Role != RaftRole.Leader) return;
        var steps = new List<MembershipStep>();
        foreach (var id in Enumerable.Range(1, 6).Select(i => new MemberId((ulong)i)))
        {
            int dice = _random.Next(12);
            if (dice == 0) steps.Add(new SetMember(id, MemberKind.Voter, null));
            else if (dice == 1) steps.Add(new SetMember(id, MemberKind.Learner, null));
            else if (dice == 2) steps.Add(new SetMember(id, MemberKind.JoiningVoter, null));
            else if (dice == 3 && member.Node.Membership.Find(id) is not null) steps.Add(new RemoveMember(id));
        }
        var change = new MembershipChange([.. steps]) { Joint = _random.Next(3) == 0 };
        if (member.Node.ProposeMembership(change).Outcome != ProposeOutcome.Appended) return;
        foreach (var added in member.Node.Membership.Members)
            if (!_members.ContainsKey(added.Id)) Add(added.Id, Membership.Empty);
    }

    /// <summary>All faults end: within a bounded time there is a leader, and what is proposed then is applied by every member of the membership.</summary>
    private void Heal()
    {
        _healed = true;
        _cut.Clear();
        foreach (var member in _members.Values)
            if (!member.IsUp) member.Start();
        ulong tag = 0;
        for (int round = 0; round < 400; round++)
        {
            foreach (var member in _members.Values)
            {
                Tick(member);
                member.Drain();
            }
            Settle();
            var leader = _members.Values.Where(m => m.Node.Role == RaftRole.Leader).MaxBy(m => m.Node.Term);
            if (leader is null || round < 200) continue;
            if (tag == 0 || round % 50 == 0)
            {
                leader.Node.Propose(BitConverter.GetBytes(tag = ++_number), tag);
                leader.Drain();
                Settle();
            }
            if (Converged(leader)) return;
        }
        Assert.Fail("no progress after healing: " + string.Join(" | ", _members.Values.Select(m =>
            $"{m.Node.Self}:{m.Node.Role} t{m.Node.Term} last{m.Node.LastIndex} commit{m.Node.CommitIndex} applied{m.Applied} {m.Node.Membership} peers[{string.Join(' ', m.Node.Peers)}]")));
    }

    private bool Converged(TestMember leader) =>
        leader.Applied == leader.Node.LastIndex && !leader.Node.MembershipChangePending
        && leader.Node.Membership.Members.All(m => _members[m.Id].Applied == leader.Applied);

    private void Settle()
    {
        for (int guard = 0; guard < 20_000; guard++)
        {
            if (_wire.Count > 0) Deliver(0);
            else if (_members.Values.FirstOrDefault(m => m.HasWrites) is { } writing) writing.CompleteWrite();
            else if (_members.Values.FirstOrDefault(m => m.HasApplies) is { } applying) applying.CompleteApply();
            else return;
        }
        Assert.Fail($"messages never end: {_wire[0]}");
    }
}
