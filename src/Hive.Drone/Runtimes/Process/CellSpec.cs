using System.Globalization;
using System.Text;

namespace Hive.Drone.Runtimes.Process;

/// <summary>Writes what the cell's shim reads: NUL-terminated fields, each a key followed by its values (see Cell/cell.c, read_spec).</summary>
internal sealed class CellSpec
{
    private const int ResourceData = 2;
    private readonly StringBuilder _text = new();

    public CellSpec Add(string key, params ReadOnlySpan<string> values)
    {
        _text.Append(key).Append('\0');
        // A NUL cannot be part of an argument or a variable in Linux; it must not end a field early here.
        foreach (string value in values) _text.Append(value.Replace("\0", "", StringComparison.Ordinal)).Append('\0');
        return this;
    }

    /// <summary>The best that is left where control groups cannot be written: a limit for each process's data.</summary>
    public void LimitMemory(long bytes) => Add("rlimit", ResourceData.ToString(CultureInfo.InvariantCulture), bytes.ToString(CultureInfo.InvariantCulture));

    /// <summary>A root of its own: a private layer over the image, the kernel's file systems, then the mounts, shorter paths first.</summary>
    public void Root(string directory, ProcessImage image, IEnumerable<MountSpec> mounts)
    {
        foreach (string part in new[] { "upper", "work", "merged" }) Directory.CreateDirectory(Path.Combine(directory, part));
        Add("merged", Path.Combine(directory, "merged"));
        Add("overlay", $"lowerdir={image.Root},upperdir={Path.Combine(directory, "upper")},workdir={Path.Combine(directory, "work")}");
        var binds = new List<MountSpec>();
        foreach (string kernel in new[] { "/proc", "/sys", "/dev" }) binds.Add(new MountSpec(kernel, kernel, false, true));
        if (image.IsHost) binds.AddRange(HostMounts());
        else if (File.Exists("/etc/resolv.conf")) binds.Add(new MountSpec("/etc/resolv.conf", "/etc/resolv.conf", true, false));
        binds.AddRange(mounts.OrderBy(m => m.Target.Length).ThenBy(m => m.Target, StringComparer.Ordinal));
        foreach (MountSpec bind in binds) Add("bind", bind.Source, bind.Target, (bind.IsDirectory ? "d" : "") + (bind.ReadOnly ? "r" : ""));
    }

    public void WriteTo(string path)
    {
        File.WriteAllText(path, _text.ToString());
        // It holds the environment, which may hold secrets.
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>File systems mounted below the machine's root, which an overlay of the root does not show.</summary>
    private static List<MountSpec> HostMounts()
    {
        var mounts = new List<MountSpec>();
        foreach (string line in File.ReadLines("/proc/self/mountinfo"))
        {
            string[] fields = line.Split(' ');
            if (fields.Length < 5) continue;
            string point = fields[4];
            if (point == "/" || point.Contains('\\', StringComparison.Ordinal) || Below(point, "/proc") || Below(point, "/sys") || Below(point, "/dev")) continue;
            if (fields.Contains("overlay") || mounts.Any(m => Below(point, m.Target))) continue;
            if (Directory.Exists(point)) mounts.Add(new MountSpec(point, point, false, true));
        }
        return mounts;
    }

    private static bool Below(string path, string parent) => path == parent || path.StartsWith(parent + "/", StringComparison.Ordinal);
}
