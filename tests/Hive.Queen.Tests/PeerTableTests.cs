using Hive.Queen.Peers;
using Hive.Raft;
using Xunit;

namespace Hive.Queen.Tests;

/// <summary>Which links are open, when several threads find at once that there are none.</summary>
public sealed class PeerTableTests
{
    private sealed record Links(MemberId Member, string Address)
    {
        public bool IsClosed { get; set; }
    }

    [Fact]
    public void A_member_that_calls_on_two_connections_at_once_gets_one_set_of_links_and_that_one_is_flushed()
    {
        const int Threads = 8, Rounds = 500;
        for (int round = 0; round < Rounds; round++)
        {
            int opened = 0;
            var table = new PeerTable<Links>(
                (member, address) =>
                {
                    Interlocked.Increment(ref opened);
                    return new Links(member, address);
                },
                links => links.IsClosed = true);
            using var together = new Barrier(Threads);
            Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(() =>
            {
                together.SignalAndWait();
                // Two connections of each of four members.
                table.ConnectIfUnknown(Id(i / 2), "here");
            }))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
            Assert.Equal(Threads / 2, opened);
            Assert.Equal(table.Members().Select(m => table.Find(m)!).ToHashSet(), table.All.ToHashSet());
            Assert.Equal(Threads / 2, table.All.Length);
        }
    }

    [Fact]
    public void Links_move_with_the_address_of_the_membership_and_not_with_what_a_caller_says()
    {
        var table = new PeerTable<Links>((member, address) => new Links(member, address), links => links.IsClosed = true);
        table.Connect(Id(1), "a");
        Links first = table.Find(Id(1))!;
        table.ConnectIfUnknown(Id(1), "b");
        table.Connect(Id(1), "a");
        Assert.Same(first, table.Find(Id(1)));
        table.Connect(Id(1), "b");
        Assert.True(first.IsClosed);
        Assert.Equal("b", Assert.Single(table.All).Address);
    }

    [Fact]
    public void Who_calls_after_the_end_gets_no_links()
    {
        var table = new PeerTable<Links>((member, address) => new Links(member, address), links => links.IsClosed = true);
        table.Connect(Id(1), "a");
        Links open = table.Find(Id(1))!;
        table.CloseAll();
        table.ConnectIfUnknown(Id(2), "b");
        Assert.True(open.IsClosed);
        Assert.Empty(table.All);
        Assert.Null(table.Find(Id(2)));
    }

    private static MemberId Id(int number) => new((ulong)number + 1);
}
