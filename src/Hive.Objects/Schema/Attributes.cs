using System.Runtime.CompilerServices;

namespace Hive.Objects;

/// <summary>
/// Marks a record as part of the API's schema: the package in which clients know it (see <see cref="ApiPackage"/>) and the text that
/// <c>kubectl explain</c> shows for it.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SchemaAttribute(string package, string description) : Attribute
{
    public string Package { get; } = package;

    /// <summary>Server-side apply: an object of this type has one owner as a whole.</summary>
    public bool Atomic { get; init; }

    public string Description { get; } = description;
}

/// <summary>
/// One field of a schema type: its JSON name and its protobuf field number, and all that readers, writers, defaulting, validation,
/// patches and OpenAPI derive from. There is no second list of fields anywhere.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FieldAttribute(string name, int number, [CallerLineNumber] int line = 0) : Attribute
{
    /// <summary>The JSON name, in camel case.</summary>
    public string Name { get; } = name;

    /// <summary>The protobuf field number; 0 for types that have no protobuf form.</summary>
    public int Number { get; } = number;

    /// <summary>Where it is declared in its file: fields are written in the order in which they are declared.</summary>
    internal int Line { get; } = line;

    /// <summary>Must be present; listed in OpenAPI's <c>required</c>.</summary>
    public bool Required { get; init; }

    /// <summary>Written even when empty (<c>""</c>, <c>0</c>, <c>[]</c>), as clients of the API expect.</summary>
    public bool Always { get; init; }

    /// <summary>Set by defaulting when the field is absent; JSON text for numbers and booleans, plain text for strings.</summary>
    public string? Default { get; init; }

    /// <summary>Strategic merge patch: <c>merge</c>, <c>replace</c>, <c>retainKeys</c>, or a comma-separated pair.</summary>
    public string? Patch { get; init; }

    /// <summary>Strategic merge patch: the key by which elements of a list are matched.</summary>
    public string? MergeKey { get; init; }

    /// <summary>Server-side apply: <c>atomic</c>, <c>set</c> or <c>map</c>.</summary>
    public string? ListType { get; init; }

    /// <summary>Server-side apply: comma-separated keys of a list of type <c>map</c>.</summary>
    public string? ListKeys { get; init; }

    /// <summary>Server-side apply: an object or map that has one owner as a whole.</summary>
    public bool Atomic { get; init; }

    /// <summary>
    /// In protobuf the field lies inside a nested message with this number, although JSON has it inline
    /// (<c>volumes[].emptyDir</c> is field 2.2 of a Volume). 0: not nested.
    /// </summary>
    public int Inline { get; init; }

    /// <summary>In protobuf a list of strings lies in a message of its own (its field 1).</summary>
    public bool Wrapped { get; init; }

    /// <summary>A static class whose string constants are the only values allowed.</summary>
    public Type? Enum { get; init; }

    /// <summary>Smallest number allowed; <see cref="long.MinValue"/> when there is no bound.</summary>
    public long Minimum { get; init; } = long.MinValue;

    /// <summary>Largest number allowed; <see cref="long.MaxValue"/> when there is no bound.</summary>
    public long Maximum { get; init; } = long.MaxValue;

    /// <summary>What <c>kubectl explain</c> shows for the field.</summary>
    public string Doc { get; init; } = "";
}
