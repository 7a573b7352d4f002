using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Hive.Objects;

/// <summary>One condition on a field: equal, or not equal.</summary>
public sealed record FieldRequirement(string Field, string Value, bool Negated);

/// <summary>A field selector (<c>spec.nodeName=n1,status.phase!=Succeeded</c>) for one kind; all conditions must hold.</summary>
public sealed class FieldQuery
{
    private readonly KindDefinition _kind;

    private FieldQuery(KindDefinition kind, IReadOnlyList<FieldRequirement> requirements)
    {
        _kind = kind;
        Requirements = requirements;
    }

    public IReadOnlyList<FieldRequirement> Requirements { get; }

    public bool MatchesEverything => Requirements.Count == 0;

    /// <summary>The name that <c>metadata.name=x</c> asks for, so that one key can be read instead of a range; null otherwise.</summary>
    public string? ExactName => Requirements.FirstOrDefault(r => r is { Field: "metadata.name", Negated: false })?.Value;

    /// <summary>As <see cref="ExactName"/> for the namespace.</summary>
    public string? ExactNamespace => Requirements.FirstOrDefault(r => r is { Field: "metadata.namespace", Negated: false })?.Value;

    /// <summary>Reads a selector; '\' escapes ',', '=' and itself. The empty text matches everything.</summary>
    public static bool TryParse(string text, KindDefinition kind, [NotNullWhen(true)] out FieldQuery? query, out string error)
    {
        query = null;
        error = "";
        var requirements = new List<FieldRequirement>();
        foreach (var term in Terms(text))
        {
            if (term.Length == 0) continue;
            if (!TrySplit(term, out var requirement))
            {
                error = $"invalid selector: '{text}'; can't understand '{term}'";
                return false;
            }
            if (!kind.SelectableFields.Contains(requirement.Field))
            {
                error = kind.SelectableFields.Count > 2
                    ? $"field label not supported: {requirement.Field}"
                    : $"\"{requirement.Field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";
                return false;
            }
            requirements.Add(requirement);
        }
        query = new FieldQuery(kind, requirements);
        return true;
    }

    public bool Matches(HiveObject item)
    {
        for (var i = 0; i < Requirements.Count; i++)
        {
            var requirement = Requirements[i];
            if ((_kind.SelectableValue(item, requirement.Field) == requirement.Value) == requirement.Negated) return false;
        }
        return true;
    }

    private static IEnumerable<string> Terms(string text)
    {
        var start = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\') at++;
            else if (text[at] == ',')
            {
                yield return text[start..at];
                start = at + 1;
            }
        }
        yield return text[start..];
    }

    private static bool TrySplit(string term, [NotNullWhen(true)] out FieldRequirement? requirement)
    {
        requirement = null;
        for (var at = 0; at < term.Length; at++)
        {
            var rest = term.AsSpan(at);
            var length = rest.StartsWith("!=") || rest.StartsWith("==") ? 2 : rest[0] == '=' ? 1 : 0;
            if (length == 0) continue;
            if (!TryUnescape(term[(at + length)..], out var value)) return false;
            requirement = new FieldRequirement(term[..at], value, rest[0] == '!');
            return true;
        }
        return false;
    }

    private static bool TryUnescape(string text, out string value)
    {
        var result = new StringBuilder(text.Length);
        value = "";
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is ',' or '=') return false;
            if (text[at] == '\\' && (++at == text.Length || text[at] is not ('\\' or ',' or '='))) return false;
            result.Append(text[at]);
        }
        value = result.ToString();
        return true;
    }
}
