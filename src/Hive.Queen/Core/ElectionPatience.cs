using Hive.Raft;

namespace Hive.Queen.Core;

/// <summary>
/// Fits the election time-out to what is seen: the longest silence between two messages of a peer that is alive, forgotten by half
/// every <see cref="QueenLimits.SilenceHalfLife"/>. A loaded machine or a slow network makes members patient, and they become quick again
/// by themselves. A leader looks at all peers, for its quorum check; a follower at its leader.
/// </summary>
internal sealed class ElectionPatience(RaftNode raft, QueenLimits limits)
{
    private readonly SortedDictionary<MemberId, TimeSpan> _lastHeard = [];
    private TimeSpan _longest;
    private TimeSpan _lastDecay;
    private int _ticks = limits.ElectionTicks;

    /// <summary>The election time-out that was set last.</summary>
    public int Ticks => _ticks;

    /// <summary>A message of a peer was taken in.</summary>
    public void Heard(MemberId from, TimeSpan now)
    {
        bool counts = raft.Role == RaftRole.Leader || from == raft.Leader;
        if (!counts)
        {
            _lastHeard.Remove(from);
            return;
        }
        if (_lastHeard.TryGetValue(from, out TimeSpan last))
        {
            TimeSpan silence = now - last;
            // Longer than that it was away, not slow.
            if (silence > _longest && silence <= limits.Tick * limits.ElectionTicksMost) _longest = silence;
        }
        _lastHeard[from] = now;
    }

    /// <summary>Who leads has changed: silences of the old times say nothing.</summary>
    public void LeaderChanged() => _lastHeard.Clear();

    public void Tick(TimeSpan now)
    {
        if (now - _lastDecay < limits.SilenceHalfLife / 10) return;
        _lastDecay = now;
        // 0.933 to the tenth is a half.
        _longest = TimeSpan.FromTicks(_longest.Ticks * 933 / 1000);
        int wanted = (int)Math.Clamp(
            _longest.Ticks * limits.SilencesInElection / limits.Tick.Ticks, limits.ElectionTicks, Math.Max(limits.ElectionTicks, limits.ElectionTicksMost));
        if (wanted == _ticks) return;
        _ticks = wanted;
        raft.SetElectionTimeout(wanted);
    }
}
