using Hive.Raft;

namespace Hive.Queen.Shell;

/// <summary>Makes a member's own name and addresses known to all, when what the membership says of it differs from what it was started with.</summary>
internal static class Publication
{
    /// <summary>Tries until the membership agrees; ends by itself then.</summary>
    public static async Task RunAsync(QueenServer queen, QueenOptions options, CancellationToken stopping)
    {
        if (options.Name.Length == 0) return;
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                QueenStatus status = queen.Status;
                QueenMember? known = status.Members.FirstOrDefault(m => m.Id == options.Self);
                if (known is not null && !status.Leader.IsNone)
                {
                    var wanted = new MemberAttributes(
                        options.Name, options.PeerUrls.IsDefaultOrEmpty ? known.PeerUrls : options.PeerUrls,
                        options.ClientUrls.IsDefault ? known.ClientUrls : options.ClientUrls);
                    if (IsSaid(known, wanted)) return;
                    var (code, outcome) = await queen.ChangeMembershipAsync(
                        MembershipChange.Of(new SetAttributes(options.Self, wanted.Encode())), stopping);
                    if (code == QueenCode.Ok && outcome == MembershipOutcome.Ok) return;
                }
                await Task.Delay(options.Limits.PublicationRetry, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }
    }

    private static bool IsSaid(QueenMember known, MemberAttributes wanted) =>
        known.Name == wanted.Name && known.PeerUrls.SequenceEqual(wanted.PeerUrls, StringComparer.Ordinal)
        && known.ClientUrls.SequenceEqual(wanted.ClientUrls, StringComparer.Ordinal);
}
