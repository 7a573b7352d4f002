using System.Globalization;

namespace Hive.Api.Drones;

/// <summary>Value of <c>/hive/sessions/NODE</c>: the drone that is alive under a node's name. The key lives by the lease.</summary>
/// <param name="Lease">Lower-case hexadecimal.</param>
public sealed record SessionRecord(string NodeUid, string BootId, string Lease)
{
    public LeaseId LeaseId => TryParseLease(Lease, out LeaseId lease) ? lease : LeaseId.None;

    public static bool TryParseLease(string text, out LeaseId lease)
    {
        bool parsed = long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long value);
        lease = new LeaseId(parsed ? value : 0);
        return parsed && value > 0;
    }
}

/// <summary>Body of <c>POST /hive/v1/drones/NODE/session</c>.</summary>
public sealed record SessionRequest(string? NodeUid, string? BootId);

public sealed record SessionAnswer(string Lease, long TtlSeconds);

/// <summary>Body of <c>POST /hive/v1/drones/NODE/renew</c>.</summary>
/// <param name="Sequence">Chosen by the drone; the answer carries it back, so that the drone knows from which send its time counts.</param>
public sealed record RenewRequest(string? Lease, long Sequence);

public sealed record RenewAnswer(long Sequence, long TtlSeconds);

/// <summary>Body of <c>POST /hive/v1/join</c>.</summary>
public sealed record JoinRequest(string? Token, string? Node, string? Csr);

public sealed record JoinAnswer(string Certificate, string Ca, string[] Queens);
