using System.Collections.Immutable;
using Hive.Objects;

namespace Hive.Control;

/// <summary>One write, with the comparison without which it must not happen.</summary>
public abstract record Write(ObjectKey Key)
{
    /// <summary>Only if the key is absent.</summary>
    public sealed record Create(ObjectKey Key, HiveObject Value) : Write(Key);

    /// <summary>Only if the key was not written since <paramref name="Expected"/>.</summary>
    public sealed record Replace(ObjectKey Key, Revision Expected, HiveObject Value) : Write(Key);

    /// <summary>Only if the key was not written since <paramref name="Expected"/>.</summary>
    public sealed record Remove(ObjectKey Key, Revision Expected) : Write(Key);

    /// <summary>Whatever is there. Only for events: they describe, nobody decides on them.</summary>
    public sealed record Put(ObjectKey Key, HiveObject Value) : Write(Key);
}

/// <summary>What else a plan stands on beside the keys that it writes (CONTROL.md §3).</summary>
public abstract record Pin
{
    /// <summary>The key was not written since; zero: it is still absent.</summary>
    public sealed record Unchanged(ObjectKey Key, Revision ModifiedAt) : Pin;

    /// <summary>The key is still the same incarnation, whatever was written to it.</summary>
    public sealed record Incarnation(ObjectKey Key, Revision CreatedAt) : Pin;

    /// <summary>The hidden counter did not move.</summary>
    public sealed record Hidden(string Name, Revision BumpedAt) : Pin;
}

/// <summary>A decision: its writes happen together, if all that it stands on still holds, or not at all.</summary>
/// <param name="LookAgainAt">When the key wants another look although nothing changed.</param>
/// <param name="Bumps">Hidden counters that move with the writes.</param>
public sealed record Plan(ImmutableArray<Write> Writes, ImmutableArray<Pin> Pins, ImmutableArray<string> Bumps, LogTime? LookAgainAt)
{
    public static readonly Plan Nothing = new([], [], [], null);

    public bool IsEmpty => Writes.IsEmpty;
}
