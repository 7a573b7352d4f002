using System.Buffers.Binary;
using System.Security.Cryptography;
using Hive.Store;
using Hive.Store.Transfer;

namespace Hive.Etcd.Services.Maintenance;

/// <summary>What a saved snapshot came to when it was read: a store with its state, or why it is none.</summary>
/// <param name="Problem">What is wrong, and where in the file; null when it is whole.</param>
public sealed record SnapshotReading(KeyValueStore? Store, string? Problem);

/// <summary>
/// Reads a file that a client saved (<see cref="SnapshotFile"/>) and believes nothing of it: every length, the order of the chunks, the state's own digest and
/// the checksum over all must be right.
/// </summary>
public static class SnapshotFileReader
{
    /// <summary>Far above what one chunk of an export can be: the largest record, and one chunk.</summary>
    private const int MostChunkBytes = 64 << 20;

    /// <summary>Reads the whole file. The state is built in memory; counts and digest are compared.</summary>
    /// <param name="read">Told of bytes read, for progress.</param>
    public static SnapshotReading Read(Stream file, Action<long>? read = null)
    {
        if (file.Length < SnapshotFile.Name.Length + sizeof(int) + SHA256.HashSizeInBytes) return Wrong($"is cut off: {file.Length} bytes are too few for any snapshot");
        long end = file.Length - SHA256.HashSizeInBytes;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var source = new HashedSource(file, hash, end);
        Span<byte> name = stackalloc byte[SnapshotFile.Name.Length];
        if (!source.TryRead(name) || !name.SequenceEqual(SnapshotFile.Name)) return Wrong("is no snapshot of Hive: it does not begin with HIVESNP1 (a file of etcd's own cannot be restored; etcdctl make-mirror copies a running etcd)");
        if (AddChunks(source, read, out StateImport import) is { } broken) return Wrong(broken);
        if (source.SkipZeros() is { } at) return Wrong($"has something behind its end, at byte {at}");
        byte[] told = new byte[SHA256.HashSizeInBytes];
        file.ReadExactly(told);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(told)) return Wrong("was changed after it was saved: its checksum is another");
        var store = new KeyValueStore();
        store.Install(import);
        return new SnapshotReading(store, null);
    }

    private static string? AddChunks(HashedSource source, Action<long>? read, out StateImport import)
    {
        import = new StateImport();
        Span<byte> prefix = stackalloc byte[sizeof(int)];
        while (true)
        {
            long at = source.Position;
            if (!source.TryRead(prefix)) return $"is cut off at byte {at}, within the state";
            int length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
            if (length == 0) return import.IsComplete ? null : $"ends at byte {at} before its state is whole";
            if (length is < 0 or > MostChunkBytes) return $"is damaged at byte {at}: no chunk is {length} bytes long";
            byte[] chunk = new byte[length];
            if (!source.TryRead(chunk)) return $"is cut off within the chunk at byte {at}";
            if (!import.Add(chunk)) return $"is damaged within the chunk at byte {at}";
            read?.Invoke(source.Position);
        }
    }

    private static SnapshotReading Wrong(string problem) => new(null, problem);

    /// <summary>The file up to its checksum, hashed as it is read.</summary>
    private sealed class HashedSource(Stream file, IncrementalHash hash, long end)
    {
        public long Position { get; private set; }

        public bool TryRead(Span<byte> into)
        {
            if (end - Position < into.Length) return false;
            file.ReadExactly(into);
            hash.AppendData(into);
            Position += into.Length;
            return true;
        }

        /// <summary>Reads to the end; the place of the first byte that is not zero, or null.</summary>
        public long? SkipZeros()
        {
            Span<byte> block = stackalloc byte[SnapshotFile.Block];
            while (Position < end)
            {
                long at = Position;
                Span<byte> part = block[..(int)Math.Min(block.Length, end - at)];
                TryRead(part);
                if (part.IndexOfAnyExcept((byte)0) is >= 0 and var offset) return at + offset;
            }
            return null;
        }
    }
}
