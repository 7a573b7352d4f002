using System.Collections.Immutable;
using System.Globalization;

namespace Hive.Jepsen.Histories;

/// <summary>One life of a pod's program, as it wrote it down itself. Times are milliseconds of the machine's boot clock, which all nodes share.</summary>
/// <param name="Uid">Of the pod.</param>
/// <param name="From">Its first heartbeat.</param>
/// <param name="Until">Its last heartbeat: it certainly ran up to then.</param>
public sealed record PodLife(string Pod, string Uid, long From, long Until)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pod} (uid {Uid}) ran from {From / 1e3:0.00} s until {Until / 1e3:0.00} s at least");
}

/// <summary>What the store says of a pod or a ReplicaSet from a revision on.</summary>
/// <param name="Key">Its key in the store.</param>
/// <param name="Owner">Uid of its controller; empty when it has none.</param>
/// <param name="Counts">Of a pod: whether it counts as a replica, being neither finished nor about to go. False: deleted.</param>
/// <param name="Replicas">Of a ReplicaSet: how many pods it is to have.</param>
public sealed record ObjectFact(long Revision, string Key, string Uid, string Owner, bool Counts, long Replicas);

/// <summary>What operations do to deployments, and what became of their pods.</summary>
public static class PodActions
{
    /// <summary>Scales, rolls, deletes or looks.</summary>
    public sealed record Change(string What) : Action
    {
        public override string ToString() => What;
    }

    /// <summary>Changes of one kind of objects that the store told of, after one revision and up to another, without a gap.</summary>
    public sealed record Told(string Prefix, long After, long Until, ImmutableArray<ObjectFact> Facts) : Action
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Facts.Length} changes under {Prefix} after {After} up to {Until}");
    }

    /// <summary>What was found once all faults were healed and nobody changed anything any more.</summary>
    /// <param name="Problem">What was still not as it was asked for after a long wait; empty when all was.</param>
    /// <param name="Running">Uids of the pods that the API says run and are ready.</param>
    /// <param name="At">When that was seen, on the clock of <paramref name="Lives"/>.</param>
    /// <param name="Lives">All that ever ran, read a while after that.</param>
    public sealed record Settle(string Problem, ImmutableArray<string> Running, long At, ImmutableArray<PodLife> Lives) : Action
    {
        public override string ToString() => Problem.Length > 0 ? $"not settled: {Problem}" : string.Create(CultureInfo.InvariantCulture, $"settled with {Running.Length} pods, {Lives.Length} lives");
    }
}
