namespace Hive.Raft.Tests.Cluster;

/// <summary>One member with its disk: the smallest honest shell. Writes and applies complete only when told to, so that a test chooses their order.</summary>
internal sealed class TestMember
{
    private readonly Queue<Ready> _writing = new();
    private readonly Queue<Entry> _applying = new();
    private readonly RaftOptions _options;
    private readonly Action<RaftMessage> _send;
    private ulong _incarnation;

    public TestMember(RaftOptions options, Membership genesis, Action<RaftMessage> send)
    {
        _options = options;
        _send = send;
        Disk = new MemberDisk(SnapshotMetadata.Genesis(genesis));
        Start();
    }

    public MemberDisk Disk { get; }
    public RaftNode Node { get; private set; } = null!;
    public bool IsUp { get; private set; }
    public LogIndex Applied { get; private set; }
    public bool HasWrites => _writing.Count > 0;
    public bool HasApplies => _applying.Count > 0;

    public event Action<Ready>? Took;
    public event Action<Entry>? AppliedEntry;

    /// <summary>Options for the next start.</summary>
    public Func<RaftOptions, RaftOptions> Adjust { get; set; } = o => o;

    public void Start()
    {
        _incarnation++;
        Node = new RaftNode(Adjust(_options with { Incarnation = _incarnation }), Disk.HardState, Disk, new SeededJitter(_options.Self.Value * 1000 + _incarnation));
        Applied = Disk.Snapshot.Index;
        IsUp = true;
    }

    /// <summary>Loses all that is not on disk; of the writes under way the first <paramref name="completed"/> made it.</summary>
    public void Crash(int completed)
    {
        for (; completed > 0 && _writing.TryDequeue(out var ready); completed--) Disk.Write(ready.HardState, ready.Snapshot, ready.Entries);
        _writing.Clear();
        _applying.Clear();
        IsUp = false;
    }

    /// <summary>Takes all Readies: sends what may leave at once, queues the rest.</summary>
    public void Drain()
    {
        while (Node.HasReady)
        {
            var ready = Node.TakeReady();
            Took?.Invoke(ready);
            foreach (var message in ready.SendNow) _send(message);
            if (ready.Ticket is not null) _writing.Enqueue(ready);
            foreach (var entry in ready.Committed) _applying.Enqueue(entry);
        }
    }

    /// <summary>Completes the oldest write.</summary>
    public void CompleteWrite()
    {
        var ready = _writing.Dequeue();
        Disk.Write(ready.HardState, ready.Snapshot, ready.Entries);
        if (ready.Snapshot is { } snapshot)
        {
            Applied = snapshot.Index;
            _applying.Clear();
            Node.Applied(snapshot.Index);
        }
        foreach (var message in ready.SendAfterPersist) _send(message);
        Node.Persisted(ready.Ticket!.Value);
        Drain();
    }

    /// <summary>Applies the oldest entry that waits.</summary>
    public void CompleteApply()
    {
        var entry = _applying.Dequeue();
        Assert.Equal(Applied.Next, entry.Index);
        Applied = entry.Index;
        AppliedEntry?.Invoke(entry);
        Node.Applied(entry.Index);
        Drain();
    }

    /// <summary>Takes a snapshot of the applied state and drops the log before it, but for a few entries.</summary>
    public void Compact(ulong keep)
    {
        if (Applied <= Disk.Snapshot.Index || HasWrites) return;
        Disk.Compact(Node.SnapshotMetadataAt(Applied), keep);
        Node.Compacted();
    }
}
