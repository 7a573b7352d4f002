using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Hive.Objects;

/// <summary>
/// Where a reader stands, and what it found. The path is kept for messages only. A type error ends the read by <see cref="DecodeException"/>, which
/// never leaves this project: the one edge is <see cref="HiveJson"/> and <see cref="HiveProtobuf"/>.
/// </summary>
internal sealed class DecodeContext(ReadOnlyMemory<byte> input, bool strict)
{
    private readonly List<Step> _path = [];

    private readonly record struct Step(string? Name, int Index);

    internal ReadOnlyMemory<byte> Input { get; } = input;

    internal bool Strict { get; } = strict;

    /// <summary>Unknown and duplicate fields, in order of appearance; bounded by <see cref="ObjectLimits.StrictProblems"/>.</summary>
    internal List<string> Problems { get; } = [];

    /// <summary>The record whose field is read, for messages.</summary>
    internal string StructName { get; set; } = "";

    internal void Enter(string name) => _path.Add(new Step(name, 0));

    internal void Enter(int index) => _path.Add(new Step(null, index));

    internal void Leave() => _path.RemoveAt(_path.Count - 1);

    internal void Unknown(ref Utf8JsonReader reader) => Report("unknown", reader.GetString()!);

    internal void Duplicate(string name) => Report("duplicate", name);

    internal DecodeException WrongType(JsonTokenType found, string typeName, string detail = "")
    {
        var value = found switch
        {
            JsonTokenType.String => "string",
            JsonTokenType.Number => "number" + detail,
            JsonTokenType.True or JsonTokenType.False => "bool",
            JsonTokenType.StartObject => "object",
            JsonTokenType.StartArray => "array",
            _ => "null",
        };
        var names = string.Join('.', _path.Where(step => step.Name is not null).Select(step => step.Name));
        return names.Length == 0
            ? new DecodeException($"json: cannot unmarshal {value} into Go value of type v1.{StructName}")
            : new DecodeException($"json: cannot unmarshal {value} into Go struct field {StructName}.{names} of type {typeName}");
    }

    private void Report(string what, string name)
    {
        if (!Strict || Problems.Count >= ObjectLimits.StrictProblems) return;
        var text = $"{what} field \"{PathText(name)}\"";
        if (!Problems.Contains(text)) Problems.Add(text);
    }

    private string PathText(string last)
    {
        var text = new StringBuilder();
        foreach (var step in _path)
        {
            if (step.Name is null) text.Append(CultureInfo.InvariantCulture, $"[{step.Index}]");
            else text.Append(text.Length == 0 ? "" : ".").Append(step.Name);
        }
        return text.Append(text.Length == 0 ? "" : ".").Append(last).ToString();
    }
}

/// <summary>A body that cannot be read as its type. Internal to this project; callers see a <see cref="Decoded{T}"/>.</summary>
internal sealed class DecodeException(string message) : Exception(message);
