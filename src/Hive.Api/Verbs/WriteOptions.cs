using System.Collections.Immutable;
using Hive.Api.Authentication;
using Hive.Api.Http;

namespace Hive.Api.Verbs;

/// <summary>How strictly unknown and duplicate fields of a body are taken.</summary>
public enum FieldValidation : byte { Ignore, Warn, Strict }

/// <summary>Who writes, and how.</summary>
/// <param name="FieldManager">Whom the fields that change belong to from then on.</param>
/// <param name="Applies">The object brings its field owners along: it is what an apply made.</param>
public sealed record WriteIntent(Caller User, bool DryRun, string FieldManager, bool Applies = false);

/// <summary>Options that all writes share.</summary>
public sealed record WriteOptions(bool DryRun, FieldValidation Validation, string FieldManager)
{
    public WriteIntent By(Caller user) => new(user, DryRun, FieldManager);

    /// <param name="kind">Kind of the options, for messages: CreateOptions, UpdateOptions, PatchOptions.</param>
    public static Outcome<WriteOptions> Read(ApiRequest request, string kind)
    {
        ImmutableArray<string> dryRun = [.. request.Query.All("dryRun").Where(value => value.Length > 0)];
        if (CheckDryRun(dryRun, kind) is { } refusal) return refusal;
        FieldValidation? validation = request.Query.Text("fieldValidation") switch
        {
            "" or "Warn" => FieldValidation.Warn,
            "Ignore" => FieldValidation.Ignore,
            "Strict" => FieldValidation.Strict,
            _ => null,
        };
        if (validation is null)
        {
            return Refusals.Invalid(kind, "meta.k8s.io", "", "FieldValueNotSupported", "fieldValidation",
                $"Unsupported value: \"{request.Query.Text("fieldValidation")}\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"");
        }
        return new WriteOptions(dryRun.Length > 0, validation.Value, request.FieldManager);
    }

    public static Refusal? CheckDryRun(ImmutableArray<string> dryRun, string kind)
    {
        if (dryRun.All(value => value == "All")) return null;
        string shown = string.Join(", ", dryRun.Select(value => $"\"{value}\""));
        return Refusals.Invalid(kind, "meta.k8s.io", "", "FieldValueNotSupported", "dryRun", $"Unsupported value: []string{{{shown}}}: supported values: \"All\"");
    }
}
