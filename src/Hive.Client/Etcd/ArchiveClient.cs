using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Hive.Client.Etcd;

/// <summary>A part of the log.</summary>
/// <param name="Records">Applied entries in the form of an archive; they belong behind those of the part before.</param>
/// <param name="Revision">The store's revision when the log was asked for.</param>
public sealed record LogPart(byte[] Records, long Revision);

/// <summary>Follows a running cluster's log, for those who keep it.</summary>
public sealed class ArchiveClient(EtcdClient etcd)
{
    /// <summary>Status codes of a refusal after which only a new snapshot goes on: the log begins later, or is another one.</summary>
    public const int Gone = 11, Differs = 9;

    /// <summary>Identity of the cluster that answers.</summary>
    /// <exception cref="EtcdStreamException">Nobody answered.</exception>
    public async Task<ulong> ClusterAsync(CancellationToken cancellation)
    {
        (JsonObject? status, string? error) = await etcd.StatusAsync(cancellation);
        return error is null ? EtcdClient.Identity(status?["header"]?["cluster_id"]) : throw new EtcdStreamException(error);
    }

    /// <summary>The log behind an entry, up to what was committed at the call.</summary>
    /// <exception cref="EtcdStreamException">Nobody answered, it was refused, or it broke off; the parts until then are good.</exception>
    public async IAsyncEnumerable<LogPart> LogAsync(ulong index, ulong term, [EnumeratorCancellation] CancellationToken cancellation)
    {
        bool complete = false;
        var asked = new JsonObject { ["after_index"] = EtcdClient.Text(index), ["after_term"] = EtcdClient.Text(term) };
        await foreach (JsonObject part in etcd.StreamAsync("/v3/hive/log", asked, cancellation))
        {
            complete = (bool?)part["complete"] == true;
            yield return new LogPart(Convert.FromBase64String((string?)part["records"] ?? ""), EtcdClient.Number(part["header"]?["revision"]));
        }
        if (!complete) throw new EtcdStreamException("the log broke off");
    }
}
