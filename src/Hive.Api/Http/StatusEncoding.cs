using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;

namespace Hive.Api.Http;

/// <summary>Writes refusals and successes as <c>Status</c> objects, keys in the order in which Kubernetes sends them.</summary>
public static class StatusEncoding
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Json(Refusal refusal) => Write("Failure", refusal.Message, refusal.Reason, refusal.Details, refusal.Code, refusal.Continue);

    /// <summary>The answer to a delete that leaves no object to show.</summary>
    public static byte[] Success(RefusalDetails? details, int code = 0) => Write("Success", "", "", details, code, "");

    private static byte[] Write(string status, string message, string reason, RefusalDetails? details, int code, string @continue)
    {
        var output = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(output, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("kind"u8, "Status"u8);
            writer.WriteString("apiVersion"u8, "v1"u8);
            writer.WriteStartObject("metadata"u8);
            if (@continue.Length > 0) writer.WriteString("continue"u8, @continue);
            writer.WriteEndObject();
            writer.WriteString("status"u8, status);
            if (message.Length > 0) writer.WriteString("message"u8, message);
            if (reason.Length > 0) writer.WriteString("reason"u8, reason);
            if (details is not null) WriteDetails(writer, details);
            if (code > 0) writer.WriteNumber("code"u8, code);
            writer.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    private static void WriteDetails(Utf8JsonWriter writer, RefusalDetails details)
    {
        writer.WriteStartObject("details"u8);
        if (details.Name.Length > 0) writer.WriteString("name"u8, details.Name);
        if (details.Group.Length > 0) writer.WriteString("group"u8, details.Group);
        if (details.Kind.Length > 0) writer.WriteString("kind"u8, details.Kind);
        if (details.Uid.Length > 0) writer.WriteString("uid"u8, details.Uid);
        if (!details.Causes.IsDefaultOrEmpty)
        {
            writer.WriteStartArray("causes"u8);
            foreach (RefusalCause cause in details.Causes)
            {
                writer.WriteStartObject();
                if (cause.Reason.Length > 0) writer.WriteString("reason"u8, cause.Reason);
                if (cause.Message.Length > 0) writer.WriteString("message"u8, cause.Message);
                if (cause.Field.Length > 0) writer.WriteString("field"u8, cause.Field);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        if (details.RetryAfterSeconds > 0) writer.WriteNumber("retryAfterSeconds"u8, details.RetryAfterSeconds);
        writer.WriteEndObject();
    }
}
