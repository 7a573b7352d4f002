namespace Hive.Objects;

/// <summary>What may change in the spec of a pod that exists: images, the deadline, more tolerations, and less grace where it was negative.</summary>
internal static class PodChange
{
    private const string Rule = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
        + "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    private static readonly TypeSchema Schema = TypeSchema.Of(typeof(PodSpec));

    internal static void Validate(PodSpec updated, PodSpec current, FieldErrors errors)
    {
        if (updated.Containers.Count != current.Containers.Count)
        {
            errors.Forbidden("spec.containers", "pod updates may not add or remove containers");
            return;
        }
        if (updated.InitContainers.Count != current.InitContainers.Count)
        {
            errors.Forbidden("spec.initContainers", "pod updates may not add or remove containers");
            return;
        }
        Deadline(updated, current, errors);
        var tolerationsKept = current.Tolerations.All(updated.Tolerations.Contains);
        if (!tolerationsKept) errors.Forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
        var allowed = updated with
        {
            Containers = WithImagesOf(updated.Containers, current.Containers),
            InitContainers = WithImagesOf(updated.InitContainers, current.InitContainers),
            ActiveDeadlineSeconds = current.ActiveDeadlineSeconds,
            Tolerations = current.Tolerations,
            SchedulingGates = updated.SchedulingGates.All(current.SchedulingGates.Contains) ? current.SchedulingGates : updated.SchedulingGates,
            TerminationGracePeriodSeconds = current.TerminationGracePeriodSeconds is < 0 && updated.TerminationGracePeriodSeconds == 1
                ? current.TerminationGracePeriodSeconds : updated.TerminationGracePeriodSeconds,
        };
        if (Schema.Same(allowed, current)) return;
        var changed = Schema.Fields.Where(field => !field.Same(allowed, current)).Select(field => "spec." + field.Name);
        errors.Forbidden("spec", $"{Rule}\nchanged: {string.Join(", ", changed)}");
    }

    private static void Deadline(PodSpec updated, PodSpec current, FieldErrors errors)
    {
        if (updated.ActiveDeadlineSeconds is { } wanted)
        {
            if (wanted is < 0 or > int.MaxValue) errors.Invalid("spec.activeDeadlineSeconds", wanted, $"must be between 0 and {int.MaxValue}, inclusive");
            else if (wanted > current.ActiveDeadlineSeconds) errors.Invalid("spec.activeDeadlineSeconds", wanted, "must be less than or equal to previous value");
        }
        else if (current.ActiveDeadlineSeconds is not null)
        {
            errors.Invalid("spec.activeDeadlineSeconds", null, "must not update from a positive integer to nil value");
        }
    }

    private static IReadOnlyList<Container> WithImagesOf(IReadOnlyList<Container> updated, IReadOnlyList<Container> current)
    {
        var result = new Container[updated.Count];
        for (var i = 0; i < result.Length; i++) result[i] = updated[i].Image.Length == 0 ? updated[i] : updated[i] with { Image = current[i].Image };
        return result;
    }
}
