using Hive.Client.Connections;
using Hive.Client.Kubernetes;
using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Clients;

/// <summary>Requests to the Kubernetes face with a time limit, and what is known of them afterwards.</summary>
internal static class ApiCall
{
    public const int Conflict = 409, NotFound = 404;

    private const int LeastServerError = 500;

    /// <summary>One request, given up after <see cref="RpcChannel.Patience"/>; what was asked may still happen.</summary>
    public static async Task<ApiAnswer> AskAsync(Func<CancellationToken, Task<ApiAnswer>> call, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(RpcChannel.Patience);
        try
        {
            return await call(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ApiAnswer(0, null, Fate.Unknown, "no answer in time");
        }
    }

    /// <summary>A write failed only where it certainly did not happen; a read that was not answered failed.</summary>
    public static Outcome FateOf(ApiAnswer answer, bool writes)
    {
        if (answer.Ok) return Outcome.Ok;
        bool unchanged = !writes || answer.Fate == Fate.NotDone || answer.Code is > 0 and < LeastServerError;
        return unchanged ? Outcome.Failed : Outcome.Unknown;
    }
}
