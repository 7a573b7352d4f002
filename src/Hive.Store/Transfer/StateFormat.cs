namespace Hive.Store.Transfer;

/// <summary>
/// The form in which a whole state travels: a sequence of items, each a tag and its fields, cut into chunks at item boundaries. The header
/// comes first, the trailer last; live and superseded records come in key order.
/// </summary>
internal static class StateFormat
{
    /// <summary>Moves when the form, or any limit that decides what apply does, changes.</summary>
    public const ulong Version = 2;

    /// <summary>The oldest form that is read: one without a bound on the number of revisions that are kept.</summary>
    public const ulong OldestVersion = 1;

    public const byte Header = 1, Live = 2, Past = 3, Stamp = 4, Nothing = 5, Lease = 6, Hidden = 7, Request = 8, Trailer = 9, Record = 10;
}
