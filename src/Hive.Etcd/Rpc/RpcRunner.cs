using System.Diagnostics;
using Hive.Etcd.Budgets;
using Hive.Etcd.Metrics;
using Hive.Etcd.Services.Auth;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hive.Etcd.Rpc;

/// <summary>
/// Runs one call on any transport: deadline, client gone, face stopping, no leader, a bug. Turns each into a status, counts it, and lets no
/// exception past.
/// </summary>
internal sealed partial class RpcRunner(
    LeaderPresence leader, AuthGate auth, ClientBudgets budgets, AnswerTurns turns, RpcCounters counters, ILogger logger, TimeProvider time, CancellationToken stopping)
{
    private static readonly RpcStatus DeadlineExceeded = new(RpcCode.DeadlineExceeded, "context deadline exceeded");
    private static readonly RpcStatus InternalError = new(RpcCode.Internal, "internal error");

    /// <summary>Null: the client has gone and hears nothing any more.</summary>
    public async ValueTask<RpcStatus?> RunAsync(RpcMethod method, HttpContext http, IRpcTransport transport, TimeSpan? timeout)
    {
        var start = Stopwatch.GetTimestamp();
        var counted = counters.Of(method);
        counted.Begin();
        turns.CallBegins();
        var status = method.Kind == RpcKind.Unary
            ? await RunUnaryAsync(method, http, transport, timeout)
            : await RunBoundedAsync(method, new RpcContext(http, budgets.Of(http)), http, transport, timeout);
        counted.End(status?.Code ?? RpcCode.Canceled);
        counters.AddTraffic(transport.ReceivedBytes, transport.SentBytes);
        if (method.Kind == RpcKind.Unary) counted.Durations.Observe(Stopwatch.GetElapsedTime(start));
        return status;
    }

    /// <summary>A unary call counts against its client's budget for as long as it is under way. Streams have bounds of their own.</summary>
    private async ValueTask<RpcStatus?> RunUnaryAsync(RpcMethod method, HttpContext http, IRpcTransport transport, TimeSpan? timeout)
    {
        // What is under way is answered; what comes now is better asked elsewhere, and then finds no connection that ends under it.
        if (stopping.IsCancellationRequested) return EtcdErrors.Leaving;
        var client = budgets.Of(http);
        if (!client.TryBegin()) return EtcdErrors.TooManyRequests;
        var context = new RpcContext(http, client);
        try
        {
            return timeout is null
                ? await ServeAsync(method, context, http, transport, http.RequestAborted, CancellationToken.None)
                : await RunBoundedAsync(method, context, http, transport, timeout);
        }
        finally
        {
            client.End(context.Charged);
        }
    }

    private async ValueTask<RpcStatus?> RunBoundedAsync(RpcMethod method, RpcContext context, HttpContext http, IRpcTransport transport, TimeSpan? timeout)
    {
        using var deadline = timeout is { } span ? new CancellationTokenSource(Bounded(span), time) : null;
        var expired = deadline?.Token ?? CancellationToken.None;
        using var linked = method.Kind == RpcKind.Unary
            ? CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, expired)
            : CancellationTokenSource.CreateLinkedTokenSource([http.RequestAborted, expired, stopping, leader.LostToken(context)]);
        return await ServeAsync(method, context, http, transport, linked.Token, expired);
    }

    private async ValueTask<RpcStatus?> ServeAsync(
        RpcMethod method, RpcContext context, HttpContext http, IRpcTransport transport, CancellationToken cancellation, CancellationToken deadline)
    {
        if (context.RequiresLeader && !leader.IsPresent) return EtcdErrors.NoLeader;
        try
        {
            await auth.CatchUpAsync(context, cancellation);
            return await method.ServeAsync(context, transport, cancellation);
        }
        catch (RpcAbort abort)
        {
            return abort.Status;
        }
        catch (OperationCanceledException)
        {
            return Cancelled(http, deadline);
        }
        catch (Exception fault) when (fault is IOException or BadHttpRequestException or Microsoft.AspNetCore.Connections.ConnectionAbortedException)
        {
            if (http.RequestAborted.IsCancellationRequested) return null;
            return new RpcStatus(RpcCode.Internal, $"the request could not be read: {fault.Message}");
        }
        catch (Exception bug)
        {
            LogBug(logger, method.Path, http.RequestAborted.IsCancellationRequested ? "had gone before" : "waits for it", bug);
            return InternalError;
        }
    }

    private RpcStatus? Cancelled(HttpContext http, CancellationToken deadline)
    {
        if (http.RequestAborted.IsCancellationRequested) return null;
        if (deadline.IsCancellationRequested) return DeadlineExceeded;
        if (stopping.IsCancellationRequested) return EtcdErrors.Stopped;
        return leader.IsPresent ? EtcdErrors.RequestCanceled : EtcdErrors.NoLeader;
    }

    /// <summary>The longest delay that a timer takes; a deadline past it is no deadline in practice.</summary>
    private static TimeSpan Bounded(TimeSpan span) => span > TimeSpan.FromDays(30) ? TimeSpan.FromDays(30) : span;

    [LoggerMessage(EventId = 4001, Level = LogLevel.Error, Message = "The call {Path} failed by a fault of this server; its client {Client}")]
    private static partial void LogBug(ILogger logger, string path, string client, Exception bug);
}
