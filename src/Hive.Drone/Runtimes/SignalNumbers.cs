using Hive.Objects;

namespace Hive.Drone.Runtimes;

/// <summary>Numbers of the signals by which a container may ask to be stopped.</summary>
internal static class SignalNumbers
{
    /// <summary>SIGTERM unless the name says otherwise.</summary>
    public static int Of(string? name) => name switch
    {
        Signal.SIGHUP => 1,
        Signal.SIGINT => 2,
        Signal.SIGQUIT => 3,
        Signal.SIGABRT => 6,
        Signal.SIGKILL => 9,
        Signal.SIGUSR1 => 10,
        Signal.SIGUSR2 => 12,
        Signal.SIGALRM => 14,
        Signal.SIGWINCH => 28,
        _ => 15,
    };
}
