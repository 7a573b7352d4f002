namespace Hive.Raft;

/// <summary>
/// Reads what <see cref="ByteWriter"/> wrote, strictly: once something is missing, too large or not in its shortest form, the reader has failed for
/// good and gives zeros; the caller asks once, at the end (<see cref="Finished"/>).
/// </summary>
internal ref struct ByteReader(ReadOnlyMemory<byte> from)
{
    /// <summary>No term, index or clock reaches this: arithmetic on what was read cannot overflow.</summary>
    public const ulong MaxOrdinal = 1UL << 62;

    private readonly ReadOnlyMemory<byte> _from = from;
    private int _at;

    public bool Failed { get; private set; }

    /// <summary>All was read, and nothing was wrong.</summary>
    public readonly bool Finished => !Failed && _at == _from.Length;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _from.Length - _at;

    public void Fail() => Failed = true;

    public byte Byte()
    {
        if (!Failed && _at < _from.Length) return _from.Span[_at++];
        Failed = true;
        return 0;
    }

    public bool Flag()
    {
        byte value = Byte();
        if (value > 1) Failed = true;
        return value == 1;
    }

    public ulong Number()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70 && !Failed; shift += 7)
        {
            byte next = Byte();
            if (shift == 63 && next > 1) break;
            value |= (ulong)(next & 0x7F) << shift;
            if (next >= 0x80) continue;
            if (next == 0 && shift > 0) break;
            return Failed ? 0 : value;
        }
        Failed = true;
        return 0;
    }

    public ulong Ordinal()
    {
        ulong value = Number();
        if (value < MaxOrdinal) return value;
        Failed = true;
        return 0;
    }

    public Term Term() => new(Ordinal());

    public LogIndex Index() => new(Ordinal());

    public MemberId Member() => new(Number());

    public Stamp Stamp() => new(new LogTime((long)Ordinal()), new WallTime((long)Ordinal()));

    public ReadOnlyMemory<byte> Bytes()
    {
        ulong length = Number();
        if (Failed || length > (ulong)Remaining)
        {
            Failed = true;
            return default;
        }
        var slice = _from.Slice(_at, (int)length);
        _at += (int)length;
        return slice;
    }
}
