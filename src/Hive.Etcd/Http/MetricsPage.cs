using System.Diagnostics;
using System.Globalization;
using System.Text;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Watch;
using Hive.Queen;
using Microsoft.AspNetCore.Http;

namespace Hive.Etcd.Http;

/// <summary><c>/metrics</c> in Prometheus' text form, under etcd's names where they mean the same.</summary>
internal sealed class MetricsPage(IQueen queen, EtcdFaceOptions options, RpcCounters counters, LeaderPresence leader, WatchGauge watches)
{
    public async Task ServeAsync(HttpContext http)
    {
        var text = new StringBuilder(16 * 1024);
        WriteServer(text);
        WriteStore(text);
        WriteProcess(text);
        WriteCalls(text);
        http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await http.Response.WriteAsync(text.ToString());
    }

    private void WriteServer(StringBuilder text)
    {
        var status = queen.Status;
        Gauge(text, "etcd_server_has_leader", "Whether a leader is known.", status.Leader.IsNone ? 0 : 1);
        Gauge(text, "etcd_server_is_leader", "Whether this member leads.", status.IsLeader ? 1 : 0);
        Gauge(text, "etcd_server_is_learner", "Whether this member is a learner.", status.IsLearner ? 1 : 0);
        Counter(text, "etcd_server_leader_changes_seen_total", "Leaders seen since this process started.", leader.Changes);
        Counter(text, "etcd_server_proposals_committed_total", "Index of the last committed entry.", status.Committed.Value);
        Counter(text, "etcd_server_proposals_applied_total", "Index of the last applied entry.", status.Applied.Value);
        Header(text, "etcd_server_version", "gauge", "The etcd version whose language is spoken.");
        text.Append(CultureInfo.InvariantCulture, $"etcd_server_version{{server_version=\"{options.EtcdVersion}\"}} 1\n");
        Header(text, "etcd_cluster_version", "gauge", "The version that all members agree on.");
        text.Append(CultureInfo.InvariantCulture, $"etcd_cluster_version{{cluster_version=\"{VersionPage.StorageVersion(options.EtcdVersion)}\"}} 1\n");
        Header(text, "etcd_server_id", "gauge", "The id of this member.");
        text.Append(CultureInfo.InvariantCulture, $"etcd_server_id{{server_id=\"{status.Self}\"}} 1\n");
    }

    private void WriteStore(StringBuilder text)
    {
        var bytes = queen.Status.StoreBytes;
        var snapshot = queen.Store.Snapshot();
        Gauge(text, "etcd_mvcc_db_total_size_in_bytes", "Bytes that the store holds.", bytes);
        Gauge(text, "etcd_mvcc_db_total_size_in_use_in_bytes", "Bytes of the store that are in use.", bytes);
        Gauge(text, "etcd_debugging_mvcc_current_revision", "The store's revision.", snapshot.Revision.Value);
        Gauge(text, "etcd_debugging_mvcc_compact_revision", "History below this revision is gone.", Math.Max(snapshot.CompactedAt, 0));
        Gauge(text, "etcd_debugging_mvcc_watcher_total", "Watches open on this member.", watches.Watches);
        Gauge(text, "etcd_debugging_mvcc_watch_stream_total", "Watch streams open on this member.", watches.Streams);
        Counter(text, "etcd_debugging_mvcc_events_total", "Events sent to watches by this member.", watches.Events);
    }

    private static void WriteProcess(StringBuilder text)
    {
        using var process = Process.GetCurrentProcess();
        Gauge(text, "process_resident_memory_bytes", "Resident memory.", process.WorkingSet64);
        Header(text, "process_cpu_seconds_total", "counter", "Processor time used.");
        text.Append(CultureInfo.InvariantCulture, $"process_cpu_seconds_total {process.TotalProcessorTime.TotalSeconds:F2}\n");
        Header(text, "process_start_time_seconds", "gauge", "When this process started, in seconds of the Unix epoch.");
        var started = new DateTimeOffset(process.StartTime.ToUniversalTime(), TimeSpan.Zero).ToUnixTimeMilliseconds() / 1000.0;
        text.Append(CultureInfo.InvariantCulture, $"process_start_time_seconds {started:F3}\n");
    }

    private void WriteCalls(StringBuilder text)
    {
        Header(text, "grpc_server_started_total", "counter", "Calls begun.");
        foreach (var method in counters.Methods)
            text.Append(CultureInfo.InvariantCulture, $"grpc_server_started_total{{{Labels(method)}}} {counters.StartedCount(method)}\n");
        Header(text, "grpc_server_handled_total", "counter", "Calls ended, by code.");
        foreach (var method in counters.Methods)
        {
            for (var code = RpcCode.Ok; code <= RpcCode.Unauthenticated; code++)
            {
                var count = counters.HandledCount(method, code);
                if (count == 0 && code != RpcCode.Ok) continue;
                text.Append(CultureInfo.InvariantCulture, $"grpc_server_handled_total{{grpc_code=\"{code.ToString().Replace("Ok", "OK", StringComparison.Ordinal)}\",{Labels(method)}}} {count}\n");
            }
        }
    }

    private static string Labels(RpcMethod method)
    {
        var kind = method.Kind switch { RpcKind.Unary => "unary", RpcKind.ServerStream => "server_stream", _ => "bidi_stream" };
        return $"grpc_method=\"{method.Name}\",grpc_service=\"{method.Service}\",grpc_type=\"{kind}\"";
    }

    private static void Gauge<T>(StringBuilder text, string name, string help, T value) => Single(text, name, "gauge", help, value);

    private static void Counter<T>(StringBuilder text, string name, string help, T value) => Single(text, name, "counter", help, value);

    private static void Single<T>(StringBuilder text, string name, string type, string help, T value)
    {
        Header(text, name, type, help);
        text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
    }

    private static void Header(StringBuilder text, string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
}
