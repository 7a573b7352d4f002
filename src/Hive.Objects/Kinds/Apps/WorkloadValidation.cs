namespace Hive.Objects;

/// <summary>What Deployments and ReplicaSets have in common: a selector that must match the template, and the template itself.</summary>
internal static class WorkloadValidation
{
    internal static void Validate(LabelSelector? selector, PodTemplateSpec template, FieldErrors errors)
    {
        if (selector is null)
        {
            errors.Required("spec.selector");
        }
        else
        {
            SelectorValidation.Validate(selector, "spec.selector", errors);
            if (selector.MatchLabels.Count + selector.MatchExpressions.Count == 0) errors.Invalid("spec.selector", selector, "empty selector is invalid for deployment");
        }
        if (!LabelQuery.TryCompile(selector, out var query) || !query.Matches(template.Metadata.Labels))
        {
            errors.Invalid("spec.template.metadata.labels", template.Metadata.Labels, "`selector` does not match template `labels`");
        }
        MetadataValidation.Labels(template.Metadata.Labels, "spec.template.metadata.labels", errors);
        MetadataValidation.Annotations(template.Metadata.Annotations, "spec.template.metadata.annotations", errors);
        PodValidation.Validate(template.Spec, "spec.template.spec", errors);
        if (template.Spec.RestartPolicy != RestartPolicy.Always) errors.NotSupported("spec.template.spec.restartPolicy", template.Spec.RestartPolicy, [RestartPolicy.Always]);
        if (template.Spec.ActiveDeadlineSeconds is not null) errors.Forbidden("spec.template.spec.activeDeadlineSeconds", "activeDeadlineSeconds in ReplicaSet is not Supported");
    }

    internal static void ImmutableSelector(LabelSelector? updated, LabelSelector? current, FieldErrors errors)
    {
        var same = updated is null || current is null ? updated is null && current is null : TypeSchema.Of(typeof(LabelSelector)).Same(updated, current);
        if (!same) errors.Invalid("spec.selector", updated, "field is immutable");
    }
}
