using System.Diagnostics.CodeAnalysis;

namespace Hive.Objects;

/// <summary>What came of reading a body: a value, or the text of a <c>BadRequest</c>.</summary>
public sealed class Decoded<T> where T : class
{
    private Decoded(T? value, string? error, IReadOnlyList<string> problems)
    {
        Value = value;
        Error = error;
        Problems = problems;
    }

    /// <summary>The value; null exactly when <see cref="Error"/> is set.</summary>
    public T? Value { get; }

    /// <summary>Why the body cannot be read, as clients know it from other servers of this API.</summary>
    public string? Error { get; }

    /// <summary>
    /// Unknown and duplicate fields (<c>unknown field "spec.foo"</c>), found only by a strict read: an error under <c>fieldValidation=Strict</c>,
    /// warnings under <c>Warn</c>.
    /// </summary>
    public IReadOnlyList<string> Problems { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Ok => Error is null;

    internal static Decoded<T> Of(T value, IReadOnlyList<string> problems) => new(value, null, problems);

    internal static Decoded<T> Failed(string error) => new(null, error, []);

    internal Decoded<TOther> Cast<TOther>() where TOther : class => new((TOther?)(object?)Value, Error, Problems);
}
