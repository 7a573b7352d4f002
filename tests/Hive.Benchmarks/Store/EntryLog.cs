using System.Buffers;
using System.Buffers.Binary;
using Hive.Store;

namespace Hive.Benchmarks.Store;

/// <summary>A store fed with entries as the log would hand them over: encoded.</summary>
internal sealed class EntryLog
{
    public const int ValueBytes = 256;

    private readonly ArrayBufferWriter<byte> _buffer = new(4_096);
    private readonly byte[] _key = new byte[8];
    private readonly byte[] _value = new byte[ValueBytes];
    private long _now;

    public KeyValueStore Store { get; } = new();

    /// <summary>Log time that passes with each entry.</summary>
    public TimeSpan Step { get; init; } = TimeSpan.FromTicks(100);

    public void Put(long key)
    {
        BinaryPrimitives.WriteInt64BigEndian(_key, key);
        BinaryPrimitives.WriteInt64BigEndian(_value, key);
        Apply(new MutateCommand(new PutOperation(_key, _value)));
    }

    public void Apply(Command command)
    {
        _buffer.ResetWrittenCount();
        CommandCodec.Encode(command, _buffer);
        _now += Step.Ticks;
        var applied = Store.Apply(Store.AppliedIndex.Next, new Term(1), new Stamp(new LogTime(_now), new WallTime(_now)), _buffer.WrittenMemory);
        if (applied.Error != StoreError.None) throw new InvalidOperationException(applied.Error.ToString());
    }
}
