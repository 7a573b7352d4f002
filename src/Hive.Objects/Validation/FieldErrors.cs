using System.Globalization;

namespace Hive.Objects;

/// <summary>
/// What is wrong with an object, field by field, in the words that clients of this API know. Paths are those of JSON
/// (<c>spec.containers[0].name</c>).
/// </summary>
public sealed class FieldErrors
{
    private readonly List<StatusCause> _causes = [];

    /// <summary>The errors in the order in which they were found.</summary>
    public IReadOnlyList<StatusCause> Causes => _causes;

    public bool None => _causes.Count == 0;

    public void Required(string field, string detail = "") => Add(CauseType.FieldValueRequired, field, "Required value" + Suffix(detail));

    /// <summary>The value is shown quoted when it is a string, otherwise as its text.</summary>
    public void Invalid(string field, object? value, string detail) => Add(CauseType.FieldValueInvalid, field, $"Invalid value: {Show(value)}{Suffix(detail)}");

    public void NotSupported(string field, string value, IReadOnlyList<string> supported) =>
        Add(CauseType.FieldValueNotSupported, field, $"Unsupported value: \"{value}\": supported values: {string.Join(", ", supported.Select(s => $"\"{s}\""))}");

    public void Forbidden(string field, string detail) => Add(CauseType.FieldValueForbidden, field, $"Forbidden: {detail}");

    public void Duplicate(string field, object? value) => Add(CauseType.FieldValueDuplicate, field, $"Duplicate value: {Show(value)}");

    public void NotFound(string field, object? value) => Add(CauseType.FieldValueNotFound, field, $"Not found: {Show(value)}");

    public void TooLong(string field, int limitBytes) =>
        Add(CauseType.FieldValueTooLong, field, string.Create(CultureInfo.InvariantCulture, $"Too long: must have at most {limitBytes} bytes"));

    /// <summary>The text behind <c>is invalid: </c> in a Status: one cause as it is, several in brackets.</summary>
    public static string Describe(IReadOnlyList<StatusCause> causes)
    {
        var texts = causes.Select(cause => $"{cause.Field}: {cause.Message}").ToArray();
        return texts.Length == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
    }

    private void Add(string reason, string field, string message) => _causes.Add(new StatusCause { Reason = reason, Message = message, Field = field });

    private static string Suffix(string detail) => detail.Length == 0 ? "" : ": " + detail;

    private static string Show(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        IntOrString { IsText: true } text => $"\"{text}\"",
        StringMap map => $"map[string]string{{{string.Join(", ", map.Select(pair => $"\"{pair.Key}\":\"{pair.Value}\""))}}}",
        IEnumerable<string> list => $"[]string{{{string.Join(", ", list.Select(item => $"\"{item}\""))}}}",
        Time or MicroTime or Duration or Quantity => $"\"{value}\"",
        _ when value.GetType().IsValueType => value.ToString()!,
        _ => System.Text.Encoding.UTF8.GetString(HiveJson.Write(value)),
    };
}
