using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>One step of a membership change.</summary>
public abstract record MembershipStep(MemberId Member);

/// <summary>Adds a member, or changes the kind and attributes of one (promotion, demotion).</summary>
/// <param name="Kind">Voter, Learner or JoiningVoter.</param>
/// <param name="Attributes">Its attributes; null keeps those it has.</param>
public sealed record SetMember(MemberId Member, MemberKind Kind, ReadOnlyMemory<byte>? Attributes) : MembershipStep(Member);

/// <summary>Removes a member.</summary>
public sealed record RemoveMember(MemberId Member) : MembershipStep(Member);

/// <summary>Changes what others know of a member, nothing else.</summary>
public sealed record SetAttributes(MemberId Member, ReadOnlyMemory<byte> Attributes) : MembershipStep(Member);

/// <summary>Why a membership change cannot be.</summary>
public enum MembershipError : byte
{
    None = 0,
    /// <summary>The member is not in the group.</summary>
    UnknownMember,
    /// <summary>The group would have no voter.</summary>
    NoVoterLeft,
    /// <summary>The group would have more than <see cref="Membership.MaxMembers"/>.</summary>
    TooManyMembers,
    /// <summary>The change is not well formed: no id, a member twice, a kind that cannot be asked for.</summary>
    Malformed,
}

/// <summary>
/// A change to the membership, all steps at once. One voter more or less is a plain step (any two majorities meet: thesis §4.1);
/// more goes through a joint membership, which the leader leaves by itself.
/// </summary>
public sealed record MembershipChange(ImmutableArray<MembershipStep> Steps)
{
    /// <summary>Goes through a joint membership whatever the size of the change.</summary>
    public bool Joint { get; init; }

    public static MembershipChange Of(params ReadOnlySpan<MembershipStep> steps) => new([.. steps]);

    /// <summary>The membership that this change makes of a plain one.</summary>
    public MembershipError Apply(Membership current, out Membership next)
    {
        Invariant.Check(!current.IsJoint);
        next = current;
        var members = new SortedDictionary<MemberId, Member>();
        foreach (var member in current.Members) members.Add(member.Id, member);
        var touched = new SortedSet<MemberId>();
        foreach (var step in Steps)
        {
            if (step.Member.IsNone || !touched.Add(step.Member)) return MembershipError.Malformed;
            var error = ApplyStep(members, step);
            if (error != MembershipError.None) return error;
        }
        if (members.Count > Membership.MaxMembers) return MembershipError.TooManyMembers;
        if (!members.Values.Any(m => m.Kind == MemberKind.Voter)) return MembershipError.NoVoterLeft;
        if (NeedsJoint(current, members)) EnterJoint(current, members);
        return Membership.TryCreate(members.Values, out next) ? MembershipError.None : MembershipError.TooManyMembers;
    }

    private static MembershipError ApplyStep(SortedDictionary<MemberId, Member> members, MembershipStep step)
    {
        var known = members.GetValueOrDefault(step.Member);
        switch (step)
        {
            case SetMember set:
                if (set.Kind >= MemberKind.Leaving) return MembershipError.Malformed;
                members[set.Member] = new Member(set.Member, set.Kind, false, set.Attributes ?? known?.Attributes ?? default);
                return MembershipError.None;
            case SetAttributes set:
                if (known is null) return MembershipError.UnknownMember;
                members[set.Member] = known with { Attributes = set.Attributes };
                return MembershipError.None;
            case RemoveMember:
                return members.Remove(step.Member) ? MembershipError.None : MembershipError.UnknownMember;
            default:
                throw Invariant.Fail($"unknown step {step}");
        }
    }

    private bool NeedsJoint(Membership current, SortedDictionary<MemberId, Member> members)
    {
        int added = members.Values.Count(m => m.Kind == MemberKind.Voter && !current.Voters.Contains(m.Id));
        int removed = current.Voters.Count(id => members.GetValueOrDefault(id) is not { Kind: MemberKind.Voter });
        return added + removed > 1 || (Joint && added + removed > 0);
    }

    private static void EnterJoint(Membership current, SortedDictionary<MemberId, Member> members)
    {
        foreach (var voter in current.Voters)
        {
            var old = current.Find(voter)!;
            members[voter] = members.TryGetValue(voter, out var kept) ? kept with { Outgoing = true } : old with { Kind = MemberKind.Leaving, Outgoing = true };
        }
    }
}
