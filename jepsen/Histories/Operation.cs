using System.Collections.Immutable;
using System.Globalization;
using Hive.Jepsen.Clients;

namespace Hive.Jepsen.Histories;

/// <summary>How an operation ended, as its client knows it.</summary>
public enum Outcome
{
    /// <summary>It took effect, and the output is what it answered.</summary>
    Ok,

    /// <summary>It certainly did not take effect.</summary>
    Failed,

    /// <summary>It may take effect at any time from its invocation on, or never.</summary>
    Unknown,
}

/// <summary>One operation of one process. Times are nanoseconds of the harness's own monotonic clock.</summary>
/// <param name="Index">Position in the history by invocation; unique.</param>
/// <param name="Process">A process does one thing at a time. After an unknown outcome its number is not used again.</param>
/// <param name="Action">What was asked.</param>
/// <param name="CompletedAt">When the answer came; meaningless when the outcome is unknown.</param>
public sealed record Operation(int Index, int Process, string Key, Action Action, Outcome Outcome, long InvokedAt, long CompletedAt)
{
    /// <summary>Revision of the store at which it took effect, where the answer told; 0 otherwise.</summary>
    public long Revision { get; init; }

    /// <summary>Which member was asked, for reports.</summary>
    public string Member { get; init; } = "";

    /// <summary>Error text of a failed or unknown operation.</summary>
    public string Error { get; init; } = "";

    /// <summary>The end of the interval in which it took effect.</summary>
    public long End => Outcome == Outcome.Unknown ? long.MaxValue : CompletedAt;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"#{Index} process {Process} {Key}: {Action} -> {Outcome} [{InvokedAt / 1e6:0.###} ms .. {(Outcome == Outcome.Unknown ? "?" : $"{CompletedAt / 1e6:0.###} ms")}] {Member}{(Error.Length > 0 ? $" ({Error})" : "")}");
}

/// <summary>What an operation does, with what came out of it.</summary>
public abstract record Action
{
    /// <summary>Reads a register; null when it was absent.</summary>
    public sealed record Read(long? Value) : Action
    {
        public override string ToString() => $"read {Value?.ToString(CultureInfo.InvariantCulture) ?? "nothing"}";
    }

    public sealed record Write(long Value) : Action
    {
        public override string ToString() => $"write {Value}";
    }

    /// <summary>Sets the register to <paramref name="New"/> where it was <paramref name="Old"/>; <paramref name="Swapped"/> says whether it was.</summary>
    public sealed record CompareAndSet(long? Old, long New, bool Swapped) : Action
    {
        public override string ToString() => $"cas {Old?.ToString(CultureInfo.InvariantCulture) ?? "nothing"} -> {New}: {(Swapped ? "swapped" : "not swapped")}";
    }

    /// <summary>A transaction over lists: appends and reads, in order.</summary>
    public sealed record Transaction(ImmutableArray<ListStep> Steps) : Action
    {
        public override string ToString() => string.Join(' ', Steps);
    }

    /// <summary>Adds an element to a set.</summary>
    public sealed record Add(long Element) : Action
    {
        public override string ToString() => $"add {Element}";
    }

    /// <summary>Reads a whole set.</summary>
    public sealed record ReadAll(ImmutableArray<long> Elements) : Action
    {
        public override string ToString() => $"read {Elements.Length} elements";
    }

    /// <summary>Adds one to a counter; carries an idempotency id and may have been sent more than once.</summary>
    public sealed record Increment : Action
    {
        public override string ToString() => "increment";
    }

    /// <summary>Reads a counter.</summary>
    public sealed record ReadCount(long Count) : Action
    {
        public override string ToString() => $"count {Count}";
    }

    /// <summary>Writes (or with a null value deletes) keys at one revision; values are unique. None: there was nothing to delete.</summary>
    public sealed record Store(ImmutableArray<(string Key, string? Value)> Changes) : Action
    {
        public override string ToString() => Changes.IsEmpty ? "delete nothing" : string.Join(", ", Changes.Select(c => c.Value is null ? $"delete {c.Key}" : $"{c.Key} := {c.Value}"));
    }

    /// <summary>Forgets history below a revision.</summary>
    public sealed record Compact(long At) : Action
    {
        public override string ToString() => $"compact at {At}";
    }

    /// <summary>One watch from its opening to its end, with all that it told.</summary>
    /// <param name="Start">The first revision asked for; 0: from now.</param>
    public sealed record Watched(long Start, ImmutableArray<WatchMessage> Messages) : Action
    {
        public override string ToString() => $"watch from {(Start == 0 ? "now" : Start.ToString(CultureInfo.InvariantCulture))}, {Messages.Length} messages";
    }

    /// <summary>Asks for a lease. <paramref name="Seconds"/> is what was granted.</summary>
    public sealed record Grant(long Lease, long Seconds) : Action
    {
        public override string ToString() => $"grant lease {Lease:x} for {Seconds} s";
    }

    /// <summary>Puts a lease's one key.</summary>
    public sealed record Attach(long Lease) : Action
    {
        public override string ToString() => $"attach a key to lease {Lease:x}";
    }

    /// <summary>Renews a lease. <paramref name="Seconds"/> is the answer; 0 or less: there is no such lease.</summary>
    public sealed record Renew(long Lease, long Seconds) : Action
    {
        public override string ToString() => Seconds > 0 ? $"renew lease {Lease:x}: {Seconds} s" : $"renew lease {Lease:x}: it is gone";
    }

    public sealed record Revoke(long Lease) : Action
    {
        public override string ToString() => $"revoke lease {Lease:x}";
    }

    /// <summary>Looks whether a lease's key is there.</summary>
    public sealed record Look(long Lease, bool Present) : Action
    {
        public override string ToString() => $"look at the key of lease {Lease:x}: {(Present ? "there" : "absent")}";
    }

    /// <summary>Which leases' keys are there long after the last renewal of any.</summary>
    public sealed record LookAtEnd(ImmutableArray<long> Present) : Action
    {
        public override string ToString() => $"keys left at the end: {string.Join(' ', Present.Select(l => l.ToString("x", CultureInfo.InvariantCulture)))}";
    }

    /// <summary>A lock was had. Times are those of the run's clock.</summary>
    /// <param name="From">When the answer came that says it is had.</param>
    /// <param name="Until">When it was to be given up, or its lease may have ended, whichever came first; before <paramref name="From"/> when the answer came too late.</param>
    /// <param name="Token">Create revision of the key that stands for it; 0: at the revision of the answer there was no such key.</param>
    /// <param name="FencedAt">Revision of the write that named the token and was taken; 0: it was refused or not tried.</param>
    public sealed record Hold(long From, long Until, long Token, long FencedAt) : Action
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"hold under token {Token} from {From / 1e6:0.###} ms, for certain until {Until / 1e6:0.###} ms{(FencedAt > 0 ? $", wrote at revision {FencedAt}" : "")}");
    }
}

/// <summary>One step of a list transaction: an append (<see cref="Read"/> is null) or a read with what it saw.</summary>
public readonly record struct ListStep(string Key, long Append, ImmutableArray<long>? Read)
{
    public override string ToString() => Read is { } seen ? $"r({Key})=[{string.Join(' ', seen)}]" : $"append({Key},{Append})";
}
