using Hive.Journal;
using Hive.Platform;
using Xunit;

namespace Hive.Queen.Tests;

public sealed class LinuxDiskTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("hive-disk-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_preallocated_file_reads_as_zero_and_keeps_what_is_written_in_the_middle()
    {
        var disk = new LinuxDisk(_root);
        Assert.Equal(DiskStatus.Ok, disk.CreateDirectory("a/b"));
        Assert.Equal(DiskStatus.Ok, disk.Create("a/b/file", 8192, out IDiskFile? file));
        Assert.Equal(DiskStatus.Ok, file!.Write(4000, "hive"u8));
        file.SyncData();
        disk.SyncDirectory("a/b");
        file.Dispose();
        using IDiskFile again = disk.Open("a/b/file", writable: false)!;
        byte[] bytes = new byte[9000];
        Assert.Equal(8192, again.Read(0, bytes));
        Assert.Equal("hive"u8.ToArray(), bytes[4000..4004]);
        Assert.Equal(4, bytes.Count(b => b != 0));
        Assert.Equal(8192, again.Length);
    }

    [Fact]
    public void Names_are_listed_in_order_and_renaming_replaces()
    {
        var disk = new LinuxDisk(_root);
        foreach (string name in new[] { "z", "a", "m" })
        {
            Assert.Equal(DiskStatus.Ok, disk.Create(name, 0, out IDiskFile? file));
            file!.Write(0, System.Text.Encoding.UTF8.GetBytes(name));
            file.Dispose();
        }
        disk.Rename("z", "a");
        disk.Delete("not-there");
        Assert.Equal(["a", "m"], disk.List(""));
        using IDiskFile renamed = disk.Open("a", writable: false)!;
        byte[] one = new byte[1];
        renamed.Read(0, one);
        Assert.Equal((byte)'z', one[0]);
        Assert.Null(disk.Open("z", writable: false));
        Assert.Empty(disk.List("no-such-directory"));
    }

    [Fact]
    public void More_than_the_device_holds_is_a_typed_refusal_that_leaves_nothing()
    {
        var disk = new LinuxDisk(_root);
        Assert.Equal(DiskStatus.NoSpace, disk.Create("huge", disk.FreeBytes() + (1L << 40), out IDiskFile? file));
        Assert.Null(file);
        Assert.Empty(disk.List(""));
    }
}
