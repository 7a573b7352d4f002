using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace Hive.Store.Tests;

/// <summary>Applies commands as a log of one member would: next index, a term, a clock that the test moves.</summary>
internal sealed class StoreDriver(KeyValueStore? store = null)
{
    public KeyValueStore Store { get; } = store ?? new KeyValueStore();
    public Term Term { get; set; } = new(1);
    public LogTime Now { get; set; }

    /// <summary>Every entry so far, to be applied elsewhere.</summary>
    public List<(LogIndex Index, Term Term, Stamp Stamp, byte[] Bytes)> Log { get; } = [];

    public ApplyResult Apply(Command command)
    {
        var output = new ArrayBufferWriter<byte>();
        CommandCodec.Encode(command, output);
        return ApplyBytes(output.WrittenSpan.ToArray());
    }

    public ApplyResult ApplyBytes(byte[] bytes)
    {
        var entry = (Index: Store.AppliedIndex.Next, Term, Stamp: new Stamp(Now, new WallTime(Now.Ticks + 1_000)), Bytes: bytes);
        Log.Add(entry);
        return Store.Apply(entry.Index, entry.Term, entry.Stamp, entry.Bytes);
    }

    public ApplyResult Do(Operation operation, UInt128 requestId = default) => Apply(new MutateCommand(operation, requestId));

    public Revision Put(string key, string value, long lease = 0)
    {
        var applied = Do(new PutOperation(B(key), B(value), new LeaseId(lease)));
        Assert.Equal(StoreError.None, applied.Error);
        return applied.Revision;
    }

    public Revision Delete(string key, string end = "")
    {
        var applied = Do(new DeleteOperation(B(key), B(end)));
        Assert.Equal(StoreError.None, applied.Error);
        return applied.Revision;
    }

    public void Pass(TimeSpan time)
    {
        Now += time;
        Apply(new TickCommand());
    }

    public RangeResult Range(string key, string end = "", long at = 0) => Range(Store.Snapshot(), new RangeQuery(B(key)) { RangeEnd = B(end), At = new Revision(at) });

    public static RangeResult Range(StoreSnapshot snapshot, RangeQuery query)
    {
        Assert.Equal(StoreError.None, snapshot.Range(query, out var result));
        return result!;
    }

    public string? Value(string key) => Store.Snapshot().Get(B(key)) is { } kv ? S(kv.Value) : null;

    public static ReadOnlyMemory<byte> B(string text) => Encoding.Latin1.GetBytes(text);
    public static string S(ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);
    public static string[] Keys(RangeResult result) => [.. result.Kvs.Select(kv => S(kv.Key))];
    public static ImmutableArray<T> List<T>(params T[] items) => [.. items];

    /// <summary>A store that holds what this one exports.</summary>
    public static KeyValueStore CopyOf(StoreSnapshot snapshot)
    {
        var import = new Transfer.StateImport();
        foreach (var chunk in snapshot.Export()) Assert.True(import.Add(chunk));
        Assert.True(import.IsComplete);
        var copy = new KeyValueStore();
        copy.Install(import);
        return copy;
    }
}
