using System.Text;

namespace Hive.Objects;

/// <summary>The syntax of names, labels and keys (RFC 1123, RFC 1035, qualified names). A method returns null for a good name, otherwise what is wrong with it.</summary>
public static class Names
{
    public const int LabelLength = 63;
    public const int SubdomainLength = 253;
    private const string LabelPattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private const string Rfc1035Pattern = "[a-z]([-a-z0-9]*[a-z0-9])?";
    private const string SubdomainPattern = LabelPattern + @"(\." + LabelPattern + ")*";
    private const string QualifiedPattern = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
    private const string LabelValuePattern = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";

    /// <summary>An RFC 1123 label: at most 63 of a-z, 0-9 and '-', with a letter or digit at both ends.</summary>
    public static string? Label(string name)
    {
        if (name.Length > LabelLength) return TooLong(LabelLength);
        return IsLabel(name, false) ? null
            : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
                + Example("my-name", "123-abc", LabelPattern);
    }

    /// <summary>As <see cref="Label"/>, and the first is a letter (RFC 1035): names of services.</summary>
    public static string? Rfc1035Label(string name)
    {
        if (name.Length > LabelLength) return TooLong(LabelLength);
        return IsLabel(name, true) ? null
            : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"
                + Example("my-name", "abc-123", Rfc1035Pattern);
    }

    /// <summary>RFC 1123 labels joined by dots, at most 253 characters: names of most objects.</summary>
    public static string? Subdomain(string name)
    {
        if (name.Length > SubdomainLength) return TooLong(SubdomainLength);
        return name.Split('.').All(part => IsLabel(part, false)) ? null
            : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
                + Example("example.com", null, SubdomainPattern);
    }

    /// <summary>A name of at most 63 characters, with an optional subdomain and '/' before it: keys of labels and annotations.</summary>
    public static string? QualifiedName(string name)
    {
        var parts = name.Split('/');
        if (parts.Length > 2) return "a qualified name " + Rule(QualifiedText, "MyName", "my.name", "123-abc", QualifiedPattern) + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
        if (parts.Length == 2)
        {
            if (parts[0].Length == 0) return "prefix part must be non-empty";
            if (Subdomain(parts[0]) is { } bad) return "prefix part " + bad;
        }
        var last = parts[^1];
        if (last.Length == 0) return "name part must be non-empty";
        if (last.Length > LabelLength) return "name part " + TooLong(LabelLength);
        return IsQualified(last) ? null : "name part " + Rule(QualifiedText, "MyName", "my.name", "123-abc", QualifiedPattern);
    }

    /// <summary>Empty, or at most 63 characters: values of labels.</summary>
    public static string? LabelValue(string value)
    {
        if (value.Length > LabelLength) return TooLong(LabelLength);
        return value.Length == 0 || IsQualified(value) ? null
            : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
                + $" (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '{LabelValuePattern}')";
    }

    /// <summary>The name of an environment variable: printable ASCII without '='.</summary>
    public static string? EnvironmentVariable(string name) =>
        name.Length > 0 && name.All(c => c is >= ' ' and <= '~' and not '=') ? null
            : "a valid environment variable name must consist only of printable ASCII characters other than '='";

    /// <summary>A key of a ConfigMap or Secret: at most 253 of letters, digits, '-', '_' and '.', and no path.</summary>
    public static string? DataKey(string key)
    {
        if (key.Length > SubdomainLength) return TooLong(SubdomainLength);
        if (key.Length == 0 || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
        }
        return key is "." or ".." ? $"must not be '{key}'" : key.StartsWith("..", StringComparison.Ordinal) ? "must not start with '..'" : null;
    }

    /// <summary>The name of a port: at most 15 of a-z, 0-9 and '-', with a letter, without '--'.</summary>
    public static string? PortName(string name)
    {
        if (name.Length > 15) return TooLong(15);
        if (!name.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-')) return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
        if (!name.Any(c => c is >= 'a' and <= 'z')) return "must contain at least one letter (a-z)";
        if (name.Contains("--", StringComparison.Ordinal)) return "must not contain consecutive hyphens";
        return name[0] == '-' || name[^1] == '-' ? "must not begin or end with a hyphen" : null;
    }

    /// <summary>An IPv4 or IPv6 address in its usual text.</summary>
    public static string? Address(string text) => System.Net.IPAddress.TryParse(text, out var address) && (text.Contains(':') || address.ToString() == text)
        ? null : "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

    /// <summary>Bytes that all keys and values take.</summary>
    public static long ByteCount(StringMap map)
    {
        var total = 0L;
        for (var i = 0; i < map.Count; i++) total += Encoding.UTF8.GetByteCount(map.At(i).Key) + Encoding.UTF8.GetByteCount(map.At(i).Value);
        return total;
    }

    private const string QualifiedText = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

    private static bool IsLabel(string name, bool letterFirst)
    {
        if (name.Length == 0 || name[0] == '-' || name[^1] == '-') return false;
        if (letterFirst && !char.IsAsciiLetterLower(name[0])) return false;
        foreach (var c in name)
        {
            if (c is not (>= 'a' and <= 'z' or >= '0' and <= '9' or '-')) return false;
        }
        return true;
    }

    private static bool IsQualified(string name) =>
        char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static string TooLong(int length) => $"must be no more than {length} characters";

    private static string Example(string first, string? second, string pattern) =>
        second is null ? $" (e.g. '{first}', regex used for validation is '{pattern}')" : $" (e.g. '{first}',  or '{second}', regex used for validation is '{pattern}')";

    private static string Rule(string text, string first, string second, string third, string pattern) =>
        $"{text} (e.g. '{first}',  or '{second}',  or '{third}', regex used for validation is '{pattern}')";
}
