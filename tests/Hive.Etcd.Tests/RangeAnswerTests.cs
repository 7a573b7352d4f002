using System.Buffers;
using System.Text;
using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Services;
using Hive.Etcd.Services.Watch;
using Hive.Store;

namespace Hive.Etcd.Tests;

public sealed class RangeAnswerTests
{
    private static readonly ResponseHeader Header = new() { ClusterId = 1, MemberId = ulong.MaxValue, Revision = 77, RaftTerm = 3 };

    private readonly KeyValueStore _store = new();

    [Fact]
    public void An_answer_written_in_pieces_is_what_the_generated_message_would_be()
    {
        var random = new Random(5);
        for (var i = 0; i < 300; i++) Put($"k{random.Next(120):d3}", random.Next(400));
        Put("empty", 0);
        var snapshot = _store.Snapshot();
        for (var i = 0; i < 2_000; i++)
        {
            var query = AnyQuery(random, snapshot.Revision.Value);
            Assert.Equal(StoreError.None, snapshot.Range(query, out var result));
            Assert.Equal(StoreError.None, snapshot.OpenRange(query, out var rows));
            Assert.Equal(StoreMessages.Message(result!, Header), RangeResponse.Parser.ParseFrom(Write(new RangeAnswer(rows!, Header))));
        }
    }

    [Fact]
    public void However_large_an_answer_is_no_piece_of_it_is()
    {
        for (var i = 0; i < 3_000; i++) Put($"k{i:d4}", 300);
        Assert.Equal(StoreError.None, _store.Snapshot().OpenRange(new RangeQuery(new byte[] { 0 }) { RangeEnd = new byte[] { 0 } }, out var rows));
        var answer = new RangeAnswer(rows!, Header);
        var pieces = PiecesOf(answer);
        Assert.True(answer.Size > 900_000);
        Assert.Equal(answer.Size, pieces.Sum());
        Assert.All(pieces, piece => Assert.InRange(piece, 1, 34_000));
    }

    [Fact]
    public void A_watch_response_is_sent_in_pieces_too()
    {
        var events = new ReadOnlyMemory<byte>[] { new byte[100_000], new byte[10], Array.Empty<byte>(), new byte[70_000] };
        var response = new EncodedWatchResponse(new WatchResponse { Header = Header, WatchId = 4 }, events);
        var pieces = PiecesOf(response);
        Assert.Equal(response.Size, pieces.Sum());
        Assert.All(pieces, piece => Assert.InRange(piece, 1, 34_000));
    }

    private static List<int> PiecesOf(Rpc.IMessagePieces message)
    {
        while (message.MeasureNext())
        {
        }
        var output = new ArrayBufferWriter<byte>();
        var pieces = new List<int>();
        for (var more = true; more;)
        {
            output.ResetWrittenCount();
            more = message.WriteNext(output);
            pieces.Add(output.WrittenCount);
        }
        return pieces;
    }

    private static byte[] Write(RangeAnswer answer)
    {
        while (answer.MeasureNext())
        {
        }
        var output = new ArrayBufferWriter<byte>();
        while (answer.WriteNext(output))
        {
        }
        Assert.Equal(answer.Size, output.WrittenCount);
        return output.WrittenSpan.ToArray();
    }

    private static RangeQuery AnyQuery(Random random, long newest)
    {
        byte[] Key() => Encoding.ASCII.GetBytes($"k{random.Next(125):d3}");
        return new RangeQuery(random.Next(10) == 0 ? "empty"u8.ToArray() : random.Next(3) == 0 ? new byte[] { 0 } : Key())
        {
            RangeEnd = random.Next(4) switch { 0 => default, 1 => new byte[] { 0 }, _ => Key() },
            Limit = random.Next(2) == 0 ? 0 : random.Next(1, 150),
            At = random.Next(3) == 0 ? new(random.NextInt64(1, newest + 1)) : default,
            Order = (SortOrder)random.Next(3),
            Target = random.Next(2) == 0 ? SortTarget.Key : (SortTarget)random.Next(5),
            KeysOnly = random.Next(5) == 0,
            CountOnly = random.Next(8) == 0,
            MinModRevision = random.Next(6) == 0 ? random.NextInt64(newest) : 0,
        };
    }

    private void Put(string key, int valueBytes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        CommandCodec.Encode(new MutateCommand(new PutOperation(Encoding.ASCII.GetBytes(key), new byte[valueBytes])), buffer);
        Assert.Equal(StoreError.None, _store.Apply(_store.AppliedIndex.Next, new(1), default, buffer.WrittenMemory).Error);
    }
}
