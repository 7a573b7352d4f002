using Hive.Etcd.Rpc;
using Hive.Queen;
using Hive.Store;

namespace Hive.Etcd;

/// <summary>etcd's refusals: client libraries recognise them by code and exact text.</summary>
public static class EtcdErrors
{
    public static readonly RpcStatus EmptyKey = Make(RpcCode.InvalidArgument, "key is not provided");
    public static readonly RpcStatus KeyNotFound = Make(RpcCode.InvalidArgument, "key not found");
    public static readonly RpcStatus ValueProvided = Make(RpcCode.InvalidArgument, "value is provided");
    public static readonly RpcStatus LeaseProvided = Make(RpcCode.InvalidArgument, "lease is provided");
    public static readonly RpcStatus TooManyOperations = Make(RpcCode.InvalidArgument, "too many operations in txn request");
    public static readonly RpcStatus DuplicateKey = Make(RpcCode.InvalidArgument, "duplicate key given in txn request");
    public static readonly RpcStatus InvalidSortOption = Make(RpcCode.InvalidArgument, "invalid sort option");
    public static readonly RpcStatus RequestTooLarge = Make(RpcCode.InvalidArgument, "request is too large");
    public static readonly RpcStatus InvalidMemberUrls = Make(RpcCode.InvalidArgument, "given member URLs are invalid");

    public static readonly RpcStatus UserEmpty = Make(RpcCode.InvalidArgument, "user name is empty");
    public static readonly RpcStatus RoleEmpty = Make(RpcCode.InvalidArgument, "role name is empty");
    public static readonly RpcStatus AuthFailed = Make(RpcCode.InvalidArgument, "authentication failed, invalid user ID or password");
    public static readonly RpcStatus InvalidAuthManagement = Make(RpcCode.InvalidArgument, "invalid auth management");
    public static readonly RpcStatus PermissionNotGiven = Make(RpcCode.InvalidArgument, "permission not given");
    public static readonly RpcStatus PermissionDenied = Make(RpcCode.PermissionDenied, "permission denied");
    public static readonly RpcStatus InvalidAuthToken = Make(RpcCode.Unauthenticated, "invalid auth token");
    public static readonly RpcStatus RootUserMissing = Make(RpcCode.FailedPrecondition, "root user does not exist");
    public static readonly RpcStatus RootRoleMissing = Make(RpcCode.FailedPrecondition, "root user does not have root role");
    public static readonly RpcStatus UserExists = Make(RpcCode.FailedPrecondition, "user name already exists");
    public static readonly RpcStatus UserNotFound = Make(RpcCode.FailedPrecondition, "user name not found");
    public static readonly RpcStatus RoleExists = Make(RpcCode.FailedPrecondition, "role name already exists");
    public static readonly RpcStatus RoleNotFound = Make(RpcCode.FailedPrecondition, "role name not found");
    public static readonly RpcStatus RoleNotGranted = Make(RpcCode.FailedPrecondition, "role is not granted to the user");
    public static readonly RpcStatus PermissionNotGranted = Make(RpcCode.FailedPrecondition, "permission is not granted to the role");
    public static readonly RpcStatus AuthNotEnabled = Make(RpcCode.FailedPrecondition, "authentication is not enabled");

    public static readonly RpcStatus Compacted = Make(RpcCode.OutOfRange, "mvcc: required revision has been compacted");
    public static readonly RpcStatus FutureRevision = Make(RpcCode.OutOfRange, "mvcc: required revision is a future revision");
    public static readonly RpcStatus LeaseTimeToLiveTooLarge = Make(RpcCode.OutOfRange, "too large lease TTL");

    public static readonly RpcStatus LeaseNotFound = Make(RpcCode.NotFound, "requested lease not found");
    public static readonly RpcStatus MemberNotFound = Make(RpcCode.NotFound, "member not found");
    public static readonly RpcStatus LeaseExists = Make(RpcCode.FailedPrecondition, "lease already exists");
    public static readonly RpcStatus NotLeader = Make(RpcCode.FailedPrecondition, "not leader");
    public static readonly RpcStatus BadLeaderTransferee = Make(RpcCode.FailedPrecondition, "bad leader transferee");
    public static readonly RpcStatus PeerUrlsExist = Make(RpcCode.FailedPrecondition, "Peer URLs already exists");
    public static readonly RpcStatus NotEnoughStarted = Make(RpcCode.FailedPrecondition, "re-configuration failed due to not enough started members");
    public static readonly RpcStatus NotLearner = Make(RpcCode.FailedPrecondition, "can only promote a learner member");
    public static readonly RpcStatus LearnerNotReady = Make(RpcCode.FailedPrecondition, "can only promote a learner member which is in sync with leader");
    public static readonly RpcStatus TooManyLearners = Make(RpcCode.FailedPrecondition, "too many learner members in cluster");
    public static readonly RpcStatus NoSpace = Make(RpcCode.ResourceExhausted, "mvcc: database space exceeded");
    public static readonly RpcStatus CorruptCluster = Make(RpcCode.DataLoss, "corrupt cluster");
    public static readonly RpcStatus InvalidDowngradeTarget = Make(RpcCode.InvalidArgument, "invalid downgrade target version");
    public static readonly RpcStatus WrongDowngradeFormat = Make(RpcCode.InvalidArgument, "wrong downgrade target version format");
    public static readonly RpcStatus NoDowngrade = Make(RpcCode.FailedPrecondition, "no inflight downgrade job");
    public static readonly RpcStatus TooManyRequests = Make(RpcCode.ResourceExhausted, "too many requests");

