using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Hive.Api.Http;

/// <summary>One reason within a refusal: a field and what is wrong with it.</summary>
public sealed record RefusalCause(string Reason, string Message, string Field = "");

/// <summary>What the refusal is about. <see cref="Kind"/> is the plural resource for errors of the request, the kind for errors of the content.</summary>
public sealed record RefusalDetails(
    string Name = "", string Group = "", string Kind = "", string Uid = "", ImmutableArray<RefusalCause> Causes = default, int RetryAfterSeconds = 0);

/// <summary>
/// A typed "no" of the Kubernetes face: it leaves as a <c>Status</c> whose code is the HTTP status. <see cref="Reason"/> is from the API's closed
/// set; texts are those that Kubernetes clients know and print.
/// </summary>
public sealed record Refusal(int Code, string Reason, string Message)
{
    /// <summary>Null: left out. An empty record: sent as <c>{}</c>.</summary>
    public RefusalDetails? Details { get; init; }

    /// <summary>A fresh token for a list whose old one has expired.</summary>
    public string Continue { get; init; } = "";

    /// <summary>Sent as plain text instead of a Status (unknown API groups, overload).</summary>
    public bool PlainText { get; init; }

    /// <summary>Seconds after which a retry makes sense; zero when there is no such thing.</summary>
    public int RetryAfterSeconds => Details?.RetryAfterSeconds ?? 0;
}

/// <summary>A value, or the refusal that stands in its place.</summary>
public readonly struct Outcome<T>
{
    private readonly T? _value;

    public Outcome(T value) => _value = value;

    public Outcome(Refusal refusal) => Refusal = refusal;

    /// <summary>Null when there is a value.</summary>
    public Refusal? Refusal { get; }

    /// <summary>The value; must not be asked of a refusal.</summary>
    public T Value
    {
        get
        {
            Invariant.Check(Refusal is null);
            return _value!;
        }
    }

    public bool TryGet([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out Refusal? refusal)
    {
        value = _value!;
        refusal = Refusal;
        return refusal is null;
    }

    public static implicit operator Outcome<T>(T value) => new(value);
    public static implicit operator Outcome<T>(Refusal refusal) => new(refusal);
}
