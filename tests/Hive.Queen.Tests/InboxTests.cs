using Hive.Queen.Shell;
using Xunit;

namespace Hive.Queen.Tests;

public class InboxTests
{
    /// <summary>Without the second look in <c>Release</c>, what was added while somebody was at it would wait for ever; without the hold, two would be at it at once.</summary>
    [Fact]
    public async Task Everything_put_in_is_taken_once_and_in_order_by_one_thread_at_a_time()
    {
        const int Producers = 4, Items = 5_000;
        var inbox = new Inbox<(int Producer, int Item)>();
        int[] next = new int[Producers];
        int atIt = 0;
        int taken = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Do(List<(int Producer, int Item)> items)
        {
            Assert.Equal(1, Interlocked.Increment(ref atIt));
            foreach (var (producer, item) in items) Assert.Equal(next[producer]++, item);
            Interlocked.Decrement(ref atIt);
            if (Interlocked.Add(ref taken, items.Count) == Producers * Items) all.TrySetResult();
        }

        Task owner = Task.Factory.StartNew(
            () =>
            {
                while (inbox.Take(Timeout.InfiniteTimeSpan, out var items))
                {
                    Do(items);
                    inbox.Release();
                }
            }, TaskCreationOptions.LongRunning);
        Task[] producers = [.. Enumerable.Range(0, Producers).Select(producer => Task.Run(() =>
        {
            for (int i = 0; i < Items; i++)
            {
                if (i % 3 == 0)
                {
                    Assert.True(inbox.Put((producer, i)));
                    continue;
                }
                Assert.True(inbox.Add((producer, i)));
                if (!inbox.TryTake(out var items)) continue;
                do Do(items);
                while (inbox.TryTakeMore(out items));
                inbox.Release();
            }
        }))];
        await Task.WhenAll(producers).WaitAsync(TimeSpan.FromSeconds(30));
        // The last may have been added while another was at it: who lets go sees it.
        inbox.Wake();
        await all.Task.WaitAsync(TimeSpan.FromSeconds(30));
        inbox.Close();
        await owner.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task What_fails_on_a_foreign_thread_ends_its_own_and_takes_nothing_more()
    {
        var inbox = new Inbox<int>();
        Task owner = Task.Factory.StartNew(() => inbox.Take(Timeout.InfiniteTimeSpan, out _), TaskCreationOptions.LongRunning);
        Assert.True(inbox.Add(1));
        Assert.True(inbox.TryTake(out _));
        inbox.Break(new InvalidOperationException("broken"));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => owner.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal("broken", error.Message);
        Assert.False(inbox.Add(2));
        Assert.False(inbox.TryTake(out _));
    }

    [Fact]
    public void Nobody_is_at_it_before_its_own_thread_has_begun()
    {
        var inbox = new Inbox<int>(held: true);
        inbox.Add(1);
        Assert.False(inbox.TryTake(out _));
        inbox.Release();
        Assert.True(inbox.TryTake(out _));
    }
}
