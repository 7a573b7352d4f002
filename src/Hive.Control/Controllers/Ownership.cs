using Hive.Objects;

namespace Hive.Control;

/// <summary>Owner references: who controls an object, and how control is taken and given up.</summary>
public static class Ownership
{
    /// <summary>The reference to the one owner that controls the object; null when none does.</summary>
    public static OwnerReference? ControllerOf(HiveObject value)
    {
        foreach (var owner in value.Metadata.OwnerReferences)
        {
            if (owner.Controller == true) return owner;
        }
        return null;
    }

    public static bool IsControlledBy(HiveObject value, string uid) =>
        ControllerOf(value) is { } owner && string.Equals(owner.Uid, uid, StringComparison.Ordinal);

    /// <summary>A reference by which the owner controls an object, and waits for it in a foreground deletion.</summary>
    public static OwnerReference By(HiveObject owner) => new()
    {
        ApiVersion = owner.ApiVersion,
        Kind = owner.Kind,
        Name = owner.Metadata.Name,
        Uid = owner.Metadata.Uid,
        Controller = true,
        BlockOwnerDeletion = true,
    };

    public static T Adopted<T>(T orphan, HiveObject owner) where T : HiveObject =>
        orphan with { Metadata = orphan.Metadata with { OwnerReferences = [.. orphan.Metadata.OwnerReferences, By(owner)] } };

    public static T Released<T>(T owned, string uid) where T : HiveObject => owned with
    {
        Metadata = owned.Metadata with
        {
            OwnerReferences = [.. owned.Metadata.OwnerReferences.Where(owner => !string.Equals(owner.Uid, uid, StringComparison.Ordinal))],
        },
    };
}
