using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>Why a patch was not applied.</summary>
public enum PatchFailure
{
    None,

    /// <summary>The patch itself cannot be read: 400.</summary>
    Malformed,

    /// <summary>The patch does not fit the object (a test failed, a path is missing): 422.</summary>
    DoesNotApply,
}

/// <summary>The patched document, or why there is none.</summary>
public sealed class PatchOutcome
{
    private PatchOutcome(JsonObject? value, PatchFailure failure, string error)
    {
        Value = value;
        Failure = failure;
        Error = error;
    }

    /// <summary>The new document; null exactly when there is a failure. What was given is never changed.</summary>
    public JsonObject? Value { get; }

    public PatchFailure Failure { get; }

    public string Error { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    public bool Ok => Value is not null;

    internal static PatchOutcome Of(JsonNode? value) => value is JsonObject patched
        ? new PatchOutcome(patched, PatchFailure.None, "")
        : DoesNotApply("the result of the patch is no JSON object");

    internal static PatchOutcome Malformed(string error) => new(null, PatchFailure.Malformed, error);

    internal static PatchOutcome DoesNotApply(string error) => new(null, PatchFailure.DoesNotApply, error);

    /// <summary>Reads the patch and applies it to a copy of the document. What <paramref name="apply"/> throws as <see cref="PatchException"/> becomes a failure.</summary>
    internal static PatchOutcome Run(JsonObject document, ReadOnlyMemory<byte> patch, Func<JsonNode, JsonNode?, JsonNode?> apply)
    {
        try
        {
            var parsed = JsonNode.Parse(patch.Span, null, new JsonDocumentOptions { MaxDepth = ObjectLimits.Depth, AllowDuplicateProperties = false });
            return Of(apply(document.DeepClone(), parsed));
        }
        catch (PatchException exception)
        {
            return new PatchOutcome(null, exception.Failure, exception.Message);
        }
        catch (JsonException exception)
        {
            return Malformed("error decoding patch: " + JsonSyntax.Describe(exception, patch.Span));
        }
        catch (InvalidOperationException)
        {
            return Malformed("error decoding patch: invalid character in string literal: not UTF-8");
        }
    }
}

/// <summary>Ends the application of a patch from any depth; caught only by <see cref="PatchOutcome.Run"/>.</summary>
internal sealed class PatchException(PatchFailure failure, string message) : Exception(message)
{
    internal PatchFailure Failure { get; } = failure;
}
