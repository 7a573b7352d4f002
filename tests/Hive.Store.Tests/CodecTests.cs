using System.Buffers;

namespace Hive.Store.Tests;

public sealed class CodecTests
{
    private static byte[] Encode(Command command)
    {
        var output = new ArrayBufferWriter<byte>();
        CommandCodec.Encode(command, output);
        return output.WrittenSpan.ToArray();
    }

    [Fact]
    public void Every_command_comes_back_as_it_was()
    {
        var random = new RandomCommands(1);
        for (var i = 0; i < 1_500; i++)
        {
            var bytes = Encode(random.AnyCommand());
            Assert.True(CommandCodec.TryDecode(bytes, out var decoded));
            Assert.Equal(bytes, Encode(decoded!));
        }
    }

    [Fact]
    public void A_single_put_is_told_from_everything_else()
    {
        var random = new RandomCommands(4);
        var puts = 0;
        for (var i = 0; i < 3_000; i++)
        {
            var command = random.AnyCommand();
            var inner = command is GuardedCommand guarded ? guarded.Inner : command;
            var isPut = inner is MutateCommand { Operation: PutOperation, Bumps.IsDefaultOrEmpty: true };
            Assert.Equal(isPut, CommandCodec.IsSinglePut(Encode(command)));
            if (isPut) puts++;
        }
        Assert.InRange(puts, 1, 2_999);
        var put = new MutateCommand(new PutOperation("k"u8.ToArray(), "v"u8.ToArray()), 0, []);
        Assert.True(CommandCodec.IsSinglePut(Encode(put)));
        Assert.True(CommandCodec.IsSinglePut(Encode(put with { RequestId = 7 })));
        Assert.True(CommandCodec.IsSinglePut(Encode(new GuardedCommand(new Guard.RecordIs("r"u8.ToArray(), 3), put))));
    }

    [Fact]
    public void Retention_without_a_bound_on_revisions_is_written_as_before_there_was_one_and_with_one_in_a_kind_of_its_own()
    {
        var retention = new Retention(TimeSpan.FromTicks(1), 2, 3);
        Assert.Equal([8, 2, 4, 6], Encode(new SetRetentionCommand(retention)));
        Assert.Equal([13, 2, 4, 6, 8], Encode(new SetRetentionCommand(retention with { Revisions = 4 })));
        Assert.False(CommandCodec.TryDecode((byte[])[13, 2, 4, 6, 0], out _));
    }

    [Fact]
    public void Cut_or_lengthened_commands_are_malformed()
    {
        var random = new RandomCommands(2);
        for (var i = 0; i < 300; i++)
        {
            var bytes = Encode(random.AnyCommand());
            if (bytes.Length > 2_000) continue;
            for (var length = 0; length < bytes.Length; length++) Assert.False(CommandCodec.TryDecode(bytes.AsMemory(0, length), out _));
            Assert.False(CommandCodec.TryDecode((byte[])[.. bytes, 0], out _));
        }
    }

    [Fact]
    public void No_bytes_make_the_decoder_or_the_store_fail()
    {
        var noise = new Random(3);
        var random = new RandomCommands(3);
        var store = new StoreDriver();
        for (var i = 0; i < 8_000; i++)
        {
            byte[] bytes;
            if (i % 2 == 0)
            {
                bytes = new byte[noise.Next(40)];
                noise.NextBytes(bytes);
                if (bytes.Length > 0) bytes[0] = (byte)noise.Next(14);
            }
            else
            {
                bytes = Encode(random.AnyCommand());
                if (bytes.Length < 3_000) bytes[noise.Next(bytes.Length)] ^= (byte)(1 << noise.Next(8));
            }
            store.ApplyBytes(bytes);
        }
        Assert.Equal(store.Store.Digest, StoreDriver.CopyOf(store.Store.Snapshot()).Digest);
    }

    [Fact]
    public void Transactions_nested_too_deep_are_malformed()
    {
        Operation operation = new TxnOperation([], [], []);
        for (var i = 1; i < StoreLimits.TransactionDepth; i++) operation = new TxnOperation([], [operation], []);
        Assert.True(CommandCodec.TryDecode(Encode(new MutateCommand(operation)), out _));
        Assert.False(CommandCodec.TryDecode(Encode(new MutateCommand(new TxnOperation([], [operation], []))), out _));
    }
}
