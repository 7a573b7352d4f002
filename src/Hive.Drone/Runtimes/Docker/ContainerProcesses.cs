using System.Globalization;
using Hive.Drone.Shell;

namespace Hive.Drone.Runtimes.Docker;

/// <summary>
/// The processes of an engine's containers, found without the engine: containers outlive it, and what must be dead by a certain time cannot wait until it is back. An
/// engine names a container's control groups by the container's full id, so whatever runs in a group of that name is the container's.
/// </summary>
internal static class ContainerProcesses
{
    private const int FullIdLength = 64, Killed = 9;

    /// <summary>What forks while it is looked for is found in the next round; a kill of all in a round leaves nobody who could go on for long.</summary>
    private const int MostRounds = 20;

    /// <summary>Kills all processes of some containers.</summary>
    /// <param name="containerIds">Full ids; what is none is left out.</param>
    /// <returns>Whether there were any, and none is left.</returns>
    public static bool TryKill(params IReadOnlyCollection<string> containerIds)
    {
        var ids = containerIds.Where(IsFullId).ToHashSet(StringComparer.Ordinal);
        bool any = false;
        for (int round = 0; round < MostRounds && ids.Count > 0; round++)
        {
            int found = 0;
            // Each as soon as it is found: its number may be another's later.
            foreach (int process in Find(ids))
            {
                found++;
                any |= HostCalls.Signal(process, Killed);
            }
            if (found == 0) return any;
        }
        return false;
    }

    /// <summary>Those that live; what was killed and waits for its parent has nothing left that runs.</summary>
    private static IEnumerable<int> Find(HashSet<string> ids)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int process)) continue;
            string groups = Read(folder, "cgroup");
            if (ids.Any(id => groups.Contains(id, StringComparison.Ordinal)) && !IsZombie(Read(folder, "stat"))) yield return process;
        }
    }

    private static bool IsFullId(string id) => id.Length == FullIdLength && id.All(char.IsAsciiHexDigit);

    /// <summary>State is the field behind the name, which stands in parentheses and may hold anything.</summary>
    private static bool IsZombie(string stat) => stat.LastIndexOf(')') is var name and >= 0 && stat.AsSpan(name + 1).TrimStart() is ['Z' or 'X', ..];

    /// <summary>Empty for who is gone.</summary>
    private static string Read(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
