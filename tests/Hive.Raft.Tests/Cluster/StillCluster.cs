namespace Hive.Raft.Tests.Cluster;

/// <summary>A cluster in which nothing happens by itself: tests tick, deliver, drop and complete.</summary>
internal sealed class StillCluster
{
    private readonly SortedDictionary<ulong, TestMember> _members = [];
    private readonly RaftOptions _options;
    private TimeSpan _now;

    public StillCluster(int size, Func<RaftOptions, RaftOptions>? adjust = null)
    {
        _options = (adjust ?? (o => o))(new RaftOptions { Self = new MemberId(1), Incarnation = 0 });
        var genesis = Membership.Of([.. Enumerable.Range(1, size).Select(i => (ulong)i)]);
        for (int id = 1; id <= size; id++) Add((ulong)id, genesis);
    }

    public List<RaftMessage> Wire { get; } = [];

    /// <summary>Every Ready taken, with its member.</summary>
    public List<(ulong Member, Ready Ready)> Taken { get; } = [];

    /// <summary>Members cut off from all others.</summary>
    public HashSet<ulong> Isolated { get; } = [];

    public TestMember this[ulong id] => _members[id];

    public void Add(ulong id, Membership genesis)
    {
        var member = new TestMember(_options with { Self = new MemberId(id) }, genesis, Wire.Add);
        member.Took += ready => Taken.Add((id, ready));
        _members.Add(id, member);
    }

    public void Do(ulong id, Action<RaftNode> act)
    {
        act(_members[id].Node);
        _members[id].Drain();
    }

    public void Tick(ulong id, int times = 1)
    {
        for (; times > 0; times--)
        {
            _now += TimeSpan.FromMilliseconds(10);
            Do(id, node =>
            {
                node.Observe(new ClockReading(_now, default));
                node.Tick();
            });
        }
    }

    public void Step(ulong id, RaftMessage message) => Do(id, node => node.Step(message));

    /// <summary>Delivers, persists and applies until nothing is left to do.</summary>
    public void Settle()
    {
        for (int guard = 0; guard < 100_000; guard++)
            if (!SettleOne()) return;
        throw new InvalidOperationException($"messages never end: {Wire[0]}");
    }

    /// <summary>Delivers, persists or applies one thing; false when nothing is left to do.</summary>
    public bool SettleOne()
    {
        if (Wire.Count > 0) DeliverFirst();
        else if (_members.Values.FirstOrDefault(m => m.IsUp && m.HasWrites) is { } writing) writing.CompleteWrite();
        else if (_members.Values.FirstOrDefault(m => m.IsUp && m.HasApplies) is { } applying) applying.CompleteApply();
        else return false;
        return true;
    }

    /// <summary>Delivers, persists and applies one by one until something holds.</summary>
    public void SettleUntil(Func<bool> holds)
    {
        while (!holds()) Assert.True(SettleOne(), "it never came to hold");
    }

    /// <summary>Elects a member and settles.</summary>
    public void Elect(ulong id)
    {
        Do(id, node => node.Campaign());
        Settle();
        Assert.Equal(RaftRole.Leader, _members[id].Node.Role);
    }

    public Entry EntryOf(ulong id, ulong index)
    {
        var read = new List<Entry>();
        Assert.True(_members[id].Node.Core.Log.TryRead(new LogIndex(index), new LogIndex(index + 1), 0, read));
        return read[0];
    }

    private void DeliverFirst()
    {
        var message = Wire[0];
        Wire.RemoveAt(0);
        bool arrives = _members.TryGetValue(message.To.Value, out var to) && to.IsUp && !Isolated.Contains(message.To.Value) && !Isolated.Contains(message.From.Value);
        if (arrives) Step(message.To.Value, message);
        if (message is InstallSnapshot) Do(message.From.Value, node => node.ReportSnapshot(message.To, arrives));
    }
}
