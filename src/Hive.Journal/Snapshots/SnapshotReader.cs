using System.Buffers.Binary;

namespace Hive.Journal;

/// <summary>Reads a snapshot from its beginning, verifying each chunk. Used by one thread.</summary>
public sealed class SnapshotReader : IDisposable
{
    internal const ulong Magic = 0x31706e5365766948; // "HiveSnp1"
    internal const int HeadFixedBytes = 32;
    private readonly IDiskFile _file;
    private readonly ClusterId _cluster;
    private readonly int _limitBytes;
    private readonly byte[] _header = new byte[SnapshotChunk.HeaderBytes];
    private long _start;
    private long _offset;
    private uint _number;
    private long _dataBytes;

    private SnapshotReader(IDiskFile file, ClusterId cluster, JournalLimits limits)
    {
        _file = file;
        _cluster = cluster;
        _limitBytes = Math.Max(limits.SnapshotChunkBytes, limits.RecordBytes);
        Info = new SnapshotInfo(default, default, "");
    }

    /// <summary>What it is a snapshot of.</summary>
    public SnapshotInfo Info { get; private set; }

    /// <summary>Size of the file.</summary>
    public long FileBytes => _file.Length;

    /// <summary>The End chunk was read and its count is right: everything was handed out.</summary>
    public bool IsComplete { get; private set; }

    internal static SnapshotReader? TryOpen(IDiskFile file, string path, ClusterId cluster, JournalLimits limits)
    {
        var reader = new SnapshotReader(file, cluster, limits);
        if (reader.ReadChunk(out uint kind, out byte[]? payload) && kind == SnapshotChunk.Head && payload.Length >= HeadFixedBytes
            && BinaryPrimitives.ReadUInt64LittleEndian(payload) == Magic
            && BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(8)) == cluster.Value)
        {
            var position = new LogPosition(
                new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(16))), new Term(BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(24))));
            reader.Info = new SnapshotInfo(position, payload.AsMemory(HeadFixedBytes), path);
            reader._start = reader._offset;
            return reader;
        }
        file.Dispose();
        return null;
    }

    /// <summary>The next piece of the state; null at the end, and where a chunk does not verify (see <see cref="IsComplete"/>).</summary>
    public ReadOnlyMemory<byte>? Next()
    {
        if (IsComplete || !ReadChunk(out uint kind, out byte[]? payload)) return null;
        if (kind == SnapshotChunk.Data)
        {
            _dataBytes += payload.Length;
            return payload;
        }
        IsComplete = kind == SnapshotChunk.End && payload.Length == sizeof(long)
            && BinaryPrimitives.ReadInt64LittleEndian(payload) == _dataBytes && _offset == _file.Length;
        return null;
    }

    /// <summary>Reads all of it, answers whether it is whole, and goes back to the beginning.</summary>
    public bool VerifyAll()
    {
        while (Next() is not null)
        {
        }
        bool whole = IsComplete;
        (_offset, _number, _dataBytes, IsComplete) = (_start, 1, 0, false);
        return whole;
    }

    public void Dispose() => _file.Dispose();

    private bool ReadChunk(out uint kind, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? payload)
    {
        payload = null;
        kind = 0;
        if (_file.Read(_offset, _header) < _header.Length) return false;
        if (!SnapshotChunk.TryReadHeader(_header, out kind, out uint number, out int payloadBytes)) return false;
        if (number != _number || payloadBytes > _limitBytes) return false;
        byte[] chunk = new byte[SnapshotChunk.HeaderBytes + payloadBytes];
        if (_file.Read(_offset, chunk) < chunk.Length || !SnapshotChunk.Verify(chunk, _cluster)) return false;
        _offset += chunk.Length;
        _number++;
        payload = chunk[SnapshotChunk.HeaderBytes..];
        return true;
    }
}
