using System.Text.Json;
using Hive.Queen;
using Microsoft.AspNetCore.Http;

namespace Hive.Etcd.Http;

/// <summary><c>/debug/vars</c>: variables of the process as JSON, under the names of Go's expvar where they mean the same.</summary>
internal sealed class VariablesPage(IQueen queen)
{
    public async Task ServeAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        using (var json = new Utf8JsonWriter(http.Response.BodyWriter))
        {
            json.WriteStartObject();
            json.WriteStartArray("cmdline");
            json.WriteStringValue(Environment.ProcessPath);
            json.WriteEndArray();
            WriteConsensus(json);
            WriteMemory(json);
            json.WriteEndObject();
        }
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    private void WriteConsensus(Utf8JsonWriter json)
    {
        var status = queen.Status;
        json.WriteStartObject("raft.status");
        json.WriteString("id", status.Self.ToString());
        json.WriteNumber("term", status.Term.Value);
        json.WriteNumber("commit", status.Committed.Value);
        json.WriteNumber("applied", status.Applied.Value);
        json.WriteString("lead", status.Leader.ToString());
        json.WriteString("raftState", status.IsLeader ? "StateLeader" : "StateFollower");
        json.WriteEndObject();
    }

    private static void WriteMemory(Utf8JsonWriter json)
    {
        var memory = GC.GetGCMemoryInfo();
        json.WriteStartObject("memstats");
        json.WriteNumber("Alloc", GC.GetTotalMemory(forceFullCollection: false));
        json.WriteNumber("TotalAlloc", GC.GetTotalAllocatedBytes());
        json.WriteNumber("Sys", memory.TotalCommittedBytes);
        json.WriteNumber("HeapAlloc", memory.HeapSizeBytes);
        json.WriteNumber("NumGC", GC.CollectionCount(0));
        json.WriteNumber("PauseTotalNs", (long)GC.GetTotalPauseDuration().TotalNanoseconds);
        json.WriteEndObject();
    }
}
