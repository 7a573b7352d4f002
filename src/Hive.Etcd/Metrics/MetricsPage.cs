using Hive.Etcd.Budgets;
using Hive.Etcd.Http;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Watch;
using Hive.Queen;
using Microsoft.AspNetCore.Http;

namespace Hive.Etcd.Metrics;

/// <summary><c>/metrics</c> in Prometheus' text form: under etcd's names where they mean the same, so that its dashboards and alerts go on working.</summary>
internal sealed class MetricsPage(
    IQueen queen, EtcdFaceOptions options, RpcCounters counters, WatchGauge watches, ClientBudgets budgets)
{
    public async Task ServeAsync(HttpContext http)
    {
        var text = new MetricsText();
        WriteServer(text);
        WriteStore(text);
        WriteLog(text);
        WriteCalls(text);
        budgets.Write(text);
        ProcessFigures.Write(text);
        http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await http.Response.WriteAsync(text.ToString());
    }

    private void WriteServer(MetricsText text)
    {
        var status = queen.Status;
        text.Gauge("etcd_server_has_leader", "Whether a leader is known.", status.Leader.IsNone ? 0 : 1);
        text.Gauge("etcd_server_is_leader", "Whether this member leads.", status.IsLeader ? 1 : 0);
        text.Gauge("etcd_server_is_learner", "Whether this member is a learner.", status.IsLearner ? 1 : 0);
        text.Counter("etcd_server_leader_changes_seen_total", "Leaderships seen since this process started.", status.Elections.LeadersSeen);
        text.Counter("hive_raft_campaigns_total", "Times that this member asked for votes.", status.Elections.Campaigns);
        text.Gauge("hive_raft_election_timeout_ticks", "Election time-out now, before randomisation.", status.Elections.TimeoutTicks);
        text.Gauge("hive_state_equal_index", "Last entry after which this member's state was found equal to that of the others.", status.Digest.At.Value);
        text.Gauge("hive_state_equal_members", "Members that agree on the state there, this one included.", status.Digest.Members);
        text.Counter("hive_state_differences_total", "Differences found between this member's state and another's.", status.Digest.Differences);
        text.Counter("etcd_server_proposals_committed_total", "Index of the last committed entry.", status.Committed.Value);
        text.Counter("etcd_server_proposals_applied_total", "Index of the last applied entry.", status.Applied.Value);
        text.Gauge("etcd_server_proposals_pending", "Proposals of this member's clients that wait for their fate.", queen.Metrics.PendingProposals);
        text.Counter("etcd_server_proposals_failed_total", "Proposals that were not applied, or whose fate is not known.", queen.Metrics.FailedProposals);
        text.Counter("etcd_network_client_grpc_received_bytes_total", "Bytes of requests taken from clients.", counters.ReceivedBytes);
        text.Counter("etcd_network_client_grpc_sent_bytes_total", "Bytes of answers given to clients.", counters.SentBytes);
        text.Family("etcd_server_version", "gauge", "The etcd version whose language is spoken.");
        text.Sample("etcd_server_version", $"server_version=\"{options.EtcdVersion}\"", 1);
        text.Family("etcd_cluster_version", "gauge", "The version that all members agree on.");
        text.Sample("etcd_cluster_version", $"cluster_version=\"{VersionPage.StorageVersion(options.EtcdVersion)}\"", 1);
        text.Family("etcd_server_id", "gauge", "The id of this member.");
        text.Sample("etcd_server_id", $"server_id=\"{status.Self}\"", 1);
    }

    private void WriteStore(MetricsText text)
    {
        var store = queen.Store;
        var bytes = store.Bytes;
        var snapshot = store.Snapshot();
        text.Gauge("etcd_mvcc_db_total_size_in_bytes", "Bytes that the store holds.", bytes.TotalBytes);
        text.Gauge("etcd_mvcc_db_total_size_in_use_in_bytes", "Bytes of the store that are in use.", bytes.InUseBytes);
        text.Gauge("hive_store_live_bytes", "Weight of the newest version of every key.", bytes.LiveBytes);
        text.Gauge("hive_store_history_bytes", "Weight of the superseded versions that are kept.", bytes.HistoryBytes);
        text.Gauge("etcd_debugging_mvcc_current_revision", "The store's revision.", snapshot.Revision.Value);
        text.Gauge("etcd_debugging_mvcc_compact_revision", "History below this revision is gone.", Math.Max(snapshot.CompactedAt, 0));
        text.Gauge("etcd_debugging_mvcc_keys_total", "Keys in the store.", snapshot.KeyCount);
        text.Gauge("etcd_debugging_mvcc_watcher_total", "Watches open on this member.", watches.Watches);
        text.Gauge("etcd_debugging_mvcc_watch_stream_total", "Watch streams open on this member.", watches.Streams);
        text.Counter("etcd_debugging_mvcc_events_total", "Events sent to watches by this member.", watches.Events);
        text.Gauge("etcd_debugging_lease_alive_total", "Leases that live.", snapshot.LeaseCount);
    }

    private void WriteLog(MetricsText text)
    {
        const string Fsync = "etcd_disk_wal_fsync_duration_seconds";
        text.Family(Fsync, "histogram", "Writes to the log with their sync: one for each group commit.");
        text.Histogram(Fsync, "", queen.Metrics.LogWrites);
    }

    private void WriteCalls(MetricsText text)
    {
        text.Family("grpc_server_started_total", "counter", "Calls begun.");
        foreach (var method in counters.Methods) text.Sample("grpc_server_started_total", Labels(method), counters.Of(method).Started);
        text.Family("grpc_server_handled_total", "counter", "Calls ended, by code.");
        foreach (var method in counters.Methods)
        {
            for (var code = RpcCode.Ok; code <= RpcCode.Unauthenticated; code++)
            {
                var count = counters.Of(method).Handled(code);
                if (count == 0 && code != RpcCode.Ok) continue;
                text.Sample("grpc_server_handled_total", $"grpc_code=\"{(code == RpcCode.Ok ? "OK" : code.ToString())}\",{Labels(method)}", count);
            }
        }
        text.Family("grpc_server_handling_seconds", "histogram", "How long unary calls took.");
        foreach (var method in counters.Methods.Where(method => method.Kind == RpcKind.Unary && counters.Of(method).Started > 0))
            text.Histogram("grpc_server_handling_seconds", Labels(method), counters.Of(method).Durations);
    }

    private static string Labels(RpcMethod method)
    {
        var kind = method.Kind switch { RpcKind.Unary => "unary", RpcKind.ServerStream => "server_stream", _ => "bidi_stream" };
        return $"grpc_method=\"{method.Name}\",grpc_service=\"{method.Service}\",grpc_type=\"{kind}\"";
    }
}
