using System.Buffers;
using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Store;

namespace Hive.Etcd.Services;

/// <summary>
/// A RangeResponse encoded straight from the store's memory, a piece at a time: walked twice, once for its length and once to be written, and never held. The state
/// that it is read from is immutable, so both walks see the same.
/// </summary>
internal sealed class RangeAnswer(RangeRows rows, ResponseHeader header) : IMessagePieces
{
    // Rows looked through before others get their turn: well below a millisecond.
    private const int RowsAtOnce = 1_024;
    private const int PieceBytes = 32 * 1024;

    // Field tags of RangeResponse: header and kvs are messages, more and count numbers.
    private const byte Header = 1 << 3 | 2, Pair = 2 << 3 | 2, More = 3 << 3, CountOfKeys = 4 << 3;

    private readonly int _headerSize = header.CalculateSize();
    private long _pairBytes;
    private bool _measured;
    private bool _begun;

    public bool IsMadeAsWritten => true;

    public long Size
    {
        get
        {
            Invariant.Check(_measured);
            return FieldWriter.FieldSize(_headerSize) + _pairBytes + FieldWriter.NumberSize(rows.More ? 1 : 0) + FieldWriter.NumberSize(rows.Count);
        }
    }

    public bool MeasureNext()
    {
        for (var looked = 0; looked < RowsAtOnce; looked++)
        {
            if (!rows.TryNext(out var row))
            {
                rows.Restart();
                _measured = true;
                return false;
            }
            _pairBytes += FieldWriter.FieldSize(EncodedPair.SizeOf(row));
        }
        return true;
    }

    public bool WriteNext(IBufferWriter<byte> output)
    {
        Invariant.Check(_measured);
        if (!_begun) WriteHeader(output);
        _begun = true;
        for (var written = 0; written < PieceBytes;)
        {
            if (!rows.TryNext(out var row))
            {
                WriteEnd(output);
                return false;
            }
            var size = EncodedPair.SizeOf(row);
            var field = FieldWriter.FieldSize(size);
            var writer = new FieldWriter(output.GetSpan(field));
            EncodedPair.Write(ref writer, Pair, size, row);
            Invariant.Check(writer.Position == field, $"{writer.Position} bytes written of {field} measured");
            output.Advance(field);
            written += field;
        }
        return true;
    }

    private void WriteHeader(IBufferWriter<byte> output)
    {
        var writer = new FieldWriter(output.GetSpan(FieldWriter.FieldSize(_headerSize)));
        writer.Length(Header, _headerSize);
        output.Advance(writer.Position);
        header.WriteTo(output);
    }

    private void WriteEnd(IBufferWriter<byte> output)
    {
        var size = FieldWriter.NumberSize(rows.More ? 1 : 0) + FieldWriter.NumberSize(rows.Count);
        if (size == 0) return;
        var writer = new FieldWriter(output.GetSpan(size));
        writer.Number(More, rows.More ? 1 : 0);
        writer.Number(CountOfKeys, rows.Count);
        output.Advance(size);
    }
}
