using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Hive.Objects;
using Hive.Platform.Certificates;
using Hive.Queen;
using Hive.Store;
using Microsoft.Extensions.Logging;

namespace Hive.Composition;

/// <summary>
/// Tells the cluster where this queen's Kubernetes face is, under a lease: the <c>kubernetes</c> Service points at the queens that live. Also
/// leaves the cluster's CA where pods get it from.
/// </summary>
internal sealed class QueenAnnouncement(IQueen queen, QueenEntry self, CertificateFolder certificates, ILogger log)
{
    private const long TimeToLiveSeconds = 10;
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(2);

    /// <summary>Until cancelled: grants a lease, writes the records, renews; begins anew when the lease was lost.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                if (await AnnounceAsync(cancellation) is { } lease) await KeepAsync(lease, cancellation);
                await Task.Delay(RenewEvery, TimeProvider.System, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping: the lease ends by itself.
        }
    }

    private async Task<LeaseId?> AnnounceAsync(CancellationToken cancellation)
    {
        var lease = new LeaseId(Random.Shared.NextInt64(1, long.MaxValue));
        ProposalResult granted = await queen.ProposeAsync(new LeaseGrantCommand(lease, TimeToLiveSeconds), cancellation);
        if (granted.Applied is not { Error: StoreError.None }) return null;
        IPEndPoint address = IPEndPoint.Parse(self.Api);
        var record = new JsonObject { ["address"] = address.Address.ToString(), ["port"] = address.Port };
        ProposalResult written = await queen.ProposeAsync(Put(HiveKeys.Queen(self.Id), Encoding.UTF8.GetBytes(record.ToJsonString()), lease), cancellation);
        if (written.Applied is not { Error: StoreError.None }) return null;
        await LeaveAuthorityAsync(cancellation);
        log.LogInformation("the Kubernetes face of {Name} is announced at {Address}", self.Name, self.Api);
        return lease;
    }

    private async Task LeaveAuthorityAsync(CancellationToken cancellation)
    {
        byte[] pem = await File.ReadAllBytesAsync(certificates.AuthorityFile, cancellation);
        byte[] key = Encoding.UTF8.GetBytes(HiveKeys.ClusterCa);
        if (queen.Store.Snapshot().Get(key) is { } present && present.Value.Span.SequenceEqual(pem)) return;
        await queen.ProposeAsync(Put(HiveKeys.ClusterCa, pem, LeaseId.None), cancellation);
    }

    private async Task KeepAsync(LeaseId lease, CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(RenewEvery, TimeProvider.System, cancellation);
            (QueenCode code, long timeToLive) = await queen.RenewLeaseAsync(lease, cancellation);
            if (code == QueenCode.Ok && timeToLive == 0) return;
        }
    }

    private static MutateCommand Put(string key, byte[] value, LeaseId lease) => new(new PutOperation(Encoding.UTF8.GetBytes(key), value, lease));
}
