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

    [Fact]
    public async Task A_large_file_is_gone_at_once_and_its_room_comes_back_a_step_at_a_time()
    {
        const int steps = 3;
        var disk = new LinuxDisk(_root);
        Assert.Equal(DiskStatus.Ok, disk.Create("large", steps * DiskRelease.StepBytes, out IDiskFile? file));
        file!.Dispose();
        disk.Delete("large");
        Assert.Empty(disk.List(""));
        Assert.True(disk.Released.PendingBytes > 0);
        await GivenBackAsync(disk);
        Assert.Equal(steps, disk.Released.Steps);
    }

    [Fact]
    public async Task A_large_file_that_is_deleted_while_it_is_read_is_read_to_its_end()
    {
        var disk = new LinuxDisk(_root);
        byte[] written = new byte[2 * DiskRelease.StepBytes];
        new Random(3).NextBytes(written);
        Assert.Equal(DiskStatus.Ok, disk.Create("first", 0, out IDiskFile? file));
        Assert.Equal(DiskStatus.Ok, file!.Write(0, written));
        disk.Rename("first", "large");
        file.Dispose();
        using IDiskFile reader = disk.Open("large", writable: false)!;
        disk.Delete("large");
        await GivenBackAsync(disk);
        byte[] read = new byte[written.Length];
        Assert.Equal(read.Length, reader.Read(0, read));
        Assert.True(written.AsSpan().SequenceEqual(read));
    }

    [Fact]
    public void What_is_read_under_its_new_name_is_known_to_be_read()
    {
        var disk = new LinuxDisk(_root);
        Assert.Equal(DiskStatus.Ok, disk.Create("first", 2 * DiskRelease.StepBytes, out IDiskFile? file));
        using IDiskFile open = file!;
        disk.Rename("first", "second");
        disk.Delete("second");
        Assert.Equal(0, disk.Released.PendingBytes);
        Assert.Equal(2 * DiskRelease.StepBytes, open.Length);
    }

    [Fact]
    public void However_much_is_deleted_it_is_given_back_in_minutes()
    {
        const long gibibyte = 1L << 30;
        Assert.Equal(TimeSpan.FromMilliseconds(100), DiskRelease.RestOf(gibibyte));
        TimeSpan all = TimeSpan.Zero;
        for (long left = 1000 * gibibyte; left > 0; left -= DiskRelease.StepBytes) all += DiskRelease.RestOf(left);
        Assert.InRange(all, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10));
    }

    private static async Task GivenBackAsync(LinuxDisk disk)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (disk.Released.PendingBytes > 0) await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
    }
}
