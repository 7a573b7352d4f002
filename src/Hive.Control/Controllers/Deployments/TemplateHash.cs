using System.Text;
using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>The name of a pod template: two templates that say the same have the same hash, on every queen and in every version of the rules.</summary>
public static class TemplateHash
{
    /// <param name="collisionCount">Moves the hash when another ReplicaSet already has the name.</param>
    public static string Of(PodTemplateSpec template, int collisionCount)
    {
        string canonical = Encoding.UTF8.GetString(Canonical(template));
        return StableHash.Suffix(StableHash.Of(canonical, (ulong)collisionCount), 10);
    }

    /// <summary>Do the two say the same, apart from the label that the hash itself left?</summary>
    public static bool Same(PodTemplateSpec left, PodTemplateSpec right) => Canonical(left).AsSpan().SequenceEqual(Canonical(right));

    private static byte[] Canonical(PodTemplateSpec template) => ObjectCodec.Encode(template with
    {
        Metadata = template.Metadata with { Labels = template.Metadata.Labels.Without(DeploymentAnnotations.HashLabel) },
    });
}
