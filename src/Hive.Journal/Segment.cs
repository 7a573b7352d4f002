using System.Globalization;

namespace Hive.Journal;

/// <summary>One file of the journal, named by its number.</summary>
internal sealed class Segment(ulong number, IDiskFile file) : IDisposable
{
    public const string Directory = "journal";
    private const string Extension = ".seg";

    public ulong Number { get; } = number;
    public IDiskFile File { get; } = file;

    /// <summary>Where the next record goes.</summary>
    public long End { get; set; }

    public static string PathOf(ulong number) => $"{Directory}/{number.ToString("x16", CultureInfo.InvariantCulture)}{Extension}";

    /// <summary>Reads a number out of a file name; false for files that are no segments.</summary>
    public static bool TryParse(string name, out ulong number)
    {
        number = 0;
        return name.Length == 16 + Extension.Length && name.EndsWith(Extension, StringComparison.Ordinal)
            && ulong.TryParse(name.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
    }

    public void Dispose() => File.Dispose();
}
