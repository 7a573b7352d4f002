using System.Globalization;

namespace Hive.Jepsen.Members;

/// <summary>Pods of the process runtime outlive their drone by design: a run that ends must end those of its own folder.</summary>
internal static class PodProcesses
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private const int Rounds = 40;

    /// <summary>Kills every process whose command line or root names the folder, and lets go of what is mounted there.</summary>
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
                about = File.ReadAllText(Path.Combine(process, "cmdline")) + '\0' + File.ReadAllText(Path.Combine(process, "environ"));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile, or is not ours.
                continue;
            }
            if (about.Contains(folder, StringComparison.Ordinal)) yield return id;
        }
    }
}
