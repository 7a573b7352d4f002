using System.Collections.Immutable;
using System.Globalization;

namespace Hive.Jepsen.Histories;

/// <summary>What operations do to Kubernetes objects. The key of the operation is the object's name, or the informer's.</summary>
public static class ObjectActions
{
    /// <summary>Creates an object that holds one value. The state is what was answered; null: there is one of that name.</summary>
    public sealed record Create(long Value, ObjectState? Created) : Action
    {
        public override string ToString() => $"create with {Value}{(Created is null ? ": it exists" : $": {Created}")}";
    }

    /// <summary>Replaces an object, naming the resourceVersion that it is thought to have, by one with a value more.</summary>
    /// <param name="Base">What it is thought to be.</param>
    /// <param name="Replaced">What was answered; null: refused as a conflict, or because it is gone.</param>
    public sealed record Replace(ObjectState Base, long Value, ObjectState? Replaced) : Action
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"replace version {Base.Version}, adding {Value}{(Replaced is null ? ": conflict" : $": {Replaced}")}");
    }

    /// <summary>Deletes an object where it still has a resourceVersion.</summary>
    public sealed record Remove(ObjectState Base, bool Removed) : Action
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"delete version {Base.Version}: {(Removed ? "deleted" : "conflict")}");
    }

    /// <summary>Reads an object; null when there is none of that name.</summary>
    public sealed record Get(ObjectState? Seen) : Action
    {
        public override string ToString() => $"get: {Seen?.ToString() ?? "absent"}";
    }

    /// <summary>Lists all objects; the operation's revision is that of the list.</summary>
    public sealed record List(ImmutableArray<ObjectState> Objects) : Action
    {
        public override string ToString() => $"list of {Objects.Length} objects";
    }

    /// <summary>One watch from its opening to its end, with all that it told.</summary>
    /// <param name="From">The resourceVersion after which it was to tell of everything.</param>
    public sealed record Watch(long From, ImmutableArray<ObjectEvent> Events) : Action
    {
        /// <summary>The last revision up to which it vouches for having told all.</summary>
        public long Until => Events.Where(e => e.IsChange || e.Type == ObjectEvent.Bookmark).Select(e => e.Object.Version).DefaultIfEmpty(From).Max();

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"watch after {From}, {Events.Length} events up to {Until}");
    }
}
