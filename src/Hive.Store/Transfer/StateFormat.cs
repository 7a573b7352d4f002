namespace Hive.Store.Transfer;

/// <summary>
/// The form in which a whole state travels: a sequence of items, each a tag and its fields, cut into chunks at item boundaries. The header
/// comes first, the trailer last; live and superseded records come in key order.
/// </summary>
internal static class StateFormat
{
    /// <summary>Moves when the form, or any limit that decides what apply does, changes.</summary>
    public const ulong Version = 2;

    /// <summary>
    /// The form without a bound on the number of revisions that are kept. It is written for as long as there is none, so that a member that knows no other reads it; one with a
    /// bound it refuses, and does not guess.
    /// </summary>
    public const ulong WithoutRevisionBound = 1;

    public static ulong VersionFor(Retention retention) => retention.Revisions == 0 ? WithoutRevisionBound : Version;

    public const byte Header = 1, Live = 2, Past = 3, Stamp = 4, Nothing = 5, Lease = 6, Hidden = 7, Request = 8, Trailer = 9, Record = 10;
}
