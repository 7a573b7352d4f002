using System.Buffers;
using Hive.Queen.Core;
using Hive.Store;

namespace Hive.Queen;

/// <summary>
/// How far the revision goes up where a state may lack revisions that were handed out: kept by a minority, or restored from a backup. No client
/// may see a revision a second time, with another content.
/// </summary>
public static class RevisionAdvance
{
    /// <summary>
    /// The revision goes up by this at least, and by as much for every second that passed since the state's last entry as no cluster makes: nobody
    /// knows how far the cluster came after it.
    /// </summary>
    public const long AtLeast = 1_000_000_000, EachSecond = 1_000_000;

    /// <summary>A revision past all that can have been handed out.</summary>
    /// <param name="last">When the state's last entry was made.</param>
    public static Revision Past(Revision revision, WallTime last, WallTime now)
    {
        long seconds = Math.Max(0, (now.Ticks - last.Ticks) / TimeSpan.TicksPerSecond);
        long advance = Math.Max(AtLeast, Math.Min(seconds, StoreLimits.HighestAdvance / EachSecond) * EachSecond);
        return new Revision(Math.Min(revision.Value + advance, StoreLimits.HighestAdvance));
    }

    /// <summary>The payload of an entry that advances the revision.</summary>
    internal static byte[] Encode(MemberId self, Revision to)
    {
        var payload = new ArrayBufferWriter<byte>();
        new ProposalHeader(self, Incarnation: 0, Number: 0).Write(payload);
        CommandCodec.Encode(new AdvanceRevisionCommand(to), payload);
        return payload.WrittenSpan.ToArray();
    }
}
