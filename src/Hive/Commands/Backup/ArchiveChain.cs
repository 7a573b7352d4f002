using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hive.Composition;
using Hive.Journal;

namespace Hive.Commands.Backup;

/// <summary>What the base of a chain is, so that the right one is found without reading them all.</summary>
/// <param name="Cluster">Identity of the cluster, in hexadecimal.</param>
/// <param name="Revision">The base's revision.</param>
/// <param name="Index">Index and term of the last entry in it.</param>
/// <param name="Time">When that entry was made.</param>
internal sealed record ChainStart(string Cluster, long Revision, ulong Index, ulong Term, DateTime Time)
{
    [JsonIgnore]
    public LogPosition Position => new(new LogIndex(Index), new Term(Term));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ChainStart))]
internal sealed partial class ChainStartJson : JsonSerializerContext;

/// <summary>
/// A snapshot and the log behind it, in a folder of their own: <c>chain.json</c>, <c>base.snap</c>, and files of the log, each named after the entry in front of its
/// first one.
/// </summary>
internal sealed class ArchiveChain
{
    public const string StartName = "chain.json";
    public const string BaseName = "base.snap";
    public const string LogEnding = ".log";

    private ArchiveChain(string folder, ChainStart start) => (Folder, Start) = (folder, start);

    public string Folder { get; }

    public ChainStart Start { get; }

    public string Name => Path.GetFileName(Folder);

    public string Base => Path.Combine(Folder, BaseName);

    /// <summary>The files of the log, in order.</summary>
    public IReadOnlyList<string> Logs => [.. Directory.EnumerateFiles(Folder, "*" + LogEnding).Order(StringComparer.Ordinal)];

    /// <summary>Name of the file that goes on behind an entry; names sort as the entries do.</summary>
    public static string LogName(LogIndex after) => after.Value.ToString("d20", CultureInfo.InvariantCulture) + LogEnding;

    /// <exception cref="UsageException">It is no chain of an archive.</exception>
    public static ArchiveChain Open(string folder)
    {
        string file = Path.Combine(folder, StartName);
        try
        {
            ChainStart? start = JsonSerializer.Deserialize(File.ReadAllBytes(file), ChainStartJson.Default.ChainStart);
            return new ArchiveChain(folder, start ?? throw new UsageException($"{file} is empty"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UsageException($"{file} cannot be read: {failure.Message}");
        }
    }
}
