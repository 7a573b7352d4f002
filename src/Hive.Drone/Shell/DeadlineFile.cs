using System.Globalization;

namespace Hive.Drone.Shell;

/// <summary>
/// The session's deadline in a file, for the shims of unique pods (which kill when it has passed, though this process be frozen) and for the next
/// process of this drone. Content: nanoseconds since boot at which to kill, the deadline in 100 ns since boot, the boot's id.
/// </summary>
internal sealed class DeadlineFile(string path, string bootId)
{
    /// <summary>The shim looks four times a second; it must be done within the kill budget.</summary>
    private static readonly TimeSpan KillAfter = DroneLimits.KillBudget - TimeSpan.FromMilliseconds(500);
    private HostTime _written;

    public string Path => path;

    /// <summary>The deadline that an earlier process left in this boot, or null.</summary>
    public HostTime? Read()
    {
        if (!File.Exists(path)) return null;
        string[] words = File.ReadAllText(path).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 3 && words[2] == bootId && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long ticks) ? new HostTime(ticks) : null;
    }

    /// <summary>Writes a deadline that has moved. No sync: after a power cut there is nothing to fence.</summary>
    public void Write(HostTime deadline)
    {
        if (deadline == _written) return;
        _written = deadline;
        long kill = (deadline + KillAfter).Ticks * 100;
        string temporary = path + ".new";
        File.WriteAllText(temporary, string.Create(CultureInfo.InvariantCulture, $"{kill} {deadline.Ticks} {bootId}\n"));
        File.Move(temporary, path, overwrite: true);
    }
}
