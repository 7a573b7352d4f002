using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>Where a vote stands.</summary>
public enum VoteOutcome : byte { Pending = 0, Won, Lost }

/// <summary>Majorities of one set of voters. An empty set agrees with everything: it is the absent half of a plain membership.</summary>
public sealed class MajorityQuorum(ImmutableArray<MemberId> voters)
{
    /// <summary>The voters, in id order.</summary>
    public ImmutableArray<MemberId> Voters => voters;

    /// <summary>How many are a majority.</summary>
    public int Size => voters.Length / 2 + 1;

    /// <summary>The highest value that a majority has reached; <see cref="ulong.MaxValue"/> for an empty set.</summary>
    /// <param name="reached">Value that a voter has reached: an acknowledged index, a confirmed round.</param>
    public ulong Reached(Func<MemberId, ulong> reached)
    {
        if (voters.IsEmpty) return ulong.MaxValue;
        Span<ulong> values = stackalloc ulong[voters.Length];
        for (int i = 0; i < voters.Length; i++) values[i] = reached(voters[i]);
        values.Sort();
        return values[voters.Length - Size];
    }

    /// <summary>Where a vote stands.</summary>
    /// <param name="vote">The voter's answer, or null while it is missing.</param>
    public VoteOutcome Tally(Func<MemberId, bool?> vote)
    {
        if (voters.IsEmpty) return VoteOutcome.Won;
        int granted = 0, missing = 0;
        foreach (var voter in voters)
        {
            bool? answer = vote(voter);
            if (answer is null) missing++;
            else if (answer.Value) granted++;
        }
        if (granted >= Size) return VoteOutcome.Won;
        return granted + missing >= Size ? VoteOutcome.Pending : VoteOutcome.Lost;
    }
}

/// <summary>Agreement of both halves of a membership (thesis §4.3); of the one half when it is plain.</summary>
public sealed class JointQuorum(MajorityQuorum incoming, MajorityQuorum outgoing)
{
    /// <summary>The half that a change leads to.</summary>
    public MajorityQuorum Incoming => incoming;

    /// <summary>The half that a change comes from; empty when plain.</summary>
    public MajorityQuorum Outgoing => outgoing;

    /// <inheritdoc cref="MajorityQuorum.Reached"/>
    public ulong Reached(Func<MemberId, ulong> reached) => Math.Min(incoming.Reached(reached), outgoing.Reached(reached));

    /// <inheritdoc cref="MajorityQuorum.Tally"/>
    public VoteOutcome Tally(Func<MemberId, bool?> vote)
    {
        var one = incoming.Tally(vote);
        var other = outgoing.Tally(vote);
        if (one == VoteOutcome.Lost || other == VoteOutcome.Lost) return VoteOutcome.Lost;
        return one == VoteOutcome.Won && other == VoteOutcome.Won ? VoteOutcome.Won : VoteOutcome.Pending;
    }
}
