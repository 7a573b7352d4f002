using System.Collections.Immutable;
using Hive.Etcd.Messages;
using Hive.Etcd.Services.Watch;
using Hive.Store;
using StoredPair = Hive.Store.KeyValue;

namespace Hive.Etcd.Tests;

public sealed class EncodedRevisionTests
{
    private static readonly ImmutableArray<StoreEvent> Changes =
    [
        new(StoreEventKind.Put, Pair("a", "1", 2, 2, 1, 0), null),
        new(StoreEventKind.Put, Pair("b", new string('x', 300), long.MaxValue - 1, long.MaxValue, 1L << 40, -5), Pair("b", "", 3, 4, 5, 6)),
        new(StoreEventKind.Delete, new StoredPair(FaceFixture.Bytes("c").Memory, default, new(0), new(9), 0, default), Pair("c", "old", 1, 2, 3, 4)),
    ];

    private static StoredPair Pair(string key, string value, long create, long mod, long version, long lease) =>
        new(FaceFixture.Bytes(key).Memory, FaceFixture.Bytes(value).Memory, new(create), new(mod), version, new(lease));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_encoded_by_hand_is_read_by_the_generated_messages(bool withPrevious)
    {
        var encoded = EncodedRevision.Of(new RevisionChanges(new(9), default, Changes), withPrevious);
        var response = WatchResponse.Parser.ParseFrom(encoded.Bytes.Span);
        Assert.Equal(Changes.Length, response.Events.Count);
        for (var i = 0; i < Changes.Length; i++)
        {
            var (expected, actual) = (Changes[i], response.Events[i]);
            Assert.Equal((int)expected.Kind, (int)actual.Type);
            AssertSame(expected.Kv, actual.Kv);
            if (withPrevious && expected.Previous is { } previous) AssertSame(previous, actual.PrevKv);
            else Assert.Null(actual.PrevKv);
        }
        Assert.Equal(response.CalculateSize(), encoded.Bytes.Length);
    }

    [Fact]
    public void Each_end_cuts_between_two_events()
    {
        var encoded = EncodedRevision.Of(new RevisionChanges(new(9), default, Changes), withPrevious: true);
        var start = 0;
        foreach (var end in encoded.Ends)
        {
            Assert.Single(WatchResponse.Parser.ParseFrom(encoded.Bytes.Span[start..end]).Events);
            start = end;
        }
        Assert.Equal(encoded.Bytes.Length, start);
    }

    [Fact]
    public void The_same_changes_are_encoded_once()
    {
        var cache = new EncodedRevisions();
        var changes = new RevisionChanges(new(9), default, Changes);
        Assert.Same(cache.Get(changes, withPrevious: false), cache.Get(changes, withPrevious: false));
        Assert.NotSame(cache.Get(changes, withPrevious: true), cache.Get(changes, withPrevious: false));
        Assert.NotSame(cache.Get(changes, withPrevious: false), cache.Get(changes with { }, withPrevious: false));
    }

    private static void AssertSame(StoredPair expected, Messages.KeyValue actual)
    {
        Assert.Equal(expected.Key.ToArray(), actual.Key.ToByteArray());
        Assert.Equal(expected.Value.ToArray(), actual.Value.ToByteArray());
        Assert.Equal(
            (expected.CreateRevision.Value, expected.ModRevision.Value, expected.Version, expected.Lease.Value),
            (actual.CreateRevision, actual.ModRevision, actual.Version, actual.Lease));
    }
}
