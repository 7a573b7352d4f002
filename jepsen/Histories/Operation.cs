using System.Collections.Immutable;
using System.Globalization;

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

    /// <summary>Adds to a counter; the operation carries an idempotency id and may have been sent more than once.</summary>
    public sealed record Increment(long By) : Action
    {
        public override string ToString() => $"increment by {By}";
    }

    /// <summary>Holds a lock from <paramref name="From"/> to <paramref name="Until"/> under a fencing token (its create revision).</summary>
    public sealed record Hold(long From, long Until, long Token) : Action
    {
        public override string ToString() => $"hold under token {Token}";
    }
}

/// <summary>One step of a list transaction: an append (<see cref="Read"/> is null) or a read with what it saw.</summary>
public readonly record struct ListStep(string Key, long Append, ImmutableArray<long>? Read)
{
    public override string ToString() => Read is { } seen ? $"r({Key})=[{string.Join(' ', seen)}]" : $"append({Key},{Append})";
}
