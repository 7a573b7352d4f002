using System.Text;
using Hive.Raft.Tests.Cluster;

namespace Hive.Raft.Tests.Transcripts;

/// <summary>
/// Carries out the lines of a transcript on a cluster whose every delivery, write and apply happens only when a line says so. What a command
/// prints is all that the core ordered because of it.
/// </summary>
internal sealed class TranscriptWorld
{
    private readonly SortedDictionary<ulong, TestMember> _members = [];
    private readonly List<RaftMessage> _wire = [];
    private readonly StringBuilder _output = new();
    private readonly SafetyChecker _checker = new();
    private TimeSpan _now;
    private ulong _tag;

    /// <summary>Runs one line and gives what it printed.</summary>
    public string Run(string line)
    {
        _output.Clear();
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words[0])
        {
            case "cluster": Cluster(words[1..]); break;
            case "tick": Tick(words); break;
            case "campaign": On(words[1], m => m.Node.Campaign()); break;
            case "propose": On(words[1], m => Say($"{m.Node.Propose(Encoding.UTF8.GetBytes(words[2]), ++_tag).Outcome}")); break;
            case "read": On(words[1], m => Read(m, ulong.Parse(words[2]))); break;
            case "transfer": On(words[1], m => Say($"{m.Node.TransferLeadership(Id(words[2]))}")); break;
            case "change": On(words[1], m => Change(m, words[2..])); break;
            case "deliver": Deliver(words[1..]); break;
            case "drop": Drop(words[1..]); break;
            case "persist": Persist(words); break;
            case "apply": Apply(Member(words[1])); break;
            case "crash": Member(words[1]).Crash(words.Length > 2 ? int.Parse(words[2]) : 0); break;
            case "start": Start(words); break;
            case "lose": Member(words[1]).Disk.LoseFrom(new LogIndex(ulong.Parse(words[2]))); break;
            case "rot": Rot(Member(words[1]), words[2..]); break;
            case "compact": Member(words[1]).Compact(ulong.Parse(words[2])); break;
            case "settle": Settle(); break;
            case "status": Status(); break;
            case "log": Log(Member(words[1])); break;
            default: throw new ArgumentException($"unknown command: {line}");
        }
        return _output.Length == 0 ? "ok\n" : _output.ToString();
    }

    private void Say(string line) => _output.Append(line).Append('\n');

    private static MemberId Id(string word) => new(ulong.Parse(word));

    private TestMember Member(string word) => _members[ulong.Parse(word)];

    /// <summary>cluster 3 [prevote=off] [checkquorum=off] [append=one] [lease=100]: reads by lease behind promises of so many milliseconds.</summary>
    private void Cluster(string[] words)
    {
        ulong size = ulong.Parse(words[0]);
        var genesis = Membership.Of([.. Enumerable.Range(1, (int)size).Select(i => (ulong)i)]);
        _options = _options with
        {
            PreVote = !words.Contains("prevote=off"),
            CheckQuorum = !words.Contains("checkquorum=off"),
            LeaderPromise = words.FirstOrDefault(w => w.StartsWith("lease=")) is { } lease ? TimeSpan.FromMilliseconds(int.Parse(lease["lease=".Length..])) : TimeSpan.Zero,
            Limits = new RaftLimits { CacheBytes = 1, AppendBytes = words.Contains("append=one") ? 1 : 1024 },
        };
        for (ulong id = 1; id <= size; id++) Add(id, genesis);
    }

    private RaftOptions _options = new() { Self = new MemberId(1), Incarnation = 0, ElectionTimeoutTicks = 10 };

    private void Add(ulong id, Membership genesis)
    {
        var member = new TestMember(_options with { Self = new MemberId(id) }, genesis, _wire.Add);
        _checker.Watch(member);
        member.Took += ready => Describe(member, ready);
        member.AppliedEntry += entry => Say($"  {id} applied {Text(entry)}");
        _members.Add(id, member);
    }

    private void On(string word, Action<TestMember> act)
    {
        var member = Member(word);
        act(member);
        member.Drain();
    }

    private void Read(TestMember member, ulong number)
    {
        _checker.OnReadAsked(member, member.Node.Core.Options.Incarnation, number);
        Say($"{member.Node.ReadIndex(number)}");
    }

    private void Tick(string[] words)
    {
        int times = words.Length > 2 ? int.Parse(words[2]) : 1;
        for (; times > 0; times--)
        {
            _now += TimeSpan.FromMilliseconds(10);
            On(words[1], m =>
            {
                m.Node.Observe(new ClockReading(_now, default));
                m.Node.Tick();
            });
        }
    }

    /// <summary>change 1 voter=4 learner=5 joining=6 remove=2 [joint]</summary>
    private void Change(TestMember member, string[] words)
    {
        var steps = new List<MembershipStep>();
        foreach (string[] step in words.Where(w => w.Contains('=')).Select(w => w.Split('=')))
        {
            steps.Add(step[0] switch
            {
                "voter" => new SetMember(Id(step[1]), MemberKind.Voter, null),
                "learner" => new SetMember(Id(step[1]), MemberKind.Learner, null),
                "joining" => new SetMember(Id(step[1]), MemberKind.JoiningVoter, null),
                _ => new RemoveMember(Id(step[1])),
            });
        }
        var result = member.Node.ProposeMembership(new MembershipChange([.. steps]) { Joint = words.Contains("joint") });
        Say(result.Outcome == ProposeOutcome.InvalidChange ? $"{result.Error}" : $"{result.Outcome}");
        foreach (var added in member.Node.Membership.Members)
            if (!_members.ContainsKey(added.Id.Value)) Add(added.Id.Value, Membership.Empty);
    }

    /// <summary>deliver [from->to] [Kind] [times=n]: all that is on the wire now and matches.</summary>
    private void Deliver(string[] filter)
    {
        foreach (var message in Matching(filter))
        {
            _wire.Remove(message);
            var to = _members[message.To.Value];
            Say(to.IsUp ? Text(message) : $"{Text(message)} (down)");
            if (to.IsUp)
            {
                to.Node.Step(message);
                to.Drain();
            }
            if (message is InstallSnapshot) On($"{message.From.Value}", m => m.Node.ReportSnapshot(message.To, to.IsUp));
        }
    }

    private void Drop(string[] filter)
    {
        foreach (var message in Matching(filter))
        {
            _wire.Remove(message);
            Say($"dropped {Text(message)}");
        }
    }

    private List<RaftMessage> Matching(string[] filter) => _wire.Where(m => filter.All(word =>
        word.Contains("->") ? $"{m.From}->{m.To}" == word || $"*->{m.To}" == word || $"{m.From}->*" == word : m.GetType().Name == word)).ToList();

    /// <summary>persist 1 [n]: completes the n oldest writes, by default all.</summary>
    private void Persist(string[] words)
    {
        var member = Member(words[1]);
        for (int left = words.Length > 2 ? int.Parse(words[2]) : int.MaxValue; left > 0 && member.HasWrites; left--)
        {
            member.CompleteWrite();
            Say($"  {words[1]} persisted up to {member.Node.PersistedIndex}, disk ends at {member.Disk.LastIndex}");
        }
    }

    private static void Apply(TestMember member)
    {
        while (member.HasApplies) member.CompleteApply();
    }

    /// <summary>rot 1 5 7: the records of entries 5 and 7 rot while the member is down.</summary>
    private static void Rot(TestMember member, string[] indexes)
    {
        var end = member.Disk.Rot([.. indexes.Select(ulong.Parse)]);
        member.Adjust = o => o with { PromisedEnd = end };
    }

    /// <summary>start 1 [withhold=n]</summary>
    private void Start(string[] words)
    {
        var member = Member(words[1]);
        if (words.Length > 2) member.Adjust = o => o with { WithholdVotesUntil = new LogIndex(ulong.Parse(words[2].Split('=')[1])) };
        member.Start();
        member.Drain();
    }

    /// <summary>Delivers, persists and applies until nothing is left to do; prints only what was applied.</summary>
    private void Settle()
    {
        for (int guard = 0; guard < 10_000; guard++)
        {
            if (_wire.Count > 0) Deliver([$"{_wire[0].From}->{_wire[0].To}"]);
            else if (_members.Values.FirstOrDefault(m => m.HasWrites) is { } writing) writing.CompleteWrite();
            else if (_members.Values.FirstOrDefault(m => m.HasApplies) is { } applying) applying.CompleteApply();
            else break;
        }
        string[] applied = [.. _output.ToString().Split('\n').Where(l => l.Contains(" applied ") || l.Contains("read "))];
        _output.Clear();
        foreach (string line in applied) Say(line);
    }

    private void Status()
    {
        foreach (var (id, member) in _members)
        {
            if (!member.IsUp)
            {
                Say($"{id}: down");
                continue;
            }
            var node = member.Node;
            Say($"{id}: {node.Role} term={node.Term} leader={node.Leader} last={node.LastIndex} persisted={node.PersistedIndex} commit={node.CommitIndex} applied={member.Applied} {node.Membership}");
            foreach (var peer in node.Peers) Say($"   {peer.Member}: {peer.State} match={peer.Match} next={peer.Next}");
        }
    }

    private void Log(TestMember member)
    {
        for (var index = member.Node.Core.Log.FirstIndex; index <= member.Node.LastIndex; index = index.Next)
        {
            var read = new List<Entry>();
            member.Node.Core.Log.TryRead(index, index.Next, 0, read);
            Say(Text(read[0]));
        }
    }

    private void Describe(TestMember member, Ready ready)
    {
        var id = member.Node.Self;
        if (ready.SoftState is { } soft) Say($"  {id} is {soft.Role} in term {soft.Term}, leader {soft.Leader}");
        if (ready.Membership is { } membership) Say($"  {id} follows membership {membership}");
        if (ready.HardState is { } hard) Say($"  {id} writes term={hard.Term} vote={hard.Vote}");
        if (ready.Snapshot is { } snapshot) Say($"  {id} installs snapshot {snapshot}");
        foreach (var entry in ready.Entries) Say($"  {id} writes {Text(entry)}");
        foreach (var message in ready.SendNow) Say($"  now:   {Text(message)}");
        foreach (var message in ready.SendAfterPersist) Say($"  after: {Text(message)}");
        foreach (var read in ready.ReadStates) Say(read.Refused ? $"  {id} read {read.Number} refused" : $"  {id} read {read.Number} at {read.Index}");
        foreach (ulong refused in ready.RefusedProposals) Say($"  {id} proposal {refused} refused");
    }

    private static string Text(Entry entry) => entry.Kind switch
    {
        EntryKind.Normal => $"{entry.Index}/{entry.Term} {Encoding.UTF8.GetString(entry.Payload.Span)}",
        EntryKind.Membership => $"{entry.Index}/{entry.Term} {(RaftCodec.TryReadMembership(entry.Payload, out var membership) ? membership : null)}",
        _ => $"{entry.Index}/{entry.Term} (empty)",
    };

    private static string Text(RaftMessage message)
    {
        string head = $"{message.From}->{message.To} {message.GetType().Name}";
        if (message.Term.Value > 0) head += $" term={message.Term}";
        return message switch
        {
            PreVoteRequest m => $"{head} last={m.LastIndex}/{m.LastTerm}",
            PreVoteResponse m => $"{head} granted={m.Granted}",
            VoteRequest m => $"{head} last={m.LastIndex}/{m.LastTerm}{(m.Transfer ? " transfer" : "")}",
            VoteResponse m => $"{head} granted={m.Granted}",
            AppendRequest m => $"{head} previous={m.PreviousIndex}/{m.PreviousTerm} commit={m.Commit} [{string.Join(", ", m.Entries.Select(Text))}]",
            AppendResponse { Rejected: true } m => $"{head} rejected={m.Index} hint={m.HintIndex}/{m.HintTerm}{(m.LostLog ? " lost" : "")}",
            AppendResponse m => $"{head} index={m.Index}",
            Heartbeat m => $"{head} commit={m.Commit} round={m.Round}",
            HeartbeatResponse m => $"{head} round={m.Round}{(m.Promise > TimeSpan.Zero ? $" promise={m.Promise.TotalMilliseconds}" : "")}",
            InstallSnapshot m => $"{head} {m.Snapshot}",
            ProposeRequest m => $"{head} {Encoding.UTF8.GetString(m.Payload.Span)}",
            ReadIndexRequest m => $"{head} {m.Context.Number}",
            ReadIndexResponse m => $"{head} {m.Context.Number} index={m.Index} refused={m.Refused}",
            LineageRequest m => $"{head} of {m.Entry}",
            LineageResponse m => $"{head} of {m.Entry}: down to {string.Join(", ", m.Runs)}",
            CopyRequest m => $"{head} {m.First} to {m.Last}{(m.OrSnapshot ? " or snapshot" : "")}",
            CopyResponse m => $"{head} [{string.Join(", ", m.Entries.Select(Text))}]",
            TransferRequest m => $"{head} target={m.Target}",
            _ => head,
        };
    }
}
