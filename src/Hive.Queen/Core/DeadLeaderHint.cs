using Hive.Raft;

namespace Hive.Queen.Core;

/// <summary>
/// A leader whose connection ends has most likely died: its followers need not wait for the election time-out to ask each other. Only a
/// hint: pre-vote keeps a leader in office that the others still hear, and any message from it withdraws the hint. Where it was promised to stand by the leader (reads by
/// lease), that comes first.
/// </summary>
internal sealed class DeadLeaderHint(RaftNode raft, QueenLimits limits, IElectionJitter jitter)
{
    private int _ticksLeft;
    private MemberId _suspect;

    public void Lost(MemberId peer)
    {
        if (_ticksLeft > 0 || peer.IsNone || peer != raft.Leader || raft.Role != RaftRole.Follower) return;
        _suspect = peer;
        _ticksLeft = Spread();
    }

    public void Heard(MemberId from)
    {
        if (from == _suspect) _ticksLeft = 0;
    }

    public void Tick()
    {
        if (_ticksLeft == 0 || --_ticksLeft > 0) return;
        if (raft.StandsByLeader)
        {
            _ticksLeft = Spread();
            return;
        }
        if (raft.Leader == _suspect && raft.Role == RaftRole.Follower) raft.Campaign();
        _suspect = default;
    }

    /// <summary>All followers lose the leader at the same moment: spread, or they split the vote.</summary>
    private int Spread() => 1 + jitter.Next(limits.DeadLeaderSpreadTicks);
}
