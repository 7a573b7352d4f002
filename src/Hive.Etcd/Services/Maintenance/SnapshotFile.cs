using System.Buffers.Binary;
using System.Security.Cryptography;
using Hive.Etcd.Rpc;
using Hive.Store;

namespace Hive.Etcd.Services.Maintenance;

/// <summary>
/// A backup as clients of etcd save it: the bytes of the file, then the SHA-256 of all of them. The file is Hive's own: a name of eight bytes,
/// the store's chunks each after its length (four bytes, little-endian), a length of zero, and zeros up to a multiple of 512: etcdctl
/// takes a file for whole when it is 32 bytes longer than such a multiple.
/// </summary>
internal sealed class SnapshotFile(StoreSnapshot snapshot, AnswerTurns turns)
{
    public const int Block = 512;
    public static readonly byte[] Name = "HIVESNP1"u8.ToArray();

    /// <summary>The file in blobs, each with the number of bytes that are still to come before the checksum. The state is walked twice: first to measure it.</summary>
    public async IAsyncEnumerable<(ReadOnlyMemory<byte> Blob, long Remaining)> ReadAsync(
        int blobBytes, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        long remaining = 0;
        using (var measured = Parts().GetEnumerator())
        {
            while (await turns.MoveNextAsync(measured, cancellation)) remaining += measured.Current.Length;
        }
        var padding = (int)((Block - (remaining % Block)) % Block);
        remaining += padding;

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var parts = Parts().Append(new byte[padding]).GetEnumerator();
        while (await turns.MoveNextAsync(parts, cancellation))
        {
            var part = parts.Current;
            for (var at = 0; at < part.Length; at += blobBytes)
            {
                var blob = part.Slice(at, Math.Min(blobBytes, part.Length - at));
                hash.AppendData(blob.Span);
                remaining -= blob.Length;
                yield return (blob, remaining);
            }
        }
        Invariant.Check(remaining == 0, $"{remaining} bytes of the measured snapshot did not come");
        yield return (hash.GetHashAndReset(), 0);
    }

    private IEnumerable<ReadOnlyMemory<byte>> Parts()
    {
        yield return Name;
        foreach (var chunk in snapshot.Export())
        {
            yield return Length(chunk.Length);
            yield return chunk;
        }
        yield return Length(0);
    }

    private static byte[] Length(int length)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        return bytes;
    }
}
