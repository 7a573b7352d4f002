using System.Collections.Immutable;
using System.Globalization;

namespace Hive.Jepsen.Histories;

/// <summary>One version of a Kubernetes object of the workload, which is a list of values that grows by one with each write.</summary>
/// <param name="Uid">Tells it from an object of the same name that was there before or after.</param>
/// <param name="Version">Its resourceVersion.</param>
public sealed record ObjectState(string Name, string Uid, long Version, ImmutableArray<long> Values)
{
    public bool Equals(ObjectState? other) => other is not null && (Name, Uid, Version) == (other.Name, other.Uid, other.Version) && Values.SequenceEqual(other.Values);

    public override int GetHashCode() => HashCode.Combine(Name, Uid, Version);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}@{Version} [{string.Join(' ', Values)}]");
}

/// <summary>What a watch of the Kubernetes face told.</summary>
/// <param name="Type">ADDED, MODIFIED or DELETED with the object; BOOKMARK, of which the version alone counts; or ERROR.</param>
public sealed record ObjectEvent(string Type, ObjectState Object)
{
    public const string Added = "ADDED", Modified = "MODIFIED", Deleted = "DELETED", Bookmark = "BOOKMARK", Error = "ERROR";

    /// <summary>Whether it tells of a change of an object.</summary>
    public bool IsChange => Type is Added or Modified or Deleted;

    public override string ToString() => $"{Type} {Object}";
}
