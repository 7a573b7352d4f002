using System.Collections.Immutable;
using System.Globalization;
using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Workloads;

/// <summary>Reads the heartbeats that pods left behind.</summary>
internal static class PodLives
{
    /// <summary>Milliseconds of the machine's boot clock.</summary>
    public static long Now() => Milliseconds(File.ReadAllText("/proc/uptime").Split(' ')[0]) ?? throw new InvalidOperationException("/proc/uptime does not tell the time");

    /// <param name="folder">One file for each life: POD.UID.START.</param>
    public static ImmutableArray<PodLife> Read(string folder)
    {
        var lives = ImmutableArray.CreateBuilder<PodLife>();
        foreach (string file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            string[] name = Path.GetFileName(file).Split('.', 3);
            // A line that was cut off with its writer is no heartbeat.
            long[] beats = [.. File.ReadLines(file).Select(Milliseconds).OfType<long>()];
            if (name.Length == 3 && beats.Length > 0) lives.Add(new PodLife(name[0], name[1], beats.Min(), beats.Max()));
        }
        return lives.ToImmutable();
    }

    private static long? Milliseconds(string seconds) =>
        decimal.TryParse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) ? (long)(value * 1000) : null;
}
