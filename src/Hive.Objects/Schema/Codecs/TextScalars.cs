using System.Text.Json;

namespace Hive.Objects;

/// <summary>A message of seconds and nanoseconds in protobuf.</summary>
internal sealed class TimeCodec() : StructCodec<Time>(ShapeKind.Time)
{
    internal override bool IsEmpty(Time value) => false;

    internal override void WriteJson(Utf8JsonWriter writer, Time value) => writer.WriteStringValue(value.ToString());

    internal override Time ReadJson(ref Utf8JsonReader reader, DecodeContext context)
    {
        var text = TimeText.Read(ref reader, context);
        return Time.TryParse(text, out var time) ? time : throw TimeText.Bad(text);
    }

    internal override void WriteProto(ReverseProtoWriter writer, int number, Time value)
    {
        var mark = writer.Position;
        writer.WriteVarint(2, 0);
        writer.WriteVarint(1, unchecked((ulong)value.UnixSeconds));
        writer.CloseMessage(number, mark);
    }

    internal override Time ReadProtoValue(ref ProtoReader reader) => new(TimeText.ReadTimestamp(ref reader).Seconds);
}

internal sealed class MicroTimeCodec() : StructCodec<MicroTime>(ShapeKind.MicroTime)
{
    private const long MicrosPerSecond = 1_000_000;
    private const long NanosPerMicro = 1_000;

    internal override bool IsEmpty(MicroTime value) => false;

    internal override void WriteJson(Utf8JsonWriter writer, MicroTime value) => writer.WriteStringValue(value.ToString());

    internal override MicroTime ReadJson(ref Utf8JsonReader reader, DecodeContext context)
    {
        var text = TimeText.Read(ref reader, context);
        return MicroTime.TryParse(text, out var time) ? time : throw TimeText.Bad(text);
    }

    internal override void WriteProto(ReverseProtoWriter writer, int number, MicroTime value)
    {
        var seconds = value.ToTime().UnixSeconds;
        var mark = writer.Position;
        writer.WriteVarint(2, (ulong)((value.UnixMicroseconds - seconds * MicrosPerSecond) * NanosPerMicro));
        writer.WriteVarint(1, unchecked((ulong)seconds));
        writer.CloseMessage(number, mark);
    }

    internal override MicroTime ReadProtoValue(ref ProtoReader reader)
    {
        var (seconds, nanos) = TimeText.ReadTimestamp(ref reader);
        return new MicroTime(checked(seconds * MicrosPerSecond + nanos / NanosPerMicro));
    }
}

/// <summary>What the two kinds of time have in common on the wire.</summary>
internal static class TimeText
{
    // Year 9999: beyond it there is no RFC 3339 text.
    private const long LastSecond = 253_402_300_799;
    private const long FirstSecond = -62_135_596_800;

    internal static string Read(ref Utf8JsonReader reader, DecodeContext context) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw context.WrongType(reader.TokenType, "string");

    internal static DecodeException Bad(string text) =>
        new($"parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{text}\" as \"2006\"");

    internal static (long Seconds, int Nanos) ReadTimestamp(ref ProtoReader reader)
    {
        var message = reader.ReadMessage();
        long seconds = 0, nanos = 0;
        while (message.TryReadTag(out var number))
        {
            if (number == 1) seconds = unchecked((long)message.ReadVarint());
            else if (number == 2) nanos = unchecked((long)message.ReadVarint());
            else message.Skip();
        }
        if (seconds is < FirstSecond or > LastSecond || nanos is < 0 or >= 1_000_000_000) throw new DecodeException("proto: a time is out of range");
        return (seconds, (int)nanos);
    }
}

internal sealed class DurationCodec() : StructCodec<Duration>(ShapeKind.Duration)
{
    internal override void WriteJson(Utf8JsonWriter writer, Duration value) => writer.WriteStringValue(value.ToString());

    internal override Duration ReadJson(ref Utf8JsonReader reader, DecodeContext context)
    {
        var text = TimeText.Read(ref reader, context);
        return Duration.TryParse(text, out var duration) ? duration : throw new DecodeException($"time: invalid duration \"{text}\"");
    }

    internal override void WriteProto(ReverseProtoWriter writer, int number, Duration value)
    {
        var mark = writer.Position;
        writer.WriteVarint(1, unchecked((ulong)value.Nanoseconds));
        writer.CloseMessage(number, mark);
    }

    internal override Duration ReadProtoValue(ref ProtoReader reader)
    {
        var message = reader.ReadMessage();
        long nanoseconds = 0;
        while (message.TryReadTag(out var number))
        {
            if (number == 1) nanoseconds = unchecked((long)message.ReadVarint());
            else message.Skip();
        }
        return new Duration(nanoseconds);
    }
}

internal sealed class QuantityCodec() : StructCodec<Quantity>(ShapeKind.Quantity)
{
    private const string Grammar = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

    internal override bool IsEmpty(Quantity value) => false;

    internal override void WriteJson(Utf8JsonWriter writer, Quantity value) => writer.WriteStringValue(value.ToString());

    internal override Quantity ReadJson(ref Utf8JsonReader reader, DecodeContext context) => reader.TokenType switch
    {
        JsonTokenType.String => Parse(reader.GetString()!),
        JsonTokenType.Number => Parse(System.Text.Encoding.UTF8.GetString(reader.ValueSpan)),
        _ => throw new DecodeException(Grammar),
    };

