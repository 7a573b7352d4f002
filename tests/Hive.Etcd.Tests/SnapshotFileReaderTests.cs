using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Maintenance;
using Hive.Store;

namespace Hive.Etcd.Tests;

/// <summary>A saved snapshot is believed only when every byte of it is right.</summary>
public sealed class SnapshotFileReaderTests
{
    private static async Task<(KeyValueStore Store, byte[] File)> SavedAsync()
    {
        var queen = new DirectQueen();
        for (int i = 0; i < 40; i++)
        {
            var put = new MutateCommand(new PutOperation(System.Text.Encoding.UTF8.GetBytes($"k{i % 7}"), new byte[i * 9]));
            await queen.ProposeAsync(put, CancellationToken.None);
        }
        var file = new MemoryStream();
        await foreach (var (blob, _) in new SnapshotFile(queen.Store.Snapshot(), new AnswerTurns(new EtcdLimits(), TimeProvider.System, () => queen.Store.AppliedIndex)).ReadAsync(1000, CancellationToken.None)) file.Write(blob.Span);
        return (queen.Store, file.ToArray());
    }

    [Fact]
    public async Task What_was_saved_reads_back_as_the_same_state()
    {
        var (store, file) = await SavedAsync();
        var reading = SnapshotFileReader.Read(new MemoryStream(file));
        Assert.Null(reading.Problem);
        Assert.Equal(store.Digest, reading.Store!.Digest);
        Assert.Equal(store.Revision, reading.Store.Revision);
    }

    [Fact]
    public async Task A_file_cut_anywhere_is_refused()
    {
        var (_, file) = await SavedAsync();
        for (int length = 0; length < file.Length; length += length < 100 ? 1 : 37)
        {
            var reading = SnapshotFileReader.Read(new MemoryStream(file[..length]));
            Assert.True(reading is { Store: null, Problem.Length: > 0 }, $"{length} bytes");
        }
    }

    [Fact]
    public async Task A_file_with_any_byte_changed_is_refused_and_the_place_is_told_where_it_can_be_known()
    {
        var (_, file) = await SavedAsync();
        for (int at = 0; at < file.Length; at += 13)
        {
            byte[] changed = [.. file];
            changed[at] ^= 0x40;
            var reading = SnapshotFileReader.Read(new MemoryStream(changed));
            Assert.True(reading is { Store: null, Problem.Length: > 0 }, $"byte {at}");
        }
    }

    [Fact]
    public void A_file_of_another_kind_is_refused_with_a_word_about_etcd()
    {
        var reading = SnapshotFileReader.Read(new MemoryStream(new byte[4096]));
        Assert.Contains("no snapshot of Hive", reading.Problem, StringComparison.Ordinal);
    }
}
