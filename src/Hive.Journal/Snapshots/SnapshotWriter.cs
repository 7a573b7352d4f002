using System.Buffers.Binary;

namespace Hive.Journal;

/// <summary>
/// Writes one snapshot, in chunks of bounded size, while the member goes on. Used by one thread. Nothing of it counts before
/// <see cref="Finish"/>; disposed before that, it leaves nothing behind.
/// </summary>
public sealed class SnapshotWriter : IDisposable
{
    private readonly SnapshotFiles _files;
    private readonly IDiskFile _file;
    private readonly string _part;
    private readonly ClusterId _cluster;
    private readonly LogPosition _position;
    private readonly ReadOnlyMemory<byte> _header;
    private readonly JournalLimits _limits;
    private byte[] _chunk;
    private uint _number;
    private long _offset;
    private long _synced;
    private long _dataBytes;
    private bool _full;
    private bool _finished;

    internal SnapshotWriter(
        SnapshotFiles files, IDiskFile file, string part, ClusterId cluster, LogPosition position, ReadOnlySpan<byte> header, JournalLimits limits)
    {
        (_files, _file, _part, _cluster, _position) = (files, file, part, cluster, position);
        _header = header.ToArray();
        _limits = limits;
        _chunk = new byte[SnapshotChunk.HeaderBytes + limits.SnapshotChunkBytes];
        byte[] head = new byte[SnapshotChunk.HeaderBytes + SnapshotReader.HeadFixedBytes + header.Length];
        Span<byte> payload = head.AsSpan(SnapshotChunk.HeaderBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(payload, SnapshotReader.Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[8..], cluster.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[16..], position.Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[24..], position.Term.Value);
        header.CopyTo(payload[SnapshotReader.HeadFixedBytes..]);
        Put(head, SnapshotChunk.Head);
    }

    /// <summary>
    /// Appends one chunk of the state, of at most <see cref="JournalLimits.RecordBytes"/>; a reader gets the same chunks. NoSpace stays: the
    /// snapshot can only be given up.
    /// </summary>
    public DiskStatus Write(ReadOnlySpan<byte> bytes)
    {
        Invariant.Check(bytes.Length <= _limits.RecordBytes, $"chunk of {bytes.Length} bytes");
        int size = SnapshotChunk.HeaderBytes + bytes.Length;
        if (_chunk.Length < size) _chunk = new byte[size];
        bytes.CopyTo(_chunk.AsSpan(SnapshotChunk.HeaderBytes));
        _dataBytes += bytes.Length;
        Put(_chunk.AsSpan(0, size), SnapshotChunk.Data);
        return _full ? DiskStatus.NoSpace : DiskStatus.Ok;
    }

    /// <summary>Makes it durable under its final name. Null: there was no room.</summary>
    public SnapshotInfo? Finish()
    {
        byte[] end = new byte[SnapshotChunk.HeaderBytes + sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(SnapshotChunk.HeaderBytes), _dataBytes);
        Put(end, SnapshotChunk.End);
        if (_full) return null;
        _finished = true;
        string path = _files.Publish(_file, _part, _position);
        return new SnapshotInfo(_position, _header, path);
    }

    public void Dispose()
    {
        _file.Dispose();
        if (!_finished) _files.Discard(_part);
    }

    private void Put(Span<byte> chunk, uint kind)
    {
        if (_full) return;
        SnapshotChunk.Write(chunk, kind, _number++, _cluster);
        if (_file.Write(_offset, chunk) != DiskStatus.Ok) _full = true;
        _offset += chunk.Length;
        if (_full || _offset - _synced < _limits.SnapshotUnsyncedBytes) return;
        _file.SyncData();
        _synced = _offset;
    }
}
