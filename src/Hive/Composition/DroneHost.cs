using Microsoft.Extensions.Logging;
namespace Hive.Composition;
internal sealed class DroneHost : IAsyncDisposable
{
    public required Task<Exception> Failure { get; init; }
    public static Task<DroneHost> StartAsync(ClusterFile cluster, DroneEntry self, string dataFolder, bool removePodsAtExit, ILoggerFactory loggers, CancellationToken cancellation) => throw new UsageException("not here yet");
    public ValueTask DisposeAsync() => default;
}
