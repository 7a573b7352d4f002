using Hive.Etcd.Rpc;
using Hive.Queen;
using Hive.Store;

namespace Hive.Etcd.Services;

/// <summary>
/// One record of the store beside the key space, as this member has applied it: decoded anew only when a record changed, so that asking for it costs
/// next to nothing.
/// </summary>
/// <param name="decode">From the record's version and value; (0, empty) when there is none.</param>
internal sealed class ReplicatedRecord<TState>(IQueen queen, ReadOnlyMemory<byte> name, Func<long, ReadOnlyMemory<byte>, TState> decode)
    where TState : class
{
    private Decoded _latest = new(0, decode(0, default));

    public TState Current
    {
        get
        {
            var digest = queen.Store.RecordDigest;
            var latest = Volatile.Read(ref _latest);
            if (latest.Digest == digest) return latest.State;
            // A snapshot newer than the digest is decoded once more by the next caller, and never an older one kept.
            latest = new Decoded(digest, Read(queen.Store.Snapshot()));
            Volatile.Write(ref _latest, latest);
            return latest.State;
        }
    }

    public TState Read(StoreSnapshot snapshot) => snapshot.Record(name) is { } record ? decode(record.Version, record.Value) : decode(0, default);

    private sealed record Decoded(ulong Digest, TState State);
}
