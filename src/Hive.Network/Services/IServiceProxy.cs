namespace Hive.Network.Services;

/// <summary>Makes a node do what a <see cref="ServiceTable"/> says. Applying replaces all that was applied before.</summary>
public interface IServiceProxy : IAsyncDisposable
{
    /// <summary>How it works, for the log: <c>nftables</c> or <c>userspace</c>.</summary>
    string Name { get; }

    /// <summary>Null when the table is in force; else what could not be done and why. What was in force before then still is, as far as possible.</summary>
    ValueTask<string?> ApplyAsync(ServiceTable table, CancellationToken cancellation);
}
