namespace Hive.Objects;

/// <summary>Bounds on what is read from outside.</summary>
public static class ObjectLimits
{
    /// <summary>Nesting of JSON and protobuf. The deepest path of the built-in kinds is below 20; schemas of custom types go deeper.</summary>
    public const int Depth = 96;

    /// <summary>Unknown and duplicate fields that one decoding error lists.</summary>
    public const int StrictProblems = 64;

    /// <summary>Operations in one JSON patch.</summary>
    public const int JsonPatchOperations = 10_000;

    /// <summary>Bytes of all annotations of one object: 256 KiB.</summary>
    public const int AnnotationBytes = 256 * 1024;

    /// <summary>Bytes of all data of one ConfigMap or Secret: 1 MiB.</summary>
    public const int DataBytes = 1024 * 1024;
}
