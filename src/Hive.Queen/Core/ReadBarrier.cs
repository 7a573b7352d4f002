using Hive.Raft;

namespace Hive.Queen.Core;

/// <summary>
/// Linearizable reads: those that arrive together share one read index; each is answered once that index is applied here. A barrier
/// changes nothing, so a lost or refused one is simply asked for again.
/// </summary>
internal sealed class ReadBarrier(RaftNode raft, QueenLimits limits, Action<CoreAnswer> answer)
{
    private sealed class Round(List<ulong> readers, TimeSpan asked, TimeSpan deadline)
    {
        public List<ulong> Readers { get; } = readers;
        public TimeSpan Asked { get; } = asked;
        public TimeSpan Deadline { get; } = deadline;
    }

    private readonly SortedDictionary<ulong, Round> _asked = [];
    private readonly PriorityQueue<List<ulong>, LogIndex> _confirmed = new();
    private List<ulong> _gathered = [];
    private TimeSpan _oldestDeadline;
    private ulong _lastRound;
    private int _waiting;

    public void Read(ulong number, TimeSpan now)
    {
        if (_waiting >= limits.Waiters)
        {
            answer(new CoreAnswer(number, QueenCode.TooManyRequests));
            return;
        }
        _waiting++;
        if (_gathered.Count == 0) _oldestDeadline = now + limits.RequestTimeout;
        _gathered.Add(number);
    }

    /// <summary>Asks for one index for all that came since the last call, when somebody is there to ask.</summary>
    public void Ask(TimeSpan now)
    {
        if (_gathered.Count == 0 || _asked.Count >= limits.ReadRounds) return;
        ulong round = _lastRound + 1;
        if (!raft.ReadIndex(round)) return;
        _lastRound = round;
        _asked.Add(round, new Round(_gathered, now, _oldestDeadline));
        _gathered = [];
    }

    public void Confirmed(ReadState state, TimeSpan now)
    {
        if (!_asked.Remove(state.Number, out Round? round)) return;
        if (state.Refused) GatherAgain(round);
        else if (state.Index <= raft.AppliedIndex) AnswerAll(round.Readers, QueenCode.Ok);
        else _confirmed.Enqueue(round.Readers, state.Index);
        if (round.Deadline <= now && state.Refused) Expire(now);
    }

    public void Applied(LogIndex index)
    {
        while (_confirmed.TryPeek(out List<ulong>? readers, out LogIndex needed) && needed <= index)
        {
            _confirmed.Dequeue();
            AnswerAll(readers, QueenCode.Ok);
        }
    }

    /// <summary>Who leads has changed: rounds under way are asked again.</summary>
    public void LeaderChanged()
    {
        foreach (Round round in _asked.Values) GatherAgain(round);
        _asked.Clear();
    }

    /// <summary>Asks again for what got no answer, and gives up on what has waited too long.</summary>
    public void Expire(TimeSpan now)
    {
        while (_asked.Count > 0)
        {
            var (number, round) = First();
            if (now - round.Asked < limits.ReadRetry) break;
            _asked.Remove(number);
            GatherAgain(round);
        }
        if (_gathered.Count == 0 || _oldestDeadline > now) return;
        AnswerAll(_gathered, raft.Leader.IsNone ? QueenCode.NoLeader : QueenCode.TimedOut);
        _gathered = [];
    }

    private (ulong Number, Round Round) First()
    {
        foreach (var (number, round) in _asked) return (number, round);
        throw Invariant.Fail("no read round");
    }

    private void GatherAgain(Round round)
    {
        if (_gathered.Count == 0 || round.Deadline < _oldestDeadline) _oldestDeadline = round.Deadline;
        _gathered.AddRange(round.Readers);
    }

    private void AnswerAll(List<ulong> readers, QueenCode code)
    {
        _waiting -= readers.Count;
        foreach (ulong reader in readers) answer(new CoreAnswer(reader, code));
    }
}
