using System.Formats.Tar;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Hive.Drone.Runtimes;

/// <summary>
/// Images that Hive brings along, so that a machine without any network can run a first pod: the sandbox's pause program and the sample server.
/// Both are the cell, a static program of a few kilobytes (Cell/cell.c) embedded in this assembly.
/// </summary>
public static class BuiltInImages
{
    /// <summary>Answers HTTP GET with the name of its pod. Reads PORT (8080), POD_IP (all addresses), POD_NAME or HOSTNAME.</summary>
    public const string SampleWeb = "hive.io/sample-web:1";

    /// <summary>Holds a pod's sandbox.</summary>
    public const string Pause = "hive.io/pause:1";

    /// <summary>For the process runtime: the host's own file system, with a private layer for what is written.</summary>
    public const string Host = "hive.io/host:1";

    /// <summary>Where the cell lies inside the images.</summary>
    public const string CellPath = "/hive-cell";

    /// <summary>The arguments of the cell that an image runs, or null for an image that is not built in.</summary>
    public static string? AppletOf(string reference) => reference switch
    {
        SampleWeb => "sample-web",
        Pause => "pause",
        _ => null,
    };

    /// <summary>The static program for this processor.</summary>
    /// <exception cref="PlatformNotSupportedException">No cell was built for it.</exception>
    public static byte[] Cell()
    {
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        using Stream? stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Hive.Drone.Cell.cell-{architecture}.elf")
            ?? throw new PlatformNotSupportedException($"there is no cell for {architecture}: build one with src/Hive.Drone/Cell/build.sh on such a machine");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Writes the cell where it can be run; leaves a file with the same bytes alone, since it may be running.</summary>
    public static string Unpack(string directory)
    {
        Directory.CreateDirectory(directory);
        byte[] cell = Cell();
        string name = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(cell))[..12];
        string path = Path.Combine(directory, $"hive-cell-{name}");
        if (File.Exists(path) && new FileInfo(path).Length == cell.Length) return path;
        string temporary = path + ".new";
        File.WriteAllBytes(temporary, cell);
        File.SetUnixFileMode(temporary, (UnixFileMode)0b111_101_101);
        File.Move(temporary, path, overwrite: true);
        return path;
    }

    /// <summary>A root file system with the cell as its one program, as a tar.</summary>
    public static byte[] RootTar()
    {
        using var output = new MemoryStream();
        using (var tar = new TarWriter(output, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (string directory in new[] { "etc/", "tmp/", "proc/", "sys/", "dev/" })
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, directory) { Mode = (UnixFileMode)0b111_101_101, ModificationTime = DateTimeOffset.UnixEpoch });
            }
            using var cell = new MemoryStream(Cell());
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, CellPath[1..])
            {
                Mode = (UnixFileMode)0b111_101_101,
                ModificationTime = DateTimeOffset.UnixEpoch,
                DataStream = cell,
            });
        }
        return output.ToArray();
    }
}
