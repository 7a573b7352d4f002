using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Hive.Journal;
using Hive.Raft;

namespace Hive.Queen;

/// <summary>What a queen is started with.</summary>
public sealed record QueenOptions
{
    /// <summary>Where journal and snapshots live: one directory for each member, never shared.</summary>
    public required IDisk Disk { get; init; }

    public required ClusterId Cluster { get; init; }

    /// <summary>This member.</summary>
    public required MemberId Self { get; init; }

    /// <summary>What people call this member; made known to all once it runs. Empty: what the membership says of it stays.</summary>
    public string Name { get; init; } = "";

    /// <summary>Where clients reach this member; made known to all with the name. Default: what the membership says stays.</summary>
    public ImmutableArray<string> ClientUrls { get; init; }

    /// <summary>Where peers reach this member, likewise.</summary>
    public ImmutableArray<string> PeerUrls { get; init; }

    /// <summary>
    /// The members that the cluster is born with, this one among them, the same on each. Used only when the directory is empty; empty for a
    /// member that was added to a running cluster, which learns of the others from the leader.
    /// </summary>
    public ImmutableArray<QueenMember> InitialMembers { get; init; } = [];

    /// <summary>Where this member listens for its peers; null for a cluster that will never have another (no port is opened).</summary>
    public IPEndPoint? PeerListen { get; init; }

    /// <summary>Address that a peer which does not know this member yet is told to answer to; by default that of <see cref="PeerListen"/>.</summary>
    public string? PeerAdvertise { get; init; }

    /// <summary>Certificates of the peer links; null: no TLS.</summary>
    public PeerTls? Tls { get; init; }

    /// <summary>
    /// The leader answers reads without asking the others while a quorum of members that say so, too, stands by it (<see cref="QueenLimits.LeaderPromise"/>). Trusts the
    /// rates of monotonic clocks to be right within a ninth; and when the leader dies, its followers wait for their promise to end. Off: every read asks a quorum, and
    /// no clock is trusted.
    /// </summary>
    public bool ReadsByLease { get; init; }

    public QueenLimits Limits { get; init; } = new();
    public JournalLimits JournalLimits { get; init; } = new();
    public RaftLimits RaftLimits { get; init; } = new();

    /// <summary>Takes lines for people. Called from many threads; must not block.</summary>
    public Action<QueenLogLevel, string> Log { get; init; } = (_, _) => { };

    /// <summary>Called once when the member cannot go on (a failed disk, a broken invariant). By then it has stopped; the process should end.</summary>
    public Action<Exception> Failed { get; init; } = _ => { };

    /// <summary>Called once when this member was removed from the cluster. It takes no part any more; the process should end.</summary>
    public Action Removed { get; init; } = () => { };

    public IFaultPoints Faults { get; init; } = FaultPoint.None;

    /// <summary>The membership of a cluster that is born with <see cref="InitialMembers"/>.</summary>
    /// <exception cref="QueenStartException">They are no group.</exception>
    internal Raft.Membership Genesis()
    {
        var members = new List<Member>();
        foreach (QueenMember member in InitialMembers)
        {
            var attributes = new MemberAttributes(member.Name, member.PeerUrls, member.ClientUrls);
            members.Add(new Member(member.Id, member.IsLearner ? MemberKind.Learner : MemberKind.Voter, false, attributes.Encode()));
        }
        return Raft.Membership.TryCreate(members, out Raft.Membership membership) ? membership
            : throw new QueenStartException("the initial members are no group: an id twice or zero, none that votes, or too many");
    }

    /// <summary>On a small disk segments are smaller and snapshots more frequent, so that the log never takes more than a part of it.</summary>
    internal QueenOptions FitToDisk()
    {
        long free = Disk.FreeBytes();
        int segment = (int)Math.Min(JournalLimits.SegmentBytes, Math.Max(1 << 20, free / 32));
        long snapshot = Math.Min(Limits.SnapshotBytes, Math.Max(1 << 20, free / 8));
        long entries = Math.Min(Limits.TrailingEntries, Math.Max(1_000, free / 4096));
        return this with
        {
            JournalLimits = JournalLimits with { SegmentBytes = segment },
            Limits = Limits with { SnapshotBytes = snapshot, TrailingEntries = entries },
        };
    }
}

/// <summary>How much a line matters.</summary>
public enum QueenLogLevel : byte { Information, Warning, Error }

/// <summary>
/// Mutual TLS between members: each shows a certificate and takes only those that chain to the cluster's authority and name a member, whatever
/// host they are for. The own certificate is asked for at each new connection, so that it may be renewed while running.
/// </summary>
/// <param name="IsMember">Whether a certificate of that authority, which may sign others' too, is a member's.</param>
public sealed record PeerTls(Func<X509Certificate2> Own, Func<X509Certificate2Collection> Authorities, Func<X509Certificate2, bool> IsMember);

/// <summary>A queen could not be started; the message says why, in words for the one who starts it.</summary>
/// <param name="message">Why, for people.</param>
/// <param name="isForNow">Room on the disk is all that is missing: the next start may succeed.</param>
public sealed class QueenStartException(string message, bool isForNow = false) : Exception(message)
{
    public bool IsForNow => isForNow;
}
