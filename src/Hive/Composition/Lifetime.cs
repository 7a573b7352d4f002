using System.Runtime.InteropServices;

namespace Hive.Composition;

/// <summary>
/// When a queen or drone must stop: at SIGTERM, at Ctrl-C, or, when another hive process supervises it, when that process is gone (its end of
/// our standard input closes). A supervised process leaves Ctrl-C to its supervisor, which stops its children in order.
/// </summary>
internal sealed class Lifetime : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly CancellationTokenRegistration _outer;

    private Lifetime(CancellationToken outer)
    {
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Supervised ? Ignore : Handle));
        _outer = outer.Register(StopNow);
    }

    /// <summary>Whether another hive process started this one and watches over it.</summary>
    public static bool Supervised => Environment.GetEnvironmentVariable("HIVE_SUPERVISED") == "1";

    public CancellationToken Stop => _stop.Token;

    /// <summary>Runs what serves until it is told to stop. Told so before it is up it ends as it does later: with 0, for that is what was asked of it.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Func<Lifetime, Task<int>> serve, CancellationToken outer)
    {
        using Lifetime lifetime = Begin(outer);
        try
        {
            return await serve(lifetime);
        }
        catch (OperationCanceledException) when (lifetime.Stop.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static Lifetime Begin(CancellationToken outer)
    {
        var lifetime = new Lifetime(outer);
        if (Supervised) new Thread(lifetime.WatchSupervisor) { IsBackground = true, Name = "supervisor watch" }.Start();
        return lifetime;
    }

    /// <summary>Completes when it is time to stop.</summary>
    public async Task WaitAsync()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = Stop.Register(stopped.SetResult);
        await stopped.Task;
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
        _outer.Dispose();
        _stop.Dispose();
    }

    private void Handle(PosixSignalContext signal)
    {
        signal.Cancel = true;
        StopNow();
    }

    /// <summary>
    /// The command line watches for the same signals: it may have told us by <see cref="_outer"/> and everything may have ended before the
    /// thread that brings the signal here gets its turn.
    /// </summary>
    private void StopNow()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Stopped already.
        }
    }

    private static void Ignore(PosixSignalContext signal) => signal.Cancel = true;

    /// <summary>A thread of its own, because reading standard input cannot be cancelled.</summary>
    private void WatchSupervisor()
    {
        using Stream input = Console.OpenStandardInput();
        byte[] buffer = new byte[64];
        try
        {
            while (input.Read(buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A broken pipe means the same as its end.
        }
        StopNow();
    }
}
