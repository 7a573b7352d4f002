using System.Buffers;
using System.Collections.Immutable;

namespace Hive.Raft.Tests;

public class RaftCodecTests
{
    private static readonly MemberId One = new(1);
    private static readonly MemberId Two = new(ulong.MaxValue);
    private static readonly Stamp Stamp = new(new LogTime(5), new WallTime(638_000_000_000_000_000));

    private static Membership SomeMembership()
    {
        Assert.True(Membership.TryCreate(
        [
            new Member(One, MemberKind.Voter, true, new byte[] { 1, 2 }),
            new Member(new MemberId(3), MemberKind.Leaving, true, default),
            new Member(Two, MemberKind.JoiningVoter, false, new byte[] { 9 }),
        ], out var membership));
        return membership;
    }

    private static IEnumerable<RaftMessage> Messages()
    {
        var term = new Term(300);
        var index = new LogIndex(70_000);
        var snapshot = new SnapshotMetadata(index, term, Stamp, SomeMembership());
        ImmutableArray<Entry> entries =
        [
            new Entry(new Term(7), index.Next, EntryKind.Normal, Stamp, new byte[] { 1, 2, 3 }),
            new Entry(term, index + 2, EntryKind.Empty, Stamp, default),
            new Entry(term, index + 3, EntryKind.Membership, Stamp, RaftCodec.Encode(SomeMembership())),
        ];
        yield return new PreVoteRequest(One, Two, term, index, new Term(2));
        yield return new PreVoteResponse(One, Two, term, true);
        yield return new VoteRequest(One, Two, term, index, new Term(2), true);
        yield return new VoteResponse(One, Two, term, false);
        yield return new AppendRequest(One, Two, term, index, new Term(7), entries, index);
        yield return new AppendRequest(One, Two, term, LogIndex.Zero, Term.Zero, [], index);
        yield return new AppendResponse(One, Two, term, index, true, index, term, true);
        yield return new Heartbeat(One, Two, term, index, 1 << 20);
        yield return new HeartbeatResponse(One, Two, term, ulong.MaxValue, TimeSpan.Zero);
        yield return new HeartbeatResponse(One, Two, term, ulong.MaxValue, TimeSpan.FromMilliseconds(250));
        yield return new InstallSnapshot(One, Two, term, snapshot);
        yield return new TimeoutNow(One, Two, term);
        yield return new ProposeRequest(One, Two, 4, 5, new byte[] { 6 });
        yield return new ProposeRefused(One, Two, 4, 5);
        yield return new ReadIndexRequest(One, Two, new ReadContext(1, 2));
        yield return new ReadIndexResponse(One, Two, new ReadContext(1, 2), index, true);
        yield return new TransferRequest(One, Two, Two);
        var id = new EntryId(index, new Term(9));
        yield return new InstallSnapshot(One, Two, Term.Zero, snapshot);
        yield return new LineageRequest(One, Two, id);
        yield return new LineageResponse(One, Two, id, [new EntryId(new LogIndex(500), new Term(9)), new EntryId(new LogIndex(1), new Term(3)), default]);
        yield return new CopyRequest(One, Two, id, index + 7, true);
        yield return new CopyResponse(One, Two, entries);
    }

    private static byte[] Bytes(RaftMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        RaftCodec.Write(message, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    [Fact]
    public void Every_message_is_read_back_as_it_was_written()
    {
        Assert.Equal(typeof(RaftMessage).Assembly.GetTypes().Count(t => t.IsSubclassOf(typeof(RaftMessage))), Messages().Select(m => m.GetType()).Distinct().Count());
        foreach (var message in Messages())
        {
            byte[] bytes = Bytes(message);
            Assert.True(RaftCodec.TryRead(bytes, out var read), $"{message}");
            Assert.Equal(bytes, Bytes(read!));
            Assert.Equal(message.GetType(), read!.GetType());
            Assert.Equal((message.From, message.To, message.Term), (read.From, read.To, read.Term));
            if (message is HeartbeatResponse) Assert.Equal(message, read);
            if (message is not AppendRequest sent) continue;
            var received = (AppendRequest)read;
            Assert.Equal((sent.PreviousIndex, sent.PreviousTerm, sent.Commit), (received.PreviousIndex, received.PreviousTerm, received.Commit));
            Assert.All(sent.Entries.Zip(received.Entries), pair => Assert.True(pair.First.SameAs(pair.Second)));
        }
    }

    [Fact]
    public void An_answer_without_a_promise_has_the_form_from_before_there_were_promises()
    {
        // Kind, from, to, term, round: members of an earlier build read this, and write it.
        byte[] bytes = [8, 1, 2, 3, 4];
        var answer = new HeartbeatResponse(new MemberId(1), new MemberId(2), new Term(3), 4, TimeSpan.Zero);
        Assert.Equal(bytes, Bytes(answer));
        Assert.True(RaftCodec.TryRead(bytes, out var read));
        Assert.Equal(answer, read);
    }

    [Fact]
    public void A_message_cut_anywhere_or_with_bytes_added_is_refused()
    {
        foreach (byte[] bytes in Messages().Select(Bytes))
        {
            for (int length = 0; length < bytes.Length; length++) Assert.False(RaftCodec.TryRead(bytes.AsMemory(0, length), out _));
            Assert.False(RaftCodec.TryRead((byte[])[.. bytes, 0], out _));
        }
    }

    [Fact]
    public void What_is_read_from_damaged_bytes_is_refused_or_writes_back_to_the_same_bytes()
    {
        var random = new Random(7);
        foreach (byte[] bytes in Messages().Select(Bytes))
        {
            for (int i = 0; i < 3000; i++)
            {
                byte[] damaged = [.. bytes];
                for (int flips = random.Next(1, 4); flips > 0; flips--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                if (RaftCodec.TryRead(damaged, out var read)) Assert.Equal(damaged, Bytes(read!));
            }
        }
    }

    [Fact]
    public void Noise_is_refused_without_an_exception()
    {
        var random = new Random(8);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] noise = new byte[random.Next(64)];
            random.NextBytes(noise);
            if (RaftCodec.TryRead(noise, out var read)) Assert.Equal(noise, Bytes(read!));
            RaftCodec.TryReadEntry(noise, out _);
            RaftCodec.TryReadMembership(noise, out _);
            RaftCodec.TryReadSnapshotMetadata(noise, out _);
        }
    }

    [Fact]
    public void A_membership_that_cannot_be_is_refused()
    {
        Assert.False(Membership.TryCreate([new Member(MemberId.None, MemberKind.Voter, false, default)], out _));
        Assert.False(Membership.TryCreate([new Member(One, MemberKind.Learner, false, default)], out _));
        Assert.False(Membership.TryCreate([new Member(One, MemberKind.Voter, false, default), new Member(One, MemberKind.Voter, false, default)], out _));
        Assert.False(Membership.TryCreate([new Member(One, MemberKind.Voter, false, default), new Member(Two, MemberKind.Leaving, false, default)], out _));
        Assert.False(Membership.TryCreate(Enumerable.Range(1, Membership.MaxMembers + 1).Select(i => new Member(new MemberId((ulong)i), MemberKind.Voter, false, default)), out _));
    }
}
