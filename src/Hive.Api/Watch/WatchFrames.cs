using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Api.Verbs;
using Hive.Objects;

namespace Hive.Api.Watch;

/// <summary>Kinds of a watch's events.</summary>
public enum WatchEventType : byte { Added, Modified, Deleted, Bookmark, Error }

/// <summary>
/// Events as bytes of the stream: one JSON object and a newline each, or a length and a message in protobuf. What was encoded for one watcher of a kind and form
/// serves all the others.
/// </summary>
public sealed class WatchFrames(Presentation presentation, ApiLimits limits)
{
    private static readonly string[] Names = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"];

    private readonly RevisionCache<FrameKey, byte[]> _shared = new(limits.EncodedEvents, limits.EncodedBytes);

    private readonly record struct FrameKey(string Resource, string Uid, string Namespace, string Name, string Revision, WatchEventType Type, MediaChoice Media, IncludeObject Include);

    /// <param name="withColumns">The first event of a table stream, which tells the columns; it is never shared.</param>
    public byte[] Encode(KindDefinition kind, WatchEventType type, HiveObject value, MediaChoice media, IncludeObject include, bool withColumns)
    {
        if (withColumns) return Build(kind, type, value, media, include, true);
        ObjectMeta meta = value.Metadata;
        var key = new FrameKey(kind.QualifiedResource, meta.Uid, meta.Namespace, meta.Name, meta.ResourceVersion, type, media, include);
        if (_shared.Find(key) is { } known) return known;
        byte[] built = Build(kind, type, value, media, include, false);
        _shared.Add(key, built, built.Length);
        return built;
    }

    /// <param name="endOfInitial">Marks that all present objects were sent.</param>
    public byte[] Bookmark(KindDefinition kind, long revision, MediaChoice media, bool endOfInitial)
    {
        string version = revision.ToString(CultureInfo.InvariantCulture);
        if (media.Shape == ObjectShape.Table)
        {
            return Frame(WatchEventType.Bookmark, presentation.Table(kind, [], new ListMeta { ResourceVersion = version }, IncludeObject.None, media, false), media);
        }
        HiveObject empty = media.Shape == ObjectShape.PartialMetadata ? new PartialObjectMetadata { ApiVersion = media.MetaVersion } : kind.Blank();
        StringMap annotations = endOfInitial ? StringMap.Of(("k8s.io/initial-events-end", "true")) : StringMap.Empty;
        return Frame(WatchEventType.Bookmark, empty with { Metadata = new ObjectMeta { ResourceVersion = version, Annotations = annotations } }, media);
    }

    public byte[] Error(Refusal refusal, MediaChoice media) => Frame(WatchEventType.Error, StatusEncoding.Document(refusal), media);

    private byte[] Build(KindDefinition kind, WatchEventType type, HiveObject value, MediaChoice media, IncludeObject include, bool withColumns)
    {
        TypedDocument shown = media.Shape switch
        {
            ObjectShape.Table => presentation.Table(kind, [value], new ListMeta { ResourceVersion = value.Metadata.ResourceVersion }, include, media, withColumns),
            ObjectShape.PartialMetadata => Presentation.Partial(value, media),
            _ => value,
        };
        return Frame(type, shown, media);
    }

    private static byte[] Frame(WatchEventType type, TypedDocument document, MediaChoice media) =>
        media.Format == WireFormat.Protobuf ? ProtobufFrame(Names[(int)type], document) : JsonFrame(Names[(int)type], document);

    private static byte[] JsonFrame(string type, TypedDocument document)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        output.Write("{\"type\":\""u8);
        output.Write(Encoding.ASCII.GetBytes(type));
        output.Write("\",\"object\":"u8);
        HiveJson.Write(output, document);
        output.Write("}\n"u8);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Four bytes of length, then WatchEvent {1: type, 2: RawExtension {1: the object in its envelope}}.</summary>
    private static byte[] ProtobufFrame(string type, TypedDocument document)
    {
        byte[] body = HiveProtobuf.Write(document);
        byte[] name = Encoding.ASCII.GetBytes(type);
        var extension = new ArrayBufferWriter<byte>(body.Length + 16);
        WriteField(extension, 1, body);
        var message = new ArrayBufferWriter<byte>(body.Length + 32);
        WriteField(message, 1, name);
        WriteField(message, 2, extension.WrittenSpan);
        byte[] frame = new byte[4 + message.WrittenCount];
        BinaryPrimitives.WriteInt32BigEndian(frame, message.WrittenCount);
        message.WrittenSpan.CopyTo(frame.AsSpan(4));
        return frame;
    }

    /// <summary>A length-delimited field.</summary>
    private static void WriteField(ArrayBufferWriter<byte> output, int number, ReadOnlySpan<byte> value)
    {
        output.Write([(byte)(number << 3 | 2)]);
        uint length = (uint)value.Length;
        while (length >= 0x80)
        {
            output.Write([(byte)(length | 0x80)]);
            length >>= 7;
        }
        output.Write([(byte)length]);
        output.Write(value);
    }
}
