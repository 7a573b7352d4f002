using System.Collections.Immutable;
using Hive.Raft;
using Hive.Store;

namespace Hive.Queen.Core;

/// <summary>
/// Proposals of this member whose fate is open. The rule that it keeps: proposed again only when it is known that the last try was not
/// and will not be appended; answered "unknown" rather than guessed.
/// </summary>
internal sealed class Proposals(RaftNode raft, QueenLimits limits, Action<CoreAnswer> answer)
{
    private enum Place : byte { Parked, Appended, Forwarded, Done }

    private sealed class Proposal(ulong number, ReadOnlyMemory<byte> payload, bool leaderOnly, TimeSpan deadline)
    {
        public ulong Number { get; } = number;
        public ReadOnlyMemory<byte> Payload { get; set; } = payload;
        public bool LeaderOnly { get; } = leaderOnly;
        public TimeSpan Deadline { get; } = deadline;
        public Place Place { get; set; } = Place.Parked;

        /// <summary>Appended: the entry's term. Forwarded: this member's term when it was sent.</summary>
        public Term Term { get; set; }

        /// <summary>Name of the last try: a late refusal of an earlier one is not taken for a refusal of this one.</summary>
        public ulong Tag { get; set; }
    }

    private readonly Queue<Proposal> _byAge = new();
    private readonly Dictionary<ulong, Proposal> _byNumber = [];
    private readonly Dictionary<ulong, Proposal> _byTag = [];
    private ulong _lastTag;
    private int _parked;
    private long _bytes;

    public int Count => _byNumber.Count;

    public void Propose(ulong number, ReadOnlyMemory<byte> payload, bool leaderOnly, TimeSpan now)
    {
        if (payload.Length > limits.CommandBytes)
        {
            answer(new CoreAnswer(number, QueenCode.TooLarge));
            return;
        }
        if (_byNumber.Count >= limits.Waiters || (_bytes > 0 && _bytes + payload.Length > limits.WaiterBytes))
        {
            answer(new CoreAnswer(number, QueenCode.TooManyRequests));
            return;
        }
        var proposal = new Proposal(number, payload, leaderOnly, now + limits.RequestTimeout);
        _byNumber.Add(number, proposal);
        _byAge.Enqueue(proposal);
        _bytes += payload.Length;
        _parked++;
        Try(proposal);
    }

    /// <summary>The entry of an own proposal was applied here.</summary>
    public void Applied(ulong number, ApplyResult result)
    {
        // Unknown: its waiter has timed out before.
        if (_byNumber.TryGetValue(number, out Proposal? proposal)) Finish(proposal, new CoreAnswer(number, QueenCode.Ok, result));
    }

    /// <summary>The leader says that this try was not appended. The next tick tries again: who leads may be known by then.</summary>
    public void Refused(ulong tag)
    {
        if (_byTag.TryGetValue(tag, out Proposal? proposal) && proposal.Place == Place.Forwarded) Park(proposal);
    }

    /// <summary>
    /// The first entry of a term was applied: all that older terms committed lies before it. What this member appended itself in an
    /// older term and has not seen applied is gone for good; what it forwarded may still be under way somewhere.
    /// </summary>
    public void FirstOfTermApplied(Term term)
    {
        foreach (Proposal proposal in _byAge)
        {
            if (proposal.Term >= term) continue;
            if (proposal.Place == Place.Forwarded) Finish(proposal, new CoreAnswer(proposal.Number, QueenCode.LeaderChanged));
            else if (proposal.Place == Place.Appended && proposal.LeaderOnly) Finish(proposal, new CoreAnswer(proposal.Number, QueenCode.NoLeader));
            else if (proposal.Place == Place.Appended) Park(proposal);
        }
        TryParked();
    }

    /// <summary>
    /// A snapshot took the place of entries that were never applied here one by one: an own proposal may have been among them, and nobody can say.
    /// </summary>
    public void Installed()
    {
        foreach (Proposal proposal in _byAge)
        {
            if (proposal.Place is Place.Appended or Place.Forwarded) Finish(proposal, new CoreAnswer(proposal.Number, QueenCode.LeaderChanged));
        }
    }

    /// <summary>Offers what waits for a leader to the one there is.</summary>
    public void TryParked()
    {
        if (raft.Leader.IsNone || _parked == 0) return;
        foreach (Proposal proposal in _byAge)
        {
            if (proposal.Place == Place.Parked) Try(proposal);
        }
    }

    /// <summary>Answers what has waited too long, and forgets what is done.</summary>
    public void Expire(TimeSpan now)
    {
        while (_byAge.TryPeek(out Proposal? oldest))
        {
            if (oldest.Place != Place.Done)
            {
                if (oldest.Deadline > now) return;
                Finish(oldest, new CoreAnswer(oldest.Number, oldest.Place == Place.Parked ? QueenCode.NoLeader : QueenCode.TimedOut));
            }
            _byAge.Dequeue();
        }
    }

    private void Try(Proposal proposal)
    {
        if (proposal.LeaderOnly && raft.Role != RaftRole.Leader)
        {
            Finish(proposal, new CoreAnswer(proposal.Number, QueenCode.NoLeader));
            return;
        }
        ulong tag = ++_lastTag;
        ProposeResult result = raft.Propose(proposal.Payload, tag);
        switch (result.Outcome)
        {
            case ProposeOutcome.Appended:
                Leave(proposal, Place.Appended, result.Term);
                break;
            case ProposeOutcome.Forwarded:
                Leave(proposal, Place.Forwarded, raft.Term);
                proposal.Tag = tag;
                _byTag.Add(tag, proposal);
                break;
            case ProposeOutcome.TooManyUncommitted:
                Finish(proposal, new CoreAnswer(proposal.Number, QueenCode.TooManyRequests));
                break;
            case ProposeOutcome.NoLeader or ProposeOutcome.Transferring when !proposal.LeaderOnly:
                break;
            default:
                Finish(proposal, new CoreAnswer(proposal.Number, QueenCode.NoLeader));
                break;
        }
    }

    private void Leave(Proposal proposal, Place place, Term term)
    {
        _parked--;
        (proposal.Place, proposal.Term) = (place, term);
    }

    private void Park(Proposal proposal)
    {
        _parked++;
        _byTag.Remove(proposal.Tag);
        (proposal.Place, proposal.Tag) = (Place.Parked, 0);
    }

    private void Finish(Proposal proposal, CoreAnswer with)
    {
        Invariant.Check(proposal.Place != Place.Done);
        if (proposal.Place == Place.Parked) _parked--;
        _byNumber.Remove(proposal.Number);
        if (proposal.Tag != 0) _byTag.Remove(proposal.Tag);
        proposal.Place = Place.Done;
        _bytes -= proposal.Payload.Length;
        proposal.Payload = default;
        answer(with);
    }
}
