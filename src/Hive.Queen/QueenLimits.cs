namespace Hive.Queen;

/// <summary>Every bound of the queen's loop, with its relation to the others.</summary>
public sealed record QueenLimits
{
    /// <summary>Largest encoded command: etcd's default request limit (1.5 MiB) plus room for Hive's own framing. A control batch (1 MiB) fits below it.</summary>
    public int CommandBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Proposals that wait for their fate at once; past it callers get TooManyRequests.</summary>
    public int Waiters { get; init; } = 65_536;

    /// <summary>How long a proposal or read may wait: etcd's 5 s plus two election time-outs.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(7);
}
