using Hive.Objects;

namespace Hive.Drone.Shell;

/// <summary>Keeps the Node object true: registers, posts the status when it changes or a session begins, and renews the kube-node-lease object.</summary>
internal sealed class NodeKeeper
{
    private static readonly TimeSpan LeaseEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StatusEvery = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);
    private readonly IQueenLink _link;
    private readonly NodeDescription _description;
    private readonly DroneLoop _loop;
    private readonly DroneOptions _options;
    private readonly int _port;
    private readonly SemaphoreSlim _again = new(0, 1);

    public NodeKeeper(IQueenLink link, NodeDescription description, DroneLoop loop, DroneOptions options, int port)
    {
        (_link, _description, _loop, _options, _port) = (link, description, loop, options, port);
        loop.NodeChanged += PostAgain;
    }

    /// <summary>True once the queens know this node.</summary>
    public bool IsRegistered { get; private set; }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        string uid = "";
        string last = "";
        bool? posted = null;
        long statusAt = 0;
        while (!cancellation.IsCancellationRequested)
        {
            bool well = _loop.RuntimeWell;
            bool asked = await _again.WaitAsync(uid.Length == 0 || posted != well ? TimeSpan.Zero : LeaseEvery, cancellation);
            bool due = statusAt == 0 || _options.Clock.GetElapsedTime(statusAt) >= StatusEvery;
            if (asked || uid.Length == 0 || posted != well || due)
            {
                LinkAnswer<Node> answer = await _link.RegisterAsync(_description.Describe(_port, well, "the container runtime does not answer"), cancellation);
                if (!answer.Ok)
                {
                    if (answer.Problem != last) _options.Log($"the node cannot be registered: {answer.Problem}");
                    last = answer.Problem;
                    await Task.Delay(RetryAfter, _options.Clock, cancellation);
                    continue;
                }
                last = "";
                (posted, statusAt) = (well, _options.Clock.GetTimestamp());
                if (answer.Value!.Metadata.Uid != uid) _options.Log($"node {_options.NodeName} is registered");
                uid = answer.Value.Metadata.Uid;
                _loop.Registered(uid);
                IsRegistered = true;
            }
            await _link.RenewNodeLeaseAsync(_options.NodeName, uid, cancellation);
        }
    }

    private void PostAgain()
    {
        lock (_again)
        {
            if (_again.CurrentCount == 0) _again.Release();
        }
    }
}
