using System.Collections.Immutable;
using Hive.Drone.Desired;
using Hive.Objects;

namespace Hive.Drone.Shell;

/// <summary>
/// All that a drone says to the queens. Every call fails over between them by itself and gives up after some seconds with a typed answer; none throws
/// for a queen that is down.
/// </summary>
public interface IQueenLink : IAsyncDisposable
{
    /// <summary>Creates the Node, or brings the one that is there up to date.</summary>
    /// <returns>The node's UID, or why there is none.</returns>
    Task<LinkAnswer<Node>> RegisterAsync(Node node, CancellationToken cancellation);

    /// <summary>Asks for the session lease of this node.</summary>
    Task<LinkAnswer<SessionGrant>> OpenSessionAsync(string node, string nodeUid, string bootId, CancellationToken cancellation);

    /// <summary>Renews the session; answered after commit. A time to live of zero says that the session is over.</summary>
    Task<LinkAnswer<TimeSpan>> RenewAsync(string node, LeaseId lease, long sequence, CancellationToken cancellation);

    /// <summary>
    /// The pods bound to a node: a complete set, then what changes, for ever; complete again after a gap. A set older than <paramref name="reached"/>, or
    /// than what was told before, is told and then asked for anew: the queen may lag.
    /// </summary>
    IAsyncEnumerable<DesiredNews> FollowPodsAsync(string node, Revision reached, CancellationToken cancellation);

    /// <summary>Sends pod statuses under the session.</summary>
    Task<LinkAnswer<ImmutableArray<ReportOutcome>>> ReportAsync(string node, StatusBatch batch, CancellationToken cancellation);

    Task<LinkAnswer<ConfigMap>> GetConfigMapAsync(string @namespace, string name, CancellationToken cancellation);
    Task<LinkAnswer<Secret>> GetSecretAsync(string @namespace, string name, CancellationToken cancellation);
    Task<LinkAnswer<ImmutableArray<Service>>> ListServicesAsync(string @namespace, CancellationToken cancellation);

    /// <summary>A token for the pod's service account.</summary>
    Task<LinkAnswer<string>> RequestTokenAsync(Pod pod, string audience, long expirationSeconds, CancellationToken cancellation);

    /// <summary>Makes an Event, or brings the count of the one with its name up to date.</summary>
    Task<LinkAnswer<Event>> PostEventAsync(Event news, CancellationToken cancellation);

    /// <summary>Keeps the kube-node-lease object fresh, for Kubernetes clients that look at it.</summary>
    Task<LinkAnswer<Lease>> RenewNodeLeaseAsync(string node, string nodeUid, CancellationToken cancellation);
}

/// <summary>What came of asking the queens.</summary>
public enum LinkFate
{
    Ok,

    /// <summary>They have no such thing.</summary>
    NotFound,

    /// <summary>They said no; asking again will not help by itself.</summary>
    Refused,

    /// <summary>Somebody else holds it or wrote it.</summary>
    Conflict,

    /// <summary>No queen answered in time; it may or may not have taken effect.</summary>
    Unreachable,
}

/// <summary>An answer of the queens, or why there is none, in words for people.</summary>
public readonly record struct LinkAnswer<T>(LinkFate Fate, T? Value, string Problem)
{
    public bool Ok => Fate == LinkFate.Ok;
    public static LinkAnswer<T> Of(T value) => new(LinkFate.Ok, value, "");
    public static LinkAnswer<T> Failed(LinkFate fate, string problem) => new(fate, default, problem);
}

/// <summary>A session lease and its life.</summary>
public readonly record struct SessionGrant(LeaseId Lease, TimeSpan TimeToLive);

/// <summary>One piece of news: a message, or the word that no queen answers for now.</summary>
public readonly record struct DesiredNews(DesiredMessage? Message, string Problem);
