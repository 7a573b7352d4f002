namespace Hive.Objects;

/// <summary>The two forms of OpenAPI that clients ask for.</summary>
internal enum OpenApiDialect
{
    /// <summary>Version 2.0 ("Swagger"): one document for everything.</summary>
    V2,

    /// <summary>Version 3.0: one document per group version.</summary>
    V3,
}
