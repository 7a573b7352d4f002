using System.Globalization;

namespace Hive.Drone.Runtimes.Process;

/// <summary>Memory and processor limits by control groups, version 2 or 1, where this process may write there.</summary>
internal sealed class ControlGroups
{
    private const string Mount = "/sys/fs/cgroup";
    private readonly string[] _parents;
    private readonly bool _unified;

    private ControlGroups(string[] parents, bool unified) => (_parents, _unified) = (parents, unified);

    /// <summary>Null, with a reason, where no group can be made.</summary>
    public static ControlGroups? TryOpen(string node, out string problem)
    {
        problem = "";
        bool unified = File.Exists(Path.Combine(Mount, "cgroup.controllers"));
        string[] roots = unified ? [Mount] : [Path.Combine(Mount, "memory"), Path.Combine(Mount, "cpu")];
        try
        {
            var parents = new List<string>();
            foreach (string root in roots)
            {
                if (!Directory.Exists(root)) throw new IOException($"{root} is not there");
                string hive = Path.Combine(root, "hive");
                string parent = Path.Combine(hive, node);
                Directory.CreateDirectory(parent);
                if (unified)
                {
                    foreach (string level in new[] { root, hive, parent }) File.WriteAllText(Path.Combine(level, "cgroup.subtree_control"), "+memory +cpu");
                }
                // The parent may be there from a time when somebody else could write here.
                string trial = Path.Combine(parent, "trial");
                Directory.CreateDirectory(trial);
                Directory.Delete(trial);
                parents.Add(parent);
            }
            return new ControlGroups([.. parents], unified);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problem = failure.Message;
            return null;
        }
    }

    /// <summary>Makes the groups of a container; the answer names their directories.</summary>
    public string[] Make(ContainerId id, ContainerSpec spec)
    {
        var groups = new List<string>();
        foreach (string parent in _parents)
        {
            string group = Path.Combine(parent, id.ToString());
            Directory.CreateDirectory(group);
            groups.Add(group);
        }
        string memory = groups[0];
        string cpu = groups[^1];
        if (spec.MemoryLimitBytes > 0) Set(memory, _unified ? "memory.max" : "memory.limit_in_bytes", spec.MemoryLimitBytes);
        if (spec.MilliCpuLimit > 0)
        {
            long quota = Math.Max(1000, spec.MilliCpuLimit * 100);
            if (_unified) File.WriteAllText(Path.Combine(cpu, "cpu.max"), string.Create(CultureInfo.InvariantCulture, $"{quota} 100000"));
            else Set(cpu, "cpu.cfs_quota_us", quota);
        }
        long shares = Math.Clamp(spec.MilliCpuRequest * 1024 / 1000, 2, 262144);
        Set(cpu, _unified ? "cpu.weight" : "cpu.shares", _unified ? 1 + (shares - 2) * 9999 / 262142 : shares);
        return [.. groups];
    }

    /// <summary>Did the kernel kill something in these groups for want of memory?</summary>
    public static bool RanOutOfMemory(string[] groups)
    {
        foreach (string group in groups)
        {
            foreach (string file in new[] { "memory.events", "memory.oom_control" })
            {
                string path = Path.Combine(group, file);
                if (!File.Exists(path)) continue;
                foreach (string line in File.ReadLines(path))
                {
                    if (line.StartsWith("oom_kill ", StringComparison.Ordinal) && line != "oom_kill 0") return true;
                }
            }
        }
        return false;
    }

    /// <summary>Kills what is still in the groups, whatever it did to its process group.</summary>
    public static void Kill(string[] groups)
    {
        foreach (string group in groups)
        {
            string members = Path.Combine(group, "cgroup.procs");
            if (!File.Exists(members)) continue;
            foreach (string line in File.ReadLines(members))
            {
                if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int pid)) Shell.HostCalls.Signal(pid, 9);
            }
        }
    }

    public static void Remove(string[] groups)
    {
        foreach (string group in groups)
        {
            if (Directory.Exists(group)) Directory.Delete(group);
        }
    }

    private static void Set(string group, string file, long value) => File.WriteAllText(Path.Combine(group, file), value.ToString(CultureInfo.InvariantCulture));
}
