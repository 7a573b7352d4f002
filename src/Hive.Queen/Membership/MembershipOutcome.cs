namespace Hive.Queen;

/// <summary>Why a membership change was, or was not, made.</summary>
public enum MembershipOutcome : byte
{
    Ok = 0,

    /// <summary>This member does not lead, and the leader could not be asked.</summary>
    NotLeader,

    /// <summary>An earlier change is not done yet: ask again shortly.</summary>
    ChangePending,
    UnknownMember,
    TooManyMembers,

    /// <summary>The group would be left without a voter.</summary>
    NoVoterLeft,

    /// <summary>The change names nobody, somebody twice, or what cannot be asked for.</summary>
    Malformed,

    /// <summary>A member with this id or one of these peer addresses is there already.</summary>
    AlreadyThere,

    /// <summary>Only a learner can be promoted.</summary>
    NotLearner,

    /// <summary>The learner has not caught up with the log yet.</summary>
    LearnerNotReady,
}
