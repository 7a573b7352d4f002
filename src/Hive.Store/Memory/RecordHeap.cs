using System.Runtime.CompilerServices;

namespace Hive.Store.Memory;

/// <summary>
/// Where the records lie: large slabs that are only ever appended to, and that hold nothing the collector need walk. A record is named
/// by slab and offset. Freeing only counts; a slab with little left in it is emptied by moving what lives (see Apply/SlabCleaning) and
/// then dropped from the table. Whoever still reads from it, through an older table or a slice handed out, keeps it alive; so no reader
/// can ever see memory used again, and nobody has to count readers.
/// </summary>
internal sealed class RecordHeap
{
    private byte[]?[] _slabs = new byte[]?[8];
    private long _tableEdit;
    private int[] _used = new int[8];
    private int[] _live = new int[8];
    private int _slots = 1; // slot 0 stays empty: reference 0 means "none"
    private readonly Stack<int> _free = new();
    private int _head;

    /// <summary>The table as it stands; immutable once the writer has taken a new edit number.</summary>
    public byte[]?[] Slabs => _slabs;

    /// <summary>Bytes of all slabs, and what of them records take that can still be reached.</summary>
    public long TotalBytes { get; private set; }
    public long LiveBytes { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Record Open(byte[]?[] slabs, ulong reference) => new(slabs[(int)(reference >> 32)]!, (int)(uint)reference);

    public Record Open(ulong reference) => Open(_slabs, reference);

    public ulong Allocate(long edit, int size)
    {
        if (size > StoreLimits.LargeRecordBytes) return Take(AddSlab(edit, size), size);
        if (_head == 0 || _slabs[_head]!.Length - _used[_head] < size)
        {
            LeaveEmptiedHead(edit);
            _head = AddSlab(edit, TotalBytes == 0 && size <= StoreLimits.FirstSlabBytes ? StoreLimits.FirstSlabBytes : StoreLimits.SlabBytes);
        }
        return Take(_head, size);
    }

    /// <summary>The record can no longer be reached from the newest state.</summary>
    public void Free(long edit, ulong reference)
    {
        var slab = (int)(reference >> 32);
        var size = Open(reference).Size;
        _live[slab] -= size;
        LiveBytes -= size;
        Invariant.Check(_live[slab] >= 0, $"slab {slab} live {_live[slab]}");
        if (_live[slab] == 0 && slab != _head) DropSlab(edit, slab);
    }

    /// <summary>The slab with the most dead bytes, the one being filled left out; 0 when there is none with any.</summary>
    public int Deadest()
    {
        int deadest = 0, most = 0;
        for (var slab = 1; slab < _slots; slab++)
        {
            if (slab == _head || _slabs[slab] is not { } bytes || bytes.Length - _live[slab] <= most) continue;
            most = bytes.Length - _live[slab];
            deadest = slab;
        }
        return deadest;
    }

    public bool Exists(int slab) => _slabs[slab] is not null;

    /// <summary>The reference after this one in the same slab, or 0 at its end; pass offset 0 through <see cref="FirstOf"/>.</summary>
    public ulong After(ulong reference)
    {
        var next = reference + (uint)Open(reference).Size;
        return (int)(uint)next < _used[(int)(reference >> 32)] ? next : 0;
    }

    public static ulong FirstOf(int slab) => (ulong)slab << 32;

    private ulong Take(int slab, int size)
    {
        var offset = _used[slab];
        _used[slab] += size;
        _live[slab] += size;
        LiveBytes += size;
        return ((ulong)slab << 32) | (uint)offset;
    }

    /// <summary>The slab that was being filled may have lost all it held.</summary>
    private void LeaveEmptiedHead(long edit)
    {
        if (_head == 0 || _live[_head] != 0) return;
        DropSlab(edit, _head);
        _head = 0;
    }

    private int AddSlab(long edit, int bytes)
    {
        if (!_free.TryPop(out var slab)) slab = _slots++;
        OwnTable(edit, slab);
        _slabs[slab] = GC.AllocateUninitializedArray<byte>(bytes);
        _used[slab] = 0;
        _live[slab] = 0;
        TotalBytes += bytes;
        return slab;
    }

    private void DropSlab(long edit, int slab)
    {
        OwnTable(edit, slab);
        TotalBytes -= _slabs[slab]!.Length;
        _slabs[slab] = null;
        _free.Push(slab);
    }

    private void OwnTable(long edit, int slab)
    {
        if (_tableEdit == edit && slab < _slabs.Length) return;
        var length = slab < _slabs.Length ? _slabs.Length : _slabs.Length * 2;
        var copy = new byte[]?[length];
        _slabs.AsSpan().CopyTo(copy);
        Array.Resize(ref _used, length);
        Array.Resize(ref _live, length);
        _slabs = copy;
        _tableEdit = edit;
    }
}
