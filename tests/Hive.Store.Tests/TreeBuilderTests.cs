using Hive.Store.Trees;

namespace Hive.Store.Tests;

public sealed class TreeBuilderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(64 * 64)]
    [InlineData(64 * 64 + 1)]
    [InlineData(64 * 64 * 3 + 17)]
    public void A_tree_built_at_once_is_one_that_goes_on_as_any_other(int count)
    {
        var builder = new TreeBuilder<long, long, long, NumberOrder>(1);
        var model = new SortedSet<long>();
        for (long i = 0; i < count; i++)
        {
            builder.Add(default, i * 2);
            model.Add(i * 2);
        }
        var tree = builder.Build();
        AssertSame(model, tree);
        var random = new Random(count);
        for (var i = 0; i < 2_000; i++)
        {
            var key = random.NextInt64(count * 2 + 10);
            if (random.Next(3) == 0) Assert.Equal(!model.Add(key), tree.Upsert(2, new NumberOrder(), key, key, out _));
            else Assert.Equal(model.Remove(key), tree.Remove(2, new NumberOrder(), key, out _));
        }
        AssertSame(model, tree);
    }

    private static void AssertSame(SortedSet<long> model, Tree<long, long> tree)
    {
        Assert.Equal(model.Count, tree.Count);
        var found = new List<long>();
        for (var cursor = tree.Start(); cursor.TryNext(out var entry);) found.Add(entry);
        Assert.Equal(model, found);
        var rank = 0;
        foreach (var key in model)
        {
            Assert.True(tree.TryFind(new NumberOrder(), key, out _));
            Assert.Equal(rank++, tree.Rank(new NumberOrder(), key));
        }
    }

    private readonly struct NumberOrder : IOrder<long, long, long>
    {
        public int Compare(long key, in long entry) => key.CompareTo(entry);
        public int CompareToSeparator(long key, in long separator) => key.CompareTo(separator);
        public long Between(in long left, in long right) => right;
    }
}
