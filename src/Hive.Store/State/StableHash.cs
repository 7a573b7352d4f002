using System.Buffers.Binary;
using Hive.Store.Memory;

namespace Hive.Store.State;

/// <summary>
/// A 64-bit hash that is the same in every process and version: what members compare. Multiply-and-fold over words of eight bytes;
/// it guards against accidents, not against an adversary.
/// </summary>
internal static class StableHash
{
    private const ulong First = 0x9E37_79B9_7F4A_7C15, Second = 0xD6E8_FEB8_6659_FD93;

    public static ulong Mix(ulong state, ulong word)
    {
        var high = Math.BigMul(state ^ First, word ^ Second, out var low);
        return high ^ low ^ (state << 1 | state >> 63);
    }

    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed)
    {
        var state = Mix(seed, (ulong)bytes.Length);
        while (bytes.Length >= 8)
        {
            state = Mix(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }
        ulong tail = 0;
        for (var i = 0; i < bytes.Length; i++) tail |= (ulong)bytes[i] << (8 * i);
        return Mix(state, tail);
    }

    public static ulong Of(Record record)
    {
        var state = Of(record.Key, (ulong)record.Mod);
        state = Of(record.Value, state);
        state = Mix(state, (ulong)record.Create);
        state = Mix(state, (ulong)record.Version);
        return Mix(state, (ulong)record.Lease);
    }
}
