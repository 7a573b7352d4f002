using System.Collections.Immutable;
using Hive.Raft;

namespace Hive.Queen;

/// <summary>Answer to a membership operation. Both codes are Ok when it was done.</summary>
public readonly record struct MembershipResult(QueenCode Code, MembershipOutcome Outcome, ImmutableArray<QueenMember> Members);

/// <summary>What people do to the membership, through any member, in terms of single consensus changes.</summary>
public static class MembershipOperations
{
    /// <summary>
    /// Adds a member. It gets the log at once; as a voter it votes as soon as it has caught up (it shows as a learner until then), so that adding
    /// one never costs the quorum. Its name and client addresses are made known by itself when it starts.
    /// </summary>
    /// <param name="id">From the caller's entropy; never one that was used before.</param>
    public static ValueTask<MembershipResult> AddMemberAsync(
        this IQueen queen, MemberId id, ImmutableArray<string> peerUrls, bool learner, CancellationToken cancellation)
    {
        foreach (QueenMember known in queen.Status.Members)
        {
            if (known.Id == id || known.PeerUrls.Intersect(peerUrls, StringComparer.Ordinal).Any()) return Refused(queen, MembershipOutcome.AlreadyThere);
        }
        ReadOnlyMemory<byte> attributes = new MemberAttributes("", peerUrls, []).Encode();
        return ChangeAsync(queen, new SetMember(id, learner ? MemberKind.Learner : MemberKind.JoiningVoter, attributes), cancellation);
    }

    /// <summary>Removes a member; its id is never used again.</summary>
    public static ValueTask<MembershipResult> RemoveMemberAsync(this IQueen queen, MemberId id, CancellationToken cancellation) =>
        ChangeAsync(queen, new RemoveMember(id), cancellation);

    /// <summary>Makes a learner that has caught up a voter.</summary>
    public static ValueTask<MembershipResult> PromoteMemberAsync(this IQueen queen, MemberId id, CancellationToken cancellation)
    {
        QueenMember? known = queen.Status.Members.FirstOrDefault(m => m.Id == id);
        if (known is null) return Refused(queen, MembershipOutcome.UnknownMember);
        return known.IsLearner ? ChangeAsync(queen, new SetMember(id, MemberKind.Voter, null), cancellation) : Refused(queen, MembershipOutcome.NotLearner);
    }

    /// <summary>Changes what others know of a member: its addresses and name.</summary>
    public static ValueTask<MembershipResult> UpdateMemberAsync(this IQueen queen, MemberId id, MemberAttributes attributes, CancellationToken cancellation)
    {
        foreach (QueenMember known in queen.Status.Members)
        {
            if (known.Id != id && known.PeerUrls.Intersect(attributes.PeerUrls, StringComparer.Ordinal).Any()) return Refused(queen, MembershipOutcome.AlreadyThere);
        }
        return ChangeAsync(queen, new SetAttributes(id, attributes.Encode()), cancellation);
    }

    private static ValueTask<MembershipResult> Refused(IQueen queen, MembershipOutcome outcome) =>
        ValueTask.FromResult(new MembershipResult(QueenCode.Ok, outcome, queen.Status.Members));

    private static async ValueTask<MembershipResult> ChangeAsync(IQueen queen, MembershipStep step, CancellationToken cancellation)
    {
        var (code, outcome) = await queen.ChangeMembershipAsync(MembershipChange.Of(step), cancellation);
        return new MembershipResult(code, outcome, queen.Status.Members);
    }
}
