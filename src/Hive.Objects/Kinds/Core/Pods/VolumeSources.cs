namespace Hive.Objects;

/// <summary>The sources that a volume names; a good one names exactly one.</summary>
internal static class VolumeSources
{
    private static readonly FieldSchema[] Sources = [.. TypeSchema.Of(typeof(Volume)).Fields.Where(field => field.Name != "name")];

    internal static IEnumerable<string> Of(Volume volume)
    {
        foreach (var source in Sources)
        {
            if (!source.IsEmpty(volume)) yield return source.Name;
        }
    }
}
