namespace Hive.Objects;

/// <summary>The rules for <see cref="ObjectMeta"/>, the same for every kind but for the syntax of the name.</summary>
internal static class MetadataValidation
{
    private static readonly string[] StandardFinalizers = ["kubernetes", "orphan", "foregroundDeletion"];

    internal static void Validate(ObjectMeta metadata, bool namespaced, Func<string, string?> nameSyntax, FieldErrors errors)
    {
        if (metadata.Name.Length == 0)
        {
            errors.Required("metadata.name", "name or generateName is required");
        }
        else if (nameSyntax(metadata.Name) is { } badName)
        {
            errors.Invalid("metadata.name", metadata.Name, badName);
        }
        if (metadata.GenerateName.Length > 0 && nameSyntax(metadata.GenerateName.TrimEnd('-', '.') + "a") is { } badPrefix)
        {
            errors.Invalid("metadata.generateName", metadata.GenerateName, badPrefix);
        }
        if (namespaced && metadata.Namespace.Length == 0) errors.Required("metadata.namespace");
        else if (namespaced && Names.Label(metadata.Namespace) is { } badNamespace) errors.Invalid("metadata.namespace", metadata.Namespace, badNamespace);
        else if (!namespaced && metadata.Namespace.Length > 0) errors.Forbidden("metadata.namespace", "not allowed on this type");
        Labels(metadata.Labels, "metadata.labels", errors);
        Annotations(metadata.Annotations, "metadata.annotations", errors);
        Owners(metadata, errors);
        Finalizers(metadata, errors);
    }

    internal static void ValidateUpdate(ObjectMeta updated, ObjectMeta current, FieldErrors errors)
    {
        Immutable("metadata.name", updated.Name, current.Name, errors);
        Immutable("metadata.namespace", updated.Namespace, current.Namespace, errors);
        Immutable("metadata.uid", updated.Uid, current.Uid, errors);
        if (updated.CreationTimestamp != current.CreationTimestamp) errors.Invalid("metadata.creationTimestamp", updated.CreationTimestamp, "field is immutable");
        if (current.DeletionTimestamp is null) return;
        var added = updated.Finalizers.Where(finalizer => !current.Finalizers.Contains(finalizer)).ToArray();
        if (added.Length > 0) errors.Forbidden("metadata.finalizers", $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{string.Join(", ", added.Select(f => $"\"{f}\""))}}}");
    }

    internal static void Labels(StringMap labels, string field, FieldErrors errors)
    {
        foreach (var (key, value) in labels)
        {
            if (Names.QualifiedName(key) is { } badKey) errors.Invalid(field, key, badKey);
            if (Names.LabelValue(value) is { } badValue) errors.Invalid(field, value, badValue);
        }
    }

    internal static void Annotations(StringMap annotations, string field, FieldErrors errors)
    {
        foreach (var (key, _) in annotations)
        {
            // Keys of annotations may have capitals in their prefix.
            if (Names.QualifiedName(key.ToLowerInvariant()) is { } badKey) errors.Invalid(field, key, badKey);
        }
        if (Names.ByteCount(annotations) > ObjectLimits.AnnotationBytes) errors.TooLong(field, ObjectLimits.AnnotationBytes);
    }

    private static void Owners(ObjectMeta metadata, FieldErrors errors)
    {
        string? controller = null;
        for (var i = 0; i < metadata.OwnerReferences.Count; i++)
        {
            var owner = metadata.OwnerReferences[i];
            var field = $"metadata.ownerReferences[{i}]";
            if (owner.ApiVersion.Length == 0) errors.Invalid($"{field}.apiVersion", owner.ApiVersion, "version must not be empty");
            if (owner.Kind.Length == 0) errors.Invalid($"{field}.kind", owner.Kind, "must not be empty");
            if (owner.Name.Length == 0) errors.Invalid($"{field}.name", owner.Name, "must not be empty");
            if (owner.Uid.Length == 0) errors.Invalid($"{field}.uid", owner.Uid, "must not be empty");
            if (owner.Controller != true) continue;
            if (controller is not null)
            {
                errors.Invalid("metadata.ownerReferences", owner.Name, $"Only one reference can have Controller set to true. Found \"true\" in references for {controller} and {owner.Kind}/{owner.Name}");
            }
            controller = $"{owner.Kind}/{owner.Name}";
        }
    }

    private static void Finalizers(ObjectMeta metadata, FieldErrors errors)
    {
        foreach (var finalizer in metadata.Finalizers)
        {
            if (Names.QualifiedName(finalizer) is { } bad) errors.Invalid("metadata.finalizers", finalizer, bad);
            else if (!finalizer.Contains('/') && !StandardFinalizers.Contains(finalizer)) errors.Invalid("metadata.finalizers", finalizer, "name is neither a standard finalizer name nor is it fully qualified");
        }
    }

    private static void Immutable(string field, string updated, string current, FieldErrors errors)
    {
        if (updated != current) errors.Invalid(field, updated, "field is immutable");
    }
}