    internal override void WriteProto(ReverseProtoWriter writer, int number, Quantity value)
    {
        var mark = writer.Position;
        writer.WriteString(1, value.ToString());
        writer.CloseMessage(number, mark);
    }

    internal override Quantity ReadProtoValue(ref ProtoReader reader)
    {
        var message = reader.ReadMessage();
        var quantity = Quantity.Zero;
        while (message.TryReadTag(out var number))
        {
            if (number == 1) quantity = Parse(message.ReadString());
            else message.Skip();
        }
        return quantity;
    }

    internal override Quantity ParseDefault(string text) => Quantity.Parse(text);

    private static Quantity Parse(string text)
    {
        if (text.Length == 0) return Quantity.Zero;
        return Quantity.TryParse(text, out var quantity) ? quantity : throw new DecodeException(Grammar);
    }
}

internal sealed class IntOrStringCodec() : StructCodec<IntOrString>(ShapeKind.IntOrString)
{
    internal override void WriteJson(Utf8JsonWriter writer, IntOrString value)
    {
        if (value.Text is { } text) writer.WriteStringValue(text);
        else writer.WriteNumberValue(value.Int);
    }

    internal override IntOrString ReadJson(ref Utf8JsonReader reader, DecodeContext context)
    {
        if (reader.TokenType == JsonTokenType.String) return reader.GetString()!;
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number)) return number;
        throw context.WrongType(reader.TokenType, "int32", NumberText.Of(ref reader));
    }

    internal override void WriteProto(ReverseProtoWriter writer, int number, IntOrString value)
    {
        var mark = writer.Position;
        writer.WriteString(3, value.Text ?? "");
        writer.WriteVarint(2, unchecked((ulong)(long)value.Int));
        writer.WriteVarint(1, value.IsText ? 1UL : 0);
        writer.CloseMessage(number, mark);
    }

    internal override IntOrString ReadProtoValue(ref ProtoReader reader)
    {
        var message = reader.ReadMessage();
        ulong type = 0;
        var value = 0;
        var text = "";
        while (message.TryReadTag(out var number))
        {
            if (number == 1) type = message.ReadVarint();
            else if (number == 2) value = unchecked((int)message.ReadVarint());
            else if (number == 3) text = message.ReadString();
            else message.Skip();
        }
        return type == 0 ? new IntOrString(value) : new IntOrString(text);
    }

    internal override IntOrString ParseDefault(string text) => int.TryParse(text, out var number) ? number : text;
}

internal sealed class BytesCodec() : StructCodec<Bytes>(ShapeKind.Bytes)
{
    internal override bool IsEmpty(Bytes value) => value.IsEmpty;

    internal override void WriteJson(Utf8JsonWriter writer, Bytes value) => writer.WriteBase64StringValue(value.Span);

    internal override Bytes ReadJson(ref Utf8JsonReader reader, DecodeContext context)
    {
        if (reader.TokenType != JsonTokenType.String) throw context.WrongType(reader.TokenType, "[]uint8");
        if (reader.TryGetBytesFromBase64(out var bytes)) return bytes;
        // Line breaks inside the text are allowed, as people fold long secrets.
        var text = reader.GetString()!;
        var folded = text.Replace("\n", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal);
        var buffer = new byte[folded.Length];
        if (Convert.TryFromBase64String(folded, buffer, out var length)) return buffer[..length];
        throw new DecodeException($"illegal base64 data at input byte {BadBase64At(text)}");
    }

    internal override void WriteProto(ReverseProtoWriter writer, int number, Bytes value) => writer.WriteBytes(number, value.Span);

    internal override Bytes ReadProtoValue(ref ProtoReader reader) => reader.ReadBytes().ToArray();

    private static int BadBase64At(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(text[i]) && text[i] is not ('+' or '/' or '=' or '\n' or '\r')) return i;
        }
        return text.Length;
    }
}

/// <summary>Kept as it came; in protobuf a message with the bytes as field 1.</summary>
internal sealed class RawJsonCodec() : StructCodec<RawJson>(ShapeKind.Raw)
{
    internal override bool IsEmpty(RawJson value) => value.IsEmpty;

    internal override void WriteJson(Utf8JsonWriter writer, RawJson value)
    {
        if (value.IsEmpty) writer.WriteNullValue();
        else writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
    }

    internal override RawJson ReadJson(ref Utf8JsonReader reader, DecodeContext context)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return new RawJson(context.Input[start..(int)reader.BytesConsumed].ToArray());
    }

    internal override void WriteProto(ReverseProtoWriter writer, int number, RawJson value)
    {
        var mark = writer.Position;
        writer.WriteBytes(1, value.Utf8.Span);
        writer.CloseMessage(number, mark);
    }

    internal override RawJson ReadProtoValue(ref ProtoReader reader)
    {
        var message = reader.ReadMessage();
        var raw = default(RawJson);
        while (message.TryReadTag(out var number))
        {
            if (number == 1) raw = new RawJson(message.ReadBytes().ToArray());
            else message.Skip();
        }
        // What is kept as it came is written as it came: bytes that are no JSON would break the whole object.
        if (!raw.IsEmpty && !IsJson(raw.Utf8.Span)) throw new DecodeException("a field of raw JSON does not hold JSON");
        return raw;
    }

    private static bool IsJson(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, HiveJson.ReaderOptions);
        try
        {
            while (reader.Read())
            {
            }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
