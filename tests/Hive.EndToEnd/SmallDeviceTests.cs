using Hive.EndToEnd.World;
using Hive.Journal;
using Hive.Platform;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>The real disk on a device of a few mebibytes.</summary>
public sealed class SmallDeviceTests : IAsyncLifetime
{
    private const long Mebibyte = 1024 * 1024, DeviceBytes = 64 * Mebibyte, DeletedBytes = 48 * Mebibyte;

    private readonly string _root = Directory.CreateTempSubdirectory("hive-device-").FullName;

    public async Task InitializeAsync() => Assert.Equal(0, (await Tool.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={DeviceBytes}", "tmpfs", _root])).ExitCode);

    public async Task DisposeAsync()
    {
        // What was deleted may still be on its way back.
        await Tool.RunAsync("umount", ["--lazy", _root]);
        Directory.Delete(_root);
    }

    [Fact]
    public void Room_of_a_deleted_file_that_comes_back_slowly_is_there_at_once_for_a_file_that_needs_it()
    {
        LinuxDisk disk = WithDeletedFile();
        Assert.Equal(DiskStatus.Ok, disk.Create("next", DeletedBytes, out IDiskFile? file));
        file!.Dispose();
    }

    [Fact]
    public void Room_of_a_deleted_file_that_comes_back_slowly_is_there_at_once_for_a_write_that_needs_it()
    {
        LinuxDisk disk = WithDeletedFile();
        Assert.Equal(DiskStatus.Ok, disk.Create("next", 0, out IDiskFile? file));
        byte[] piece = new byte[Mebibyte];
        for (long at = 0; at < DeletedBytes; at += piece.Length) Assert.Equal(DiskStatus.Ok, file!.Write(at, piece));
        Assert.Equal(DiskStatus.NoSpace, file!.Write(DeletedBytes, new byte[DeviceBytes]));
        file.Dispose();
    }

    [Fact]
    public void Room_that_is_on_its_way_back_counts_as_free()
    {
        LinuxDisk disk = WithDeletedFile();
        Assert.InRange(disk.FreeBytes(), DeletedBytes, DeviceBytes);
    }

    private LinuxDisk WithDeletedFile()
    {
        var disk = new LinuxDisk(_root);
        Assert.Equal(DiskStatus.Ok, disk.Create("deleted", DeletedBytes, out IDiskFile? file));
        file!.Dispose();
        disk.Delete("deleted");
        return disk;
    }
}