    public static readonly RpcStatus NoLeader = Make(RpcCode.Unavailable, "no leader");
    public static readonly RpcStatus LeaderChanged = Make(RpcCode.Unavailable, "leader changed");
    public static readonly RpcStatus Stopped = Make(RpcCode.Unavailable, "server stopped");

    /// <summary>The same, of a call that was not begun.</summary>
    public static readonly RpcStatus Leaving = Stopped with { IsUntouched = true };
    public static readonly RpcStatus TimedOut = Make(RpcCode.Unavailable, "request timed out");
    public static readonly RpcStatus UnhealthyCluster = Make(RpcCode.Unavailable, "unhealthy cluster");
    public static readonly RpcStatus Learner = Make(RpcCode.FailedPrecondition, "rpc not supported for learner");
    public static readonly RpcStatus RequestCanceled = Make(RpcCode.Canceled, "request canceled");

    /// <summary>Not etcd's: the idempotency id is no id.</summary>
    public static readonly RpcStatus BadRequestId = new(RpcCode.InvalidArgument, "hive: hive-request-id must be 32 hexadecimal digits, not all zero");

    /// <summary>Not etcd's: the id answered another kind of request before.</summary>
    public static readonly RpcStatus ReusedRequestId = new(RpcCode.InvalidArgument, "hive: hive-request-id was given with another request before");

    /// <summary>Not etcd's: a comparison of a later version.</summary>
    public static readonly RpcStatus UnknownComparison = new(RpcCode.InvalidArgument, "hive: a comparison has a target or a result that is not known");

    /// <summary>Not etcd's: a hash that is none.</summary>
    public static readonly RpcStatus BadHashedPassword = new(RpcCode.InvalidArgument, "hive: hashedPassword must be base64 of a bcrypt hash of cost 4 to 15");

    /// <summary>More than is taken off the wire, in the words of etcd's transport.</summary>
    public static RpcStatus MessageTooLarge(long bytes, int limit) =>
        new(RpcCode.ResourceExhausted, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"grpc: received message larger than max ({bytes} vs. {limit})"));

    /// <summary>Not etcd's: a call that this version of Hive does not serve.</summary>
    public static RpcStatus NotServed(string what) => new(RpcCode.Unimplemented, $"hive: {what}");

    /// <summary>Why the queen did not carry a request out.</summary>
    public static RpcStatus Of(QueenCode code) => code switch
    {
        QueenCode.NoLeader => NoLeader,
        QueenCode.LeaderChanged => LeaderChanged,
        QueenCode.TimedOut => TimedOut,
        QueenCode.Stopped => Stopped,
        QueenCode.TooManyRequests => TooManyRequests,
        QueenCode.TooLarge => RequestTooLarge,
        QueenCode.Learner => Learner,
        _ => throw Invariant.Fail($"no refusal: {code}"),
    };

    /// <summary>Why the state machine refused a command or a read.</summary>
    public static RpcStatus Of(StoreError error) => error switch
    {
        StoreError.EmptyKey => EmptyKey,
        StoreError.KeyNotFound => KeyNotFound,
        StoreError.ValueProvided => ValueProvided,
        StoreError.LeaseProvided => LeaseProvided,
        StoreError.TooManyOperations => TooManyOperations,
        StoreError.DuplicateKey => DuplicateKey,
        StoreError.InvalidSortOption => InvalidSortOption,
        StoreError.Compacted => Compacted,
        StoreError.FutureRevision => FutureRevision,
        StoreError.LeaseNotFound => LeaseNotFound,
        StoreError.LeaseExists => LeaseExists,
        StoreError.LeaseTimeToLiveTooLarge => LeaseTimeToLiveTooLarge,
        StoreError.NoSpace => NoSpace,
        _ => throw Invariant.Fail($"no refusal for a client: {error}"),
    };

    private static RpcStatus Make(RpcCode code, string text) => new(code, $"etcdserver: {text}");
}
