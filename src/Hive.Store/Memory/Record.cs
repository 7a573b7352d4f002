using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hive.Store.Memory;

/// <summary>
/// One version of one key, inside a slab. Nothing of it changes once it is written but the revision that superseded it: a reader of an
/// older snapshot finds there 0 or a revision above its own, and both mean "visible".
/// </summary>
/// <remarks>Layout (bytes): mod 8, superseded 8, create 8, version 8, lease 8, key length 4, value length 4, put position 4, superseded position 4, key, value.</remarks>
internal readonly struct Record(byte[] slab, int offset)
{
    public const int HeaderBytes = 56;
    private const int SupersededOffset = 8, CreateOffset = 16, VersionOffset = 24, LeaseOffset = 32;
    private const int KeyLengthOffset = 40, ValueLengthOffset = 44, PutPositionOffset = 48, SupersededPositionOffset = 52;

    public long Mod => Long(0);
    public long Create => Long(CreateOffset);
    public long Version => Long(VersionOffset);
    public long Lease => Long(LeaseOffset);

    /// <summary>Revision that overwrote or deleted this version; 0 while it is the live one.</summary>
    public long Superseded => Volatile.Read(ref Long(SupersededOffset));

    /// <summary>Position of this put among the changes of its revision.</summary>
    public int PutPosition => Int(PutPositionOffset);

    /// <summary>Position, among the changes of <see cref="Superseded"/>, of the one that ended this version.</summary>
    public int SupersededPosition => Int(SupersededPositionOffset);

    public int ValueLength => Int(ValueLengthOffset);
    public int KeyLength => Int(KeyLengthOffset);
    public ReadOnlySpan<byte> Key => slab.AsSpan(offset + HeaderBytes, KeyLength);
    public ReadOnlySpan<byte> Value => slab.AsSpan(offset + HeaderBytes + KeyLength, ValueLength);
    public ReadOnlyMemory<byte> KeyMemory => slab.AsMemory(offset + HeaderBytes, KeyLength);
    public ReadOnlyMemory<byte> ValueMemory => slab.AsMemory(offset + HeaderBytes + KeyLength, ValueLength);

    /// <summary>What the record takes in its slab.</summary>
    public int Size => SizeOf(KeyLength, ValueLength);

    /// <summary>What the record weighs in the state's own accounts: the same on every member, wherever it lies.</summary>
    public long Weight => HeaderBytes + KeyLength + ValueLength;

    public ReadOnlySpan<byte> Bytes => slab.AsSpan(offset, Size);

    public static int SizeOf(int keyLength, int valueLength) => (HeaderBytes + keyLength + valueLength + 7) & ~7;

    public KeyValue ToKeyValue(bool keysOnly = false) => new(
        KeyMemory, keysOnly ? default : ValueMemory, new Revision(Create), new Revision(Mod), Version, new LeaseId(Lease));

    /// <summary>Fills a freshly allocated record.</summary>
    public void Write(long mod, long create, long version, long lease, int putPosition, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Long(0) = mod;
        Long(SupersededOffset) = 0;
        Long(CreateOffset) = create;
        Long(VersionOffset) = version;
        Long(LeaseOffset) = lease;
        Int(KeyLengthOffset) = key.Length;
        Int(ValueLengthOffset) = value.Length;
        Int(PutPositionOffset) = putPosition;
        Int(SupersededPositionOffset) = 0;
        key.CopyTo(slab.AsSpan(offset + HeaderBytes));
        value.CopyTo(slab.AsSpan(offset + HeaderBytes + key.Length));
    }

    public void Supersede(long revision, int position)
    {
        Int(SupersededPositionOffset) = position;
        Volatile.Write(ref Long(SupersededOffset), revision);
    }

    // Slabs are arrays of bytes, whose data starts on a multiple of 8, and offsets are multiples of 8: these accesses are aligned, so atomic.
    private ref long Long(int at) => ref Unsafe.As<byte, long>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(slab), offset + at));
    private ref int Int(int at) => ref Unsafe.As<byte, int>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(slab), offset + at));
}
