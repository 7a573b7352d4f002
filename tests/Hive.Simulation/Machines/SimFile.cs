using Hive.Journal.Records;
using Hive.Raft;
using Hive.Simulation.World;

namespace Hive.Simulation.Machines;

/// <summary>One file: what programs see, and what the device holds.</summary>
internal sealed class SimFile(int length)
{
    private const int SectorBytes = 512;

    private readonly List<(int Offset, int Length)> _unsynced = [];
    private byte[] _seen = new byte[length];
    private byte[] _durable = [];
    private int _durableLength;
    private int _lastSynced;

    public int Length { get; private set; } = length;

    public int Read(long offset, Span<byte> buffer)
    {
        if (offset >= Length) return 0;
        int count = (int)Math.Min(buffer.Length, Length - offset);
        _seen.AsSpan((int)offset, count).CopyTo(buffer);
        return count;
    }

    public void Write(int offset, ReadOnlySpan<byte> bytes)
    {
        int end = offset + bytes.Length;
        if (end > _seen.Length) Array.Resize(ref _seen, Math.Max(end, _seen.Length * 2));
        bytes.CopyTo(_seen.AsSpan(offset));
        Length = Math.Max(Length, end);
        _unsynced.Add((offset, bytes.Length));
    }

    public void Sync()
    {
        Grow();
        foreach (var (offset, count) in _unsynced) _seen.AsSpan(offset, count).CopyTo(_durable.AsSpan(offset));
        if (_unsynced.Count > 0) _lastSynced = _unsynced[0].Offset;
        _unsynced.Clear();
        _durableLength = Length;
    }

    public void Crash(SimRandom random)
    {
        Grow();
        foreach (var (offset, count) in _unsynced)
        {
            int mode = random.Below(4);
            if (mode == 0) continue;
            for (int at = offset; at < offset + count;)
            {
                int next = Math.Min((at / SectorBytes + 1) * SectorBytes, offset + count);
                if (mode == 1 || random.OneIn(2)) _seen.AsSpan(at, next - at).CopyTo(_durable.AsSpan(at));
                at = next;
            }
            if (random.OneIn(2)) _durableLength = Math.Max(_durableLength, Math.Min(Length, offset + count));
        }
        if (_durableLength == 0 && random.OneIn(2)) _durableLength = Length;
        _unsynced.Clear();
        Length = _durableLength;
        _durable.AsSpan(0, Length).CopyTo(_seen);
        _seen.AsSpan(Length).Clear();
        _durable.AsSpan(Length).Clear();
    }

    /// <summary>Index and term of each entry whose record is readable on the device, with its place.</summary>
    public IEnumerable<(EntryId Id, int At, int Size)> Entries(ulong segment)
    {
        for (int at = 0; at <= Length - RecordFrame.HeaderBytes;)
        {
            if (!RecordFrame.TryRead(_durable.AsSpan(at, Length - at), segment, at, Length, out var frame))
            {
                at += RecordFrame.Alignment;
                continue;
            }
            var payload = _durable.AsSpan(at + RecordFrame.HeaderBytes, frame.PayloadBytes);
            int start = at;
            at += frame.Size;
            if (frame.Kind == RecordKind.Entry && EntryRecord.TryRead(payload, out var entry)) yield return (new EntryId(entry.Index, entry.Term), start, frame.Size);
        }
    }

    /// <summary>Flips bits of one record; false when that is the last write, see <see cref="Rot(SimRandom)"/>.</summary>
    public bool Rot(SimRandom random, int at, int size)
    {
        if (at >= _lastSynced) return false;
        for (int flips = random.Between(1, 20); flips > 0; flips--)
        {
            int one = at + random.Below(size);
            _durable[one] = _seen[one] = (byte)(_durable[one] ^ (1 << random.Below(8)));
        }
        return true;
    }

    /// <summary>
    /// Flips some bits of one used place, in front of what was synced last: damage to the very last write cannot be told from a torn one until the journal
    /// has sealed it, and no protocol bears that on a member whose acknowledgement counted.
    /// </summary>
    public bool Rot(SimRandom random)
    {
        int used = Sealed;
        if (used == 0) return false;
        int at = random.Below(used), count = Math.Min(random.Between(1, 64), used - at);
        for (int i = at; i < at + count; i++) _durable[i] = _seen[i] = (byte)(_durable[i] ^ (1 << random.Below(8)));
        return true;
    }

    /// <summary>Some sectors of this file's lie in another place of another file's; both in front of what was synced last, as with <see cref="Rot"/>.</summary>
    public bool MoveTo(SimFile other, SimRandom random)
    {
        int sectors = Sealed / SectorBytes, room = other.Sealed / SectorBytes;
        if (sectors == 0 || room == 0) return false;
        int count = Math.Min(1 + random.Below(4), Math.Min(sectors, room)) * SectorBytes;
        int from = random.Below(sectors - count / SectorBytes + 1) * SectorBytes, to = random.Below(room - count / SectorBytes + 1) * SectorBytes;
        if (this == other && from == to) return false;
        byte[] moved = _durable.AsSpan(from, count).ToArray();
        Hold(from, new byte[count]);
        other.Hold(to, moved);
        return true;
    }

    /// <summary>End of what is in use and was synced before the last sync.</summary>
    private int Sealed => Math.Min(_durable.AsSpan(0, Math.Min(_durable.Length, Length)).LastIndexOfAnyExcept((byte)0) + 1, _lastSynced);

    private void Hold(int at, byte[] bytes)
    {
        bytes.CopyTo(_durable, at);
        bytes.CopyTo(_seen, at);
    }

    private void Grow()
    {
        if (_durable.Length < _seen.Length) Array.Resize(ref _durable, _seen.Length);
    }
}
