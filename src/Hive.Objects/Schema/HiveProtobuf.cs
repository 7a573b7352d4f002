namespace Hive.Objects;

/// <summary>What the protobuf envelope says about the message in it.</summary>
public readonly record struct ProtoEnvelope(string ApiVersion, string Kind, ReadOnlyMemory<byte> Raw);

/// <summary>Kubernetes' protobuf: the bytes <c>k8s\0</c>, then an envelope that names the type and holds the message.</summary>
public static class HiveProtobuf
{
    /// <summary>The four bytes that every protobuf body begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>The document in its envelope.</summary>
    public static byte[] Write(TypedDocument document)
    {
        var writer = new ReverseProtoWriter();
        writer.WriteString(4, "");
        writer.WriteString(3, "");
        var mark = writer.Position;
        TypeSchema.Of(document.GetType()).WriteProto(writer, document);
        writer.CloseMessage(2, mark);
        mark = writer.Position;
        writer.WriteString(2, document.Kind);
        writer.WriteString(1, document.ApiVersion);
        writer.CloseMessage(1, mark);
        writer.WriteRaw(Magic);
        return writer.Written.ToArray();
    }

    /// <summary>Opens the envelope; false with the reason when there is none.</summary>
    public static bool TryOpen(ReadOnlyMemory<byte> body, out ProtoEnvelope envelope, out string error)
    {
        envelope = default;
        error = "";
        if (!body.Span.StartsWith(Magic))
        {
            error = "provided data does not appear to be a protobuf message";
            return false;
        }
        try
        {
            envelope = ReadEnvelope(body.Span[Magic.Length..]);
            return true;
        }
        catch (DecodeException exception)
        {
            error = exception.Message;
            return false;
        }
    }

    /// <summary>Reads a message of a type, without envelope.</summary>
    public static Decoded<object> ReadMessage(TypeSchema schema, ReadOnlyMemory<byte> raw)
    {
        try
        {
            var reader = new ProtoReader(raw.Span);
            return Decoded<object>.Of(schema.ReadProto(ref reader, null), []);
        }
        catch (DecodeException exception)
        {
            return Decoded<object>.Failed(exception.Message);
        }
    }

    private static ProtoEnvelope ReadEnvelope(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtoReader(bytes);
        string apiVersion = "", kind = "";
        ReadOnlyMemory<byte> raw = default;
        while (reader.TryReadTag(out var number))
        {
            if (number == 1)
            {
                var type = reader.ReadMessage();
                while (type.TryReadTag(out var typeField))
                {
                    if (typeField == 1) apiVersion = type.ReadString();
                    else if (typeField == 2) kind = type.ReadString();
                    else type.Skip();
                }
            }
            else if (number == 2)
            {
                raw = reader.ReadBytes().ToArray();
            }
            else
            {
                reader.Skip();
            }
        }
        return new ProtoEnvelope(apiVersion, kind, raw);
    }
}
