using System.Text;

namespace Hive.Raft.Tests.Transcripts;

/// <summary>
/// Each file in testdata is a story: commentary, commands, and below each command what the core ordered. HIVE_REWRITE=1 writes what was seen
/// into the files, for a person to review as a diff.
/// </summary>
public class TranscriptTests
{
    private static readonly string Folder = Path.Combine(Root(), "tests", "Hive.Raft.Tests", "testdata");

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Folder, "*.txt").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Transcript_reads_as_written(string file)
    {
        string path = Path.Combine(Folder, file);
        string expected = File.ReadAllText(path);
        string actual = Replay(expected);
        if (Environment.GetEnvironmentVariable("HIVE_REWRITE") == "1") File.WriteAllText(path, actual);
        else Assert.Equal(expected, actual);
    }

    /// <summary>Runs every command; comments and blank lines stay, old output (indented by a bar) is replaced.</summary>
    private static string Replay(string text)
    {
        var world = new TranscriptWorld();
        var seen = new StringBuilder();
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith('|')) continue;
            seen.Append(line).Append('\n');
            if (line.Length == 0 || line[0] == '#') continue;
            foreach (string output in world.Run(line).TrimEnd('\n').Split('\n')) seen.Append("| ").Append(output).Append('\n');
        }
        return seen.ToString();
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Hive.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Hive.sln is nowhere above the tests");
    }
}
