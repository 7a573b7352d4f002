using System.Buffers;

namespace Hive.Etcd.Rpc;

/// <summary>
/// An encoded message that need not be in memory as a whole: however large, it is written a piece at a time, and between two pieces others get their turn and the
/// client's reading is waited for. Measured first, since its length stands before it on the wire.
/// </summary>
public interface IMessagePieces
{
    /// <summary>Its pieces are made as they are written, and take turns with those of other large answers; else they are only copied.</summary>
    bool IsMadeAsWritten { get; }

    /// <summary>Looks through a bounded part of the message. False: all was seen, and <see cref="Size"/> is known.</summary>
    bool MeasureNext();

    /// <summary>Encoded size in bytes.</summary>
    long Size { get; }

    /// <summary>Writes the next bounded piece. False: that was the last.</summary>
    bool WriteNext(IBufferWriter<byte> output);
}
