using System.Text;
using Hive.Etcd.Messages;
using Hive.Etcd.Services.Maintenance;
using Hive.Queen;
using Microsoft.AspNetCore.Http;

namespace Hive.Etcd.Http;

/// <summary><c>/health</c>, <c>/livez</c> and <c>/readyz</c>: whether this member can answer, now.</summary>
internal sealed class HealthPage(IQueen queen, AlarmBook alarms)
{
    /// <summary>etcd's: 200 or 503 with a small JSON text that calls itself plain.</summary>
    public async Task ServeHealthAsync(HttpContext http)
    {
        var reason = await ReasonAsync(http, Flag(http, "serializable"));
        var status = reason is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await http.Response.WriteTextAsync(status, $$"""{"health":"{{(reason is null ? "true" : "false")}}","reason":"{{reason}}"}""");
    }

    /// <summary>Live: the process reads its own store. A member without a leader is alive.</summary>
    public Task ServeLiveAsync(HttpContext http) => ServeChecksAsync(http, "/livez", [("serializable_read", SerializableReadAsync)]);

    /// <summary>Ready: fit to be sent requests.</summary>
    public Task ServeReadyAsync(HttpContext http) => ServeChecksAsync(
        http, "/readyz",
        [
            ("data_corruption", DataCorruptionAsync), ("linearizable_read", LinearizableReadAsync),
            ("non_learner", NonLearnerAsync), ("serializable_read", SerializableReadAsync),
        ]);

    private async Task ServeChecksAsync(HttpContext http, string root, (string Name, Func<HttpContext, ValueTask<string?>> Check)[] checks)
    {
        var one = http.Request.Path.Value![root.Length..].Trim('/');
        if (one.Length > 0) checks = [.. checks.Where(check => check.Name == one)];
        if (checks.Length == 0)
        {
            await http.Response.WriteTextAsync(StatusCodes.Status404NotFound, "404 page not found\n");
            return;
        }
        var excluded = http.Request.Query["exclude"];
        var text = new StringBuilder();
        var failed = false;
        foreach (var (name, check) in checks)
        {
            if (excluded.Contains(name)) continue;
            var reason = await check(http);
            failed |= reason is not null;
            text.Append(reason is null ? $"[+]{name} ok\n" : $"[-]{name} failed: {reason}\n");
        }
        var verbose = failed || Flag(http, "verbose");
        var status = failed ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        await http.Response.WriteTextAsync(status, verbose ? text.Append(failed ? "check failed\n" : "ok\n").ToString() : "ok\n");
    }

    private async ValueTask<string?> ReasonAsync(HttpContext http, bool serializable)
    {
        var excluded = http.Request.Query["exclude"];
        foreach (var alarm in alarms.Raised)
        {
            var name = alarm.Alarm == AlarmType.Nospace ? "NOSPACE" : "CORRUPT";
            if (!excluded.Contains(name)) return $"ALARM {name}";
        }
        if (serializable) return await SerializableReadAsync(http);
        return queen.Status.Leader.IsNone ? "RAFT NO LEADER" : await LinearizableReadAsync(http);
    }

    private async ValueTask<string?> LinearizableReadAsync(HttpContext http)
    {
        var (code, _) = await queen.ReadAsync(http.RequestAborted);
        return code == QueenCode.Ok ? null : $"QGET ERROR:{EtcdErrors.Of(code).Message}";
    }

    private ValueTask<string?> SerializableReadAsync(HttpContext http) => new(queen.Store.Snapshot() is null ? "no snapshot" : null);

    private ValueTask<string?> DataCorruptionAsync(HttpContext http) =>
        new(alarms.Raised.Any(alarm => alarm.Alarm == AlarmType.Corrupt) ? "alarm activated: CORRUPT" : null);

    private ValueTask<string?> NonLearnerAsync(HttpContext http) => new(queen.Status.IsLearner ? "this member is a learner" : null);

    private static bool Flag(HttpContext http, string name) =>
        http.Request.Query.TryGetValue(name, out var value) && value.ToString() is "" or "true" or "1";
}
