using System.Buffers;

namespace Hive.Store;

/// <summary>The compact binary form of commands in the log. Versioned by a leading kind byte; unknown bytes are refused, never guessed.</summary>
public static class CommandCodec
{
    public static void Encode(Command command, IBufferWriter<byte> output) => throw new NotImplementedException();

    /// <summary>False: malformed.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> input, out Command? command) => throw new NotImplementedException();
}
