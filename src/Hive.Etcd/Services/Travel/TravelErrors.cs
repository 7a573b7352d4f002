using System.Globalization;
using Hive.Etcd.Rpc;
using Hive.Store;

namespace Hive.Etcd.Services.Travel;

/// <summary>Refusals of Hive's own services, in its own words: each says what is kept, or what to do.</summary>
internal static class TravelErrors
{
    public static readonly RpcStatus RangeChanged = new(
        RpcCode.Aborted, "hive: the range was changed since it was looked at; nothing was restored. Look at the difference again");

    public static readonly RpcStatus RangeTooLarge = new(RpcCode.ResourceExhausted, string.Create(
        CultureInfo.InvariantCulture,
        $"hive: too much for one transaction (at most {StoreLimits.RestoreKeys} keys and {StoreLimits.RestoreBytes >> 20} MiB changed, {StoreLimits.RestoreExamined} versions looked at); nothing was restored. Restore narrower prefixes, or a snapshot"));

    public static readonly RpcStatus BadRetention = new(RpcCode.InvalidArgument, string.Create(
        CultureInfo.InvariantCulture,
        $"hive: history can be kept for 0 to {(long)StoreLimits.RetentionAge.TotalSeconds} seconds, and for 0 to {StoreLimits.RetentionPercent} percent of live data; bytes and revisions are not below 0"));

    public static readonly RpcStatus NoRevision = new(RpcCode.InvalidArgument, "hive: the revision to restore to is not given");

    /// <summary>The error of a read at a revision that may not be kept.</summary>
    public static RpcStatus Of(StoreError error, StoreSnapshot snapshot) => error switch
    {
        StoreError.Compacted => new(RpcCode.OutOfRange, $"{EtcdErrors.Compacted.Message}; {Kept(snapshot)}"),
        StoreError.FutureRevision => new(RpcCode.OutOfRange, $"{EtcdErrors.FutureRevision.Message}; the newest is {snapshot.Revision}"),
        StoreError.RangeChanged => RangeChanged,
        StoreError.RangeTooLarge => RangeTooLarge,
        StoreError.Malformed => NoRevision,
        _ => EtcdErrors.Of(error),
    };

    public static RpcStatus TooEarly(WallTime time, StoreSnapshot snapshot) =>
        new(RpcCode.OutOfRange, $"hive: nothing is kept of {Text(time)}; {Kept(snapshot)}");

    private static string Kept(StoreSnapshot snapshot) => snapshot.StampOf(snapshot.OldestKept) is { } made
        ? $"kept is from revision {snapshot.OldestKept} on, made {Text(made.Wall)}"
        : $"kept is from revision {snapshot.OldestKept} on";

    private static string Text(WallTime time) => time.ToDateTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
