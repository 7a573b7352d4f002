using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Hive.Drone.Runtimes.Docker;

/// <summary>The engine's multiplexed streams: frames of an 8-byte header (stream, 3 zero bytes, length big-endian) and a payload.</summary>
internal static class EngineStreams
{
    private const int LongestFrame = 1 << 20;

    public static async IAsyncEnumerable<(string Stream, ReadOnlyMemory<byte> Payload)> FramesAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellation)
    {
        byte[] header = new byte[8];
        while (await stream.ReadAtLeastAsync(header, 8, throwOnEndOfStream: false, cancellation) == 8)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4));
            if (header[0] > 2 || header[1] != 0 || length is < 0 or > LongestFrame) throw new IOException("the engine's stream is not framed as expected");
            byte[] payload = new byte[length];
            if (await stream.ReadAtLeastAsync(payload, length, throwOnEndOfStream: false, cancellation) < length) yield break;
            yield return (header[0] == 2 ? "stderr" : "stdout", payload);
        }
    }

    /// <summary>Splits "time text" as the engine writes it with timestamps on.</summary>
    public static bool TryLine(string stream, ReadOnlyMemory<byte> payload, out LogLine line)
    {
        line = default;
        int space = payload.Span.IndexOf((byte)' ');
        if (space < 0 || !LogTimes.TryParse(Encoding.ASCII.GetString(payload.Span[..space]), out DateTimeOffset at)) return false;
        ReadOnlyMemory<byte> text = payload[(space + 1)..];
        bool whole = text.Length > 0 && text.Span[^1] == (byte)'\n';
        line = new LogLine(at, stream, whole ? text[..^1] : text, whole);
        return true;
    }
}
