using Hive.Queen.Core;
using Hive.Store;

namespace Hive.Queen.Shell;

/// <summary>This member's state differs from what the majority agrees on: it must not serve, vote or lead.</summary>
public sealed class StateDivergedException(string message) : Exception(message);

/// <summary>Feeds <see cref="DigestWatch"/> from apply and from the peers, and acts on what it finds.</summary>
internal sealed class StateComparison(QueenOptions options, Func<int> voters, Action<StateDigest> tellPeers, Action<Exception> fail)
{
    private readonly Lock _gate = new();
    private readonly DigestWatch _watch = new(options.Self);

    /// <summary>The last difference found, in words; null when none was.</summary>
    public string? Difference { get; private set; }

    public DigestAgreement Agreement
    {
        get
        {
            lock (_gate) return _watch.Agreement;
        }
    }

    /// <summary>Called on the apply thread after each entry.</summary>
    public void Applied(KeyValueStore store, LogIndex index)
    {
        if (index.Value % (ulong)options.Limits.DigestEveryEntries != 0) return;
        StateDigest own = store.Digest;
        tellPeers(own);
        Take(options.Self, own);
    }

    public void Take(MemberId member, StateDigest digest)
    {
        DigestVerdict? verdict;
        lock (_gate) verdict = _watch.Seen(member, digest, voters());
        if (verdict is not { } found) return;
        Difference = $"after entry {found.At} the state of this member and that of member {found.Other} differ";
        options.Log(QueenLogLevel.Error, Difference);
        if (found.SelfDiffers) fail(new StateDivergedException($"{Difference}, and a majority agrees with the other: this member takes no further part; remove it and add it anew"));
    }
}
