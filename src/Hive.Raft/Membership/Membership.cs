using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>What a member is in the membership that a change leads to.</summary>
public enum MemberKind : byte
{
    /// <summary>Votes.</summary>
    Voter = 0,

    /// <summary>Receives the log without a vote.</summary>
    Learner = 1,

    /// <summary>A learner that the leader makes a voter by itself once it has caught up (thesis §4.2.1).</summary>
    JoiningVoter = 2,

    /// <summary>Leaves: only in a joint membership, where it still votes in the outgoing half.</summary>
    Leaving = 3,
}

/// <summary>One member as the log knows it.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Kind">What it is in the incoming half.</param>
/// <param name="Outgoing">Whether it votes in the outgoing half of a joint membership.</param>
/// <param name="Attributes">Opaque to consensus: what others must know of it (name, addresses).</param>
public sealed record Member(MemberId Id, MemberKind Kind, bool Outgoing, ReadOnlyMemory<byte> Attributes)
{
    /// <summary>Votes in one half at least.</summary>
    public bool Votes => Kind == MemberKind.Voter || Outgoing;
}

/// <summary>
/// Who takes part, at one place of the log. Either plain (one set of voters) or joint (an incoming and an outgoing set, each of which must agree:
/// thesis §4.3). Immutable; members in id order.
/// </summary>
public sealed class Membership
{
    /// <summary>Most members of one group, leaving and learning ones included: bounds messages and quorum arithmetic.</summary>
    public const int MaxMembers = 64;

    /// <summary>Nobody: what a member knows that was never told of its cluster.</summary>
    public static readonly Membership Empty = new([]);

    private Membership(ImmutableArray<Member> members)
    {
        Members = members;
        Voters = [.. members.Where(m => m.Kind == MemberKind.Voter).Select(m => m.Id)];
        OutgoingVoters = [.. members.Where(m => m.Outgoing).Select(m => m.Id)];
        Quorum = new JointQuorum(new MajorityQuorum(Voters), new MajorityQuorum(OutgoingVoters));
    }

    /// <summary>All members, in id order.</summary>
    public ImmutableArray<Member> Members { get; }

    /// <summary>Voters of the incoming half (of the only half when plain), in id order.</summary>
    public ImmutableArray<MemberId> Voters { get; }

    /// <summary>Voters of the outgoing half, in id order; empty when plain.</summary>
    public ImmutableArray<MemberId> OutgoingVoters { get; }

    /// <summary>Whether two halves must agree.</summary>
    public bool IsJoint => OutgoingVoters.Length > 0;

    /// <summary>What commits, elects and confirms.</summary>
    public JointQuorum Quorum { get; }

    /// <summary>A plain membership of voters with no attributes.</summary>
    public static Membership Of(params ReadOnlySpan<ulong> voters)
    {
        var members = new List<Member>();
        foreach (ulong voter in voters) members.Add(new Member(new MemberId(voter), MemberKind.Voter, false, default));
        return TryCreate(members, out var membership) ? membership : throw Invariant.Fail("not a membership");
    }

    /// <summary>Makes a membership, or false when it is none: an id twice or none, too many members, joint without voters, a leaving member outside a joint one.</summary>
    public static bool TryCreate(IEnumerable<Member> members, out Membership membership)
    {
        ImmutableArray<Member> ordered = [.. members.OrderBy(m => m.Id)];
        membership = Empty;
        if (ordered.Length > MaxMembers) return false;
        for (int i = 0; i < ordered.Length; i++)
        {
            var member = ordered[i];
            if (member.Id.IsNone || (i > 0 && ordered[i - 1].Id == member.Id)) return false;
            if (member.Kind > MemberKind.Leaving || (member.Kind == MemberKind.Leaving && !member.Outgoing)) return false;
        }
        if (ordered.Length > 0 && !ordered.Any(m => m.Kind == MemberKind.Voter)) return false;
        membership = ordered.Length == 0 ? Empty : new Membership(ordered);
        return true;
    }

    /// <summary>The member, or null.</summary>
    public Member? Find(MemberId id)
    {
        foreach (var member in Members)
            if (member.Id == id) return member;
        return null;
    }

    /// <summary>Votes in one half at least.</summary>
    public bool IsVoter(MemberId id) => Find(id) is { Votes: true };

    /// <summary>Decides alone.</summary>
    public bool IsSoleVoter(MemberId id) => !IsJoint && Voters.Length == 1 && Voters[0] == id;

    /// <summary>Takes part without a vote.</summary>
    public bool IsLearner(MemberId id) => Find(id) is { Votes: false };

    /// <summary>The plain membership that a joint one leads to.</summary>
    public Membership LeaveJoint()
    {
        Invariant.Check(IsJoint);
        return new Membership([.. Members.Where(m => m.Kind != MemberKind.Leaving).Select(m => m with { Outgoing = false })]);
    }

    public override string ToString()
    {
        string text = $"voters=({string.Join(' ', Voters)})";
        if (IsJoint) text += $"&&({string.Join(' ', OutgoingVoters)})";
        var learners = Members.Where(m => m.Kind is MemberKind.Learner or MemberKind.JoiningVoter).Select(m => m.Id).ToArray();
        return learners.Length == 0 ? text : $"{text} learners=({string.Join(' ', learners)})";
    }
}
