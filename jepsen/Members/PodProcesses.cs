using System.Globalization;

namespace Hive.Jepsen.Members;

/// <summary>Pods outlive their drone by design, containers their engine: a run that ends must end those of its own folder.</summary>
internal static class PodProcesses
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private const int Rounds = 40;

    /// <summary>Kills every process whose command line, environment or root file system names the folder, and lets go of what is mounted there.</summary>
    public static async Task EndAsync(string folder)
    {
        for (int round = 0; round < Rounds; round++)
        {
            int[] left = [.. Owned(folder)];
            if (left.Length == 0) break;
            await Tool.TryAsync("kill", ["-KILL", .. left.Select(p => p.ToString(CultureInfo.InvariantCulture))]);
            await Task.Delay(Pause);
        }
        string[] mounts = [.. (await File.ReadAllLinesAsync("/proc/mounts")).Select(line => line.Split(' ')[1]).Where(at => at.StartsWith(folder + "/", StringComparison.Ordinal)).Reverse()];
        foreach (string mount in mounts) await Tool.TryAsync("umount", "-l", mount);
    }

    private static IEnumerable<int> Owned(string folder)
    {
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id == Environment.ProcessId) continue;
            string about;
            try
            {
                about = File.ReadAllText(Path.Combine(process, "cmdline")) + '\0' + File.ReadAllText(Path.Combine(process, "environ")) + '\0' + RootOf(process);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile, or is not ours.
                continue;
            }
            if (about.Contains(folder, StringComparison.Ordinal)) yield return id;
        }
    }

    /// <summary>What is mounted as the root of a process: of a container it names the folders of its layers.</summary>
    private static string RootOf(string process) =>
        File.ReadLines(Path.Combine(process, "mountinfo")).FirstOrDefault(line => line.Split(' ') is [_, _, _, _, "/", ..]) ?? "";
}
