using Hive.Jepsen.Members;

namespace Hive.Jepsen.Runs;

/// <summary>Which build a binary is, from what it says of itself.</summary>
public static class BuildUnderTest
{
    private const int ShownLength = 12;

    /// <summary>The commit that <c>hive --version</c> names behind its +, as long as people write it; all that it says where it names none.</summary>
    public static string Name(string version)
    {
        string said = version.Trim(), commit = said[(said.IndexOf('+', StringComparison.Ordinal) + 1)..];
        return commit.Length <= ShownLength ? commit : commit[..ShownLength];
    }

    /// <exception cref="InvalidOperationException">The binary does not say.</exception>
    public static async Task<string> AskAsync(string hive) => Name(await Tool.RunAsync(hive, "--version"));
}
