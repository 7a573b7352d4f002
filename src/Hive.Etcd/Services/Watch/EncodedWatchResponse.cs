using System.Buffers;
using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;

namespace Hive.Etcd.Services.Watch;

/// <summary>A watch response whose events are encoded already: a message's fields may come in any number of parts.</summary>
/// <param name="head">All but the events.</param>
/// <param name="events">Encoded events, in order; shared with other watchers.</param>
internal sealed class EncodedWatchResponse(WatchResponse head, IReadOnlyList<ReadOnlyMemory<byte>> events) : IMessagePieces
{
    // What a slow client lets lie beyond the transport's own buffer.
    private const int PieceBytes = 32 * 1024;

    private bool _begun;
    private int _part;
    private int _at;

    public long Size { get; } = head.CalculateSize() + events.Sum(part => (long)part.Length);

    /// <summary>Its events are encoded, and fairness between watchers is the hub's.</summary>
    public bool IsMadeAsWritten => false;

    public bool MeasureNext() => false;

    public bool WriteNext(IBufferWriter<byte> output)
    {
        if (!_begun) head.WriteTo(output);
        _begun = true;
        var left = PieceBytes;
        while (_part < events.Count)
        {
            if (left == 0) return true;
            var rest = events[_part].Span[_at..];
            var taken = Math.Min(rest.Length, left);
            output.Write(rest[..taken]);
            left -= taken;
            _at += taken;
            if (_at < events[_part].Length) continue;
            _part++;
            _at = 0;
        }
        return false;
    }
}
