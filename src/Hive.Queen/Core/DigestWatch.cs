using Hive.Store;

namespace Hive.Queen.Core;

/// <summary>What comparing digests came to.</summary>
/// <param name="At">The entry after which the states differ.</param>
/// <param name="SelfDiffers">A majority agrees on another state than this member's.</param>
public readonly record struct DigestVerdict(LogIndex At, MemberId Other, bool SelfDiffers);

/// <summary>
/// Compares this member's applied state with that of the others, at the same entries. Two members that differ are reported; one that differs from what a
/// majority agrees on is told so, and must not go on. Not thread-safe.
/// </summary>
internal sealed class DigestWatch
{
    /// <summary>Checkpoints that are remembered: what members may lie apart and still be compared.</summary>
    private const int Remembered = 256;
    private readonly SortedDictionary<LogIndex, SortedDictionary<MemberId, ulong>> _seen = [];
    private readonly MemberId _self;

    public DigestWatch(MemberId self) => _self = self;

    /// <summary>Where the states were last found equal, and by how many members; and how often they were not.</summary>
    public DigestAgreement Agreement { get; private set; }

    /// <summary>A member's digest after an entry. Not null: it shows a difference, not reported before.</summary>
    public DigestVerdict? Seen(MemberId member, StateDigest digest, int voters)
    {
        if (!_seen.TryGetValue(digest.Index, out SortedDictionary<MemberId, ulong>? at))
        {
            if (_seen.Count == Remembered && First() is { } oldest)
            {
                if (digest.Index < oldest) return null;
                _seen.Remove(oldest);
            }
            _seen.Add(digest.Index, at = []);
        }
        if (!at.TryAdd(member, digest.Value) || !at.TryGetValue(_self, out ulong own)) return null;
        MemberId other = MemberId.None;
        var votes = new SortedDictionary<ulong, int>();
        foreach (var (peer, value) in at)
        {
            votes[value] = votes.GetValueOrDefault(value) + 1;
            if (value != own) other = peer;
        }
        if (other.IsNone)
        {
            if (at.Count > 1 && digest.Index >= Agreement.At) Agreement = Agreement with { At = digest.Index, Members = at.Count };
            return null;
        }
        Agreement = Agreement with { Differences = Agreement.Differences + 1 };
        foreach (var (value, count) in votes)
        {
            if (value != own && count > voters / 2) return new DigestVerdict(digest.Index, other, SelfDiffers: true);
        }
        return new DigestVerdict(digest.Index, other, SelfDiffers: false);
    }

    private LogIndex? First()
    {
        foreach (LogIndex index in _seen.Keys) return index;
        return null;
    }
}
