namespace Hive.Drone.Pods;

/// <summary>A pod's identity: unlike its name it is never used again.</summary>
public readonly record struct PodUid(string Value) : IComparable<PodUid>
{
    public int CompareTo(PodUid other) => string.CompareOrdinal(Value, other.Value);
    public override string ToString() => Value;
}
