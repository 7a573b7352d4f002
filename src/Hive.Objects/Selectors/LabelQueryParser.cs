namespace Hive.Objects;

/// <summary>The grammar of label selectors: conditions joined by commas, based on equality or on sets.</summary>
internal sealed class LabelQueryParser
{
    private const string Operators = "'=', '!=', '==', 'in', notin'";
    private readonly List<string> _tokens;
    private int _at;
    private string _error = "";

    private LabelQueryParser(string text) => _tokens = Tokens(text);

    internal static bool TryParse(string text, out IReadOnlyList<LabelRequirement> requirements, out string error)
    {
        var parser = new LabelQueryParser(text);
        var found = new List<LabelRequirement>();
        while (parser._at < parser._tokens.Count && parser._error.Length == 0) parser.Requirement(found);
        requirements = [.. found.OrderBy(r => r.Key, StringComparer.Ordinal)];
        error = parser._error.Length == 0 ? "" : "unable to parse requirement: " + parser._error;
        return error.Length == 0;
    }

    private string Peek => _at < _tokens.Count ? _tokens[_at] : "";

    private void Requirement(List<LabelRequirement> found)
    {
        var negated = Take("!");
        var key = Next();
        if (!IsWord(key))
        {
            Fail(key, "!, identifier, or 'end of string'");
            return;
        }
        if (Names.QualifiedName(key) is { } bad)
        {
            _error = $"<nil>: Invalid value: \"{key}\": {bad}";
            return;
        }
        if (negated || Peek is "" or ",") Add(found, key, negated ? LabelOperator.DoesNotExist : LabelOperator.Exists, []);
        else Comparison(found, key);
        if (_error.Length > 0 || Peek.Length == 0) return;
        if (!Take(",")) Fail(Peek, "',' or 'end of string'");
        else if (!IsWord(Peek) && Peek != "!") Fail(Peek, "identifier after ','");
    }

    private void Comparison(List<LabelRequirement> found, string key)
    {
        var text = Next();
        LabelOperator? compare = text switch
        {
            "=" or "==" => LabelOperator.Equals,
            "!=" => LabelOperator.NotEquals,
            "in" => LabelOperator.In,
            "notin" => LabelOperator.NotIn,
            ">" => LabelOperator.GreaterThan,
            "<" => LabelOperator.LessThan,
            _ => null,
        };
        if (compare is null) Fail(text, Operators);
        else if (compare is LabelOperator.In or LabelOperator.NotIn) Add(found, key, compare.Value, Set());
        else Add(found, key, compare.Value, [Single()]);
    }

    // "a=" compares with the empty value.
    private string Single() => Peek is "" or "," ? "" : IsWord(Peek) ? Next() : Fail(Peek, "identifier");

    private List<string> Set()
    {
        var values = new List<string>();
        if (!Take("(")) Fail(Peek, "'('");
        while (_error.Length == 0)
        {
            values.Add(Peek is "," or ")" ? "" : IsWord(Peek) ? Next() : Fail(Peek, "',', ')' or identifier"));
            if (Take(")")) break;
            if (_error.Length == 0 && !Take(",")) Fail(Peek, "',' or ')'");
        }
        return [.. values.Distinct().Order(StringComparer.Ordinal)];
    }

    private void Add(List<LabelRequirement> found, string key, LabelOperator compare, IReadOnlyList<string> values)
    {
        if (_error.Length > 0) return;
        foreach (var value in values)
        {
            if (Names.LabelValue(value) is not { } bad) continue;
            _error = $"values[0][{key}]: Invalid value: \"{value}\": {bad}";
            return;
        }
        if (compare is LabelOperator.GreaterThan or LabelOperator.LessThan && !long.TryParse(values[0], out _))
        {
            _error = $"values[0][{key}]: Invalid value: \"{values[0]}\": for 'Gt', 'Lt' operators, the value must be an integer";
            return;
        }
        found.Add(new LabelRequirement(key, compare, values));
    }

    private string Fail(string token, string expected)
    {
        if (_error.Length == 0) _error = $"found '{token}', expected: {expected}";
        return "";
    }

    private string Next() => _at < _tokens.Count ? _tokens[_at++] : "";

    private bool Take(string token)
    {
        if (Peek != token) return false;
        _at++;
        return true;
    }

    private static bool IsWord(string token) => token.Length > 0 && !IsSpecial(token[0]);

    private static bool IsSpecial(char c) => c is '=' or '!' or '(' or ')' or ',' or '>' or '<';

    private static List<string> Tokens(string text)
    {
        var tokens = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }
            if (IsSpecial(text[at]))
            {
                at++;
                // "==" and "!=" are the only tokens of two signs.
                if (text[start] is '=' or '!' && at < text.Length && text[at] == '=') at++;
            }
            else
            {
                while (at < text.Length && !IsSpecial(text[at]) && !char.IsWhiteSpace(text[at])) at++;
            }
            tokens.Add(text[start..at]);
        }
        return tokens;
    }
}
