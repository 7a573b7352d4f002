using Hive.Objects;

namespace Hive.Api.Storage;

/// <summary>The definition of the kind whose objects are <typeparamref name="T"/>.</summary>
public static class KindOf<T> where T : HiveObject
{
    public static readonly KindDefinition Definition = KindCatalog.BuiltIn.Of<T>();
}
