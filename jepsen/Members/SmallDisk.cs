using System.Globalization;

namespace Hive.Jepsen.Members;

/// <summary>A file system of its own for one data directory, that can be filled up. It lives in memory and survives its process, not its mount.</summary>
internal sealed class SmallDisk(string folder)
{
    private const long Mebibyte = 1 << 20;
    private const long SizeMebibytes = 256;

    private string Ballast => Path.Combine(folder, "ballast");

    public async Task MountAsync()
    {
        Directory.CreateDirectory(folder);
        await Tool.RunAsync("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={SizeMebibytes}m,mode=0700"), "tmpfs", folder);
    }

    /// <summary>Takes all the room that is left but for <paramref name="leftBytes"/>.</summary>
    public async Task FillAsync(long leftBytes)
    {
        long free = new DriveInfo(folder).AvailableFreeSpace - leftBytes;
        if (free >= Mebibyte) await Tool.TryAsync("fallocate", "-l", free.ToString(CultureInfo.InvariantCulture), Ballast);
    }

    public void Free() => File.Delete(Ballast);

    public Task UnmountAsync() => Tool.TryAsync("umount", "-l", folder);
}
