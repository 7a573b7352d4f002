using Hive.Journal;

namespace Hive.Queen.Archive;

/// <summary>
/// Reads records of an archive one by one and believes nothing: each must verify and follow the one before. It stops where that ends, and says whether
/// it was the end, and where it was not.
/// </summary>
public sealed class ArchiveReader(Stream source, LogPosition after)
{
    private readonly byte[] _head = new byte[ArchiveFormat.RecordBytes];

    /// <summary>The last entry that was read.</summary>
    public LogPosition Last { get; private set; } = after;

    /// <summary>Where it stands: all in front of it is good.</summary>
    public long Position { get; private set; }

    /// <summary>Why there is no next record though the source has not ended here; null while all is well.</summary>
    public string? Problem { get; private set; }

    /// <summary>The problem is that the source ends within a record.</summary>
    public bool IsCutOff { get; private set; }

    /// <summary>The header at the front of a file; null when it is none.</summary>
    public static ArchiveHeader? ReadHeader(Stream file)
    {
        byte[] bytes = new byte[ArchiveFormat.HeaderBytes];
        return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length && ArchiveFormat.TryReadHeader(bytes, out ArchiveHeader header) ? header : null;
    }

    /// <summary>The next entry; null at the end, and where there is a <see cref="Problem"/>.</summary>
    public AppliedEntry? Next()
    {
        if (Problem is not null) return null;
        int read = source.ReadAtLeast(_head, _head.Length, throwOnEndOfStream: false);
        if (read == 0) return null;
        if (read < _head.Length) return CutOff();
        if (ArchiveFormat.LengthOf(_head) is not { } length) return Stop("is damaged");
        byte[] record = new byte[length];
        _head.CopyTo(record, 0);
        int wanted = length - _head.Length;
        if (source.ReadAtLeast(record.AsSpan(_head.Length), wanted, throwOnEndOfStream: false) < wanted) return CutOff();
        if (!ArchiveFormat.TryRead(record, out AppliedEntry entry)) return Stop("is damaged");
        if (entry.Index != Last.Index.Next || entry.Term < Last.Term) return Stop($"holds entry {entry.Index} of term {entry.Term} behind entry {Last.Index} of term {Last.Term}");
        Last = new LogPosition(entry.Index, entry.Term);
        Position += length;
        return entry;
    }

    private AppliedEntry? CutOff()
    {
        IsCutOff = true;
        return Stop("is cut off");
    }

    private AppliedEntry? Stop(string problem)
    {
        Problem = problem;
        return null;
    }
}
