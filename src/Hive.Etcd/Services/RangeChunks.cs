using Hive.Etcd.Messages;
using Hive.Store;

namespace Hive.Etcd.Services;

/// <summary>
/// The answer to a range in pieces that merge into it: pairs in all, count and "more" in the last. What is asked for in key order is read as it is sent; what
/// must be sorted or filtered by the store is read at once (values are not copied) and cut up.
/// </summary>
internal static class RangeChunks
{
    /// <summary>Errors: those of a range.</summary>
    public static StoreError Of(StoreSnapshot snapshot, RangeQuery query, int chunkBytes, out IEnumerable<RangeResponse> chunks)
    {
        chunks = [];
        var wholly = query.CountOnly || query.Order == SortOrder.Descend || query.Target != SortTarget.Key || IsFiltered(query);
        var error = snapshot.Range(wholly ? query : query with { CountOnly = true }, out var result);
        if (error != StoreError.None) return error;
        if (wholly)
        {
            chunks = Cut(result!.Kvs.IsDefault ? [] : result.Kvs, result.Count, result.More, chunkBytes);
            return StoreError.None;
        }
        error = snapshot.Scan(query.Key, EndOf(query), query.At, out var pairs);
        if (error != StoreError.None) return error;
        var limited = query.Limit > 0 && result!.Count > query.Limit;
        chunks = Cut(query.Limit > 0 ? pairs.Take((int)Math.Min(query.Limit, int.MaxValue)) : pairs, result!.Count, limited, chunkBytes, query.KeysOnly);
        return StoreError.None;
    }

    private static bool IsFiltered(RangeQuery query) =>
        query.MinModRevision != 0 || query.MaxModRevision != 0 || query.MinCreateRevision != 0 || query.MaxCreateRevision != 0;

    /// <summary>The first key past the range as a scan takes it: empty means that there is none.</summary>
    private static ReadOnlyMemory<byte> EndOf(RangeQuery query)
    {
        if (query.RangeEnd.IsEmpty) return (byte[])[.. query.Key.Span, 0];
        return query.RangeEnd.Span is [0] ? default : query.RangeEnd;
    }

    private static IEnumerable<RangeResponse> Cut(IEnumerable<Store.KeyValue> pairs, long count, bool more, int chunkBytes, bool keysOnly = false)
    {
        var chunk = new RangeResponse();
        var bytes = 0;
        foreach (var pair in pairs)
        {
            if (bytes >= chunkBytes)
            {
                yield return chunk;
                (chunk, bytes) = (new RangeResponse(), 0);
            }
            var kept = keysOnly ? pair with { Value = default } : pair;
            chunk.Kvs.Add(StoreMessages.Message(kept));
            bytes += kept.Key.Length + kept.Value.Length;
        }
        (chunk.Count, chunk.More) = (count, more);
        yield return chunk;
    }
}
