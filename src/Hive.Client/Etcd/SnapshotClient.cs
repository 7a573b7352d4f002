using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Hive.Client.Etcd;

/// <summary>Backups of a running cluster's whole state.</summary>
public sealed class SnapshotClient(EtcdClient etcd)
{
    /// <summary>Writes the state of the queen that answers, and the checksum over it, to a stream. The writes go on meanwhile: it is the state of one revision.</summary>
    /// <param name="progress">Told of bytes written and bytes still to come.</param>
    /// <exception cref="EtcdStreamException">Nobody answered, it was refused, or it did not arrive whole: what was written is of no use.</exception>
    public async Task SaveAsync(Stream to, Action<long, long> progress, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long written = 0;
        bool whole = false;
        await foreach (JsonObject part in etcd.StreamAsync("/v3/maintenance/snapshot", [], cancellation))
        {
            byte[] blob = Convert.FromBase64String((string?)part["blob"] ?? "");
            long remaining = EtcdClient.Number(part["remaining_bytes"]);
            // The last blob is the checksum over all others.
            whole = remaining == 0 && blob.Length == SHA256.HashSizeInBytes && hash.GetCurrentHash().AsSpan().SequenceEqual(blob);
            hash.AppendData(blob);
            await to.WriteAsync(blob, cancellation);
            written += blob.Length;
            progress(written, remaining);
        }
        if (!whole) throw new EtcdStreamException($"the snapshot did not arrive whole: it broke off after {written} bytes");
    }
}
