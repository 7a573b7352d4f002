namespace Hive.Queen;

/// <summary>Every bound of the queen's loop, with its relation to the others.</summary>
public sealed record QueenLimits
{
    /// <summary>Largest encoded command: etcd's default request limit (1.5 MiB) plus room for Hive's own framing. A control batch (1 MiB) fits below it.</summary>
    public int CommandBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Proposals that wait for their fate at once; past it callers get TooManyRequests. Reads and renewals: as many each.</summary>
    public int Waiters { get; init; } = 65_536;

    /// <summary>Bytes of commands that wait for their fate at once: twice what a leader takes uncommitted.</summary>
    public long WaiterBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>How long a proposal or read may wait: etcd's 5 s plus two election time-outs.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>Rounds of read confirmation under way at once; reads that arrive meanwhile join the next one.</summary>
    public int ReadRounds { get; init; } = 8;

    /// <summary>A read round without an answer is asked again after so long: two heartbeats and a long round trip.</summary>
    public TimeSpan ReadRetry { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Shortest time between two entries that renew leases. Below a tenth of the shortest useful TTL (1 s).</summary>
    public TimeSpan RenewalInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Leases in one renewal entry: 8 bytes each, far below <see cref="CommandBytes"/>.</summary>
    public int RenewalsPerEntry { get; init; } = 16_384;

    /// <summary>Length of a tick of consensus.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>A leader's heartbeat period in ticks (50 ms).</summary>
    public int HeartbeatTicks { get; init; } = 5;

    /// <summary>Election time-out in ticks before randomisation to [n, 2n) (250 to 500 ms): five heartbeats.</summary>
    public int ElectionTicks { get; init; } = 25;

    /// <summary>How long a member stands by a leader that it heard, where reads are answered by lease (250 ms): five heartbeats, and no more than the shortest election time-out, so that it delays none.</summary>
    public TimeSpan LeaderPromise { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest that the election time-out may become by itself (1 s), on a machine or network that is slow.</summary>
    public int ElectionTicksMost { get; init; } = 100;

    /// <summary>The election time-out is at least so many times the longest silence seen lately.</summary>
    public int SilencesInElection { get; init; } = 3;

    /// <summary>A silence counts half after so long.</summary>
    public TimeSpan SilenceHalfLife { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>When the connection to the leader ends, its followers ask for votes within so many ticks (120 ms): wide enough that one is first, below the election time-out.</summary>
    public int DeadLeaderSpreadTicks { get; init; } = 12;

    /// <summary>A leader whose disk answers nothing for so many ticks hands over (2 s).</summary>
    public int DiskStallTicks { get; init; } = 200;

    /// <summary>
    /// A leader's disk is behind when what others committed so many ticks ago (100 ms) is not on it: two heartbeats, far above a sync of a disk that is well.
    /// </summary>
    public int DiskLagTicks { get; init; } = 10;

    /// <summary>A leader hands over that was behind for half of so long: by its disk, or since its loop was held up. Many election time-outs, so that one pause is none.</summary>
    public TimeSpan StrainWindow { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A member that handed over since it was behind does not again for so long: where all are slow, leadership must not go in circles.</summary>
    public TimeSpan HandOverPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Ticks that are made up for after a stall of the process; more are dropped, so that a thawed member listens before it stands for election.</summary>
    public int TicksAtOnce { get; init; } = 3;

    /// <summary>A snapshot is taken after so many bytes of entries were applied since the last one...</summary>
    public long SnapshotBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>...or so many entries, whichever comes first.</summary>
    public long SnapshotEntries { get; init; } = 100_000;

    /// <summary>Entries that stay in the log behind a snapshot, so that a follower that lags a little needs no snapshot.</summary>
    public long TrailingEntries { get; init; } = 20_000;

    /// <summary>Entries that one write of the journal gathers. Below the journal's segment size.</summary>
    public int BatchBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Turns of the loop that a thread takes which only came to bring something; what comes after that is left to the loop's own thread.</summary>
    public int TurnsAtOnce { get; init; } = 16;

    /// <summary>Callers under way up to which each takes the loop's turn itself: beyond it what they bring together is better taken together.</summary>
    public int CallersInTurn { get; init; } = 2;

    /// <summary>So many single puts, each of at most so many bytes, are applied by the thread that learned of their commit: tens of microseconds.</summary>
    public int EntriesAppliedAtOnce { get; init; } = 4;
    public int BytesAppliedAtOnce { get; init; } = 16 * 1024;

    /// <summary>So many callers that are brief go on on the thread that brought their answers; of more, each on its own, side by side.</summary>
    public int AnsweredAtOnce { get; init; } = 2;

    /// <summary>Bytes that a thread writes to a peer's connection itself; more goes on in the background.</summary>
    public int PeerBytesAtOnce { get; init; } = 64 * 1024;

    /// <summary>Messages that wait for one connection to a peer; more are dropped (consensus sends again).</summary>
    public int PeerQueueMessages { get; init; } = 8_192;

    /// <summary>Bytes that wait for one connection to a peer: above what consensus lets be under way to a follower (16 MiB).</summary>
    public long PeerQueueBytes { get; init; } = 48L * 1024 * 1024;

    /// <summary>Largest frame that a peer may send: an append message of 1 MiB, or one entry of <see cref="CommandBytes"/>, with room.</summary>
    public int PeerFrameBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>How long a peer may take to open a connection and name itself.</summary>
    public TimeSpan PeerHandshake { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a peer may take to be reached: below the third try of the kernel, which comes after three seconds, when it may be back long since.</summary>
    public TimeSpan PeerConnect { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A connection on which nothing is acknowledged for so long is given up: above the longest election time-out, so that it breaks nothing that would have gone well.</summary>
    public TimeSpan PeerSilence { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>First and longest pause before a peer is called again.</summary>
    public TimeSpan PeerRetryFirst { get; init; } = TimeSpan.FromMilliseconds(20);
    public TimeSpan PeerRetryLongest { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A member that was removed is still told so for so long: two election time-outs and more.</summary>
    public TimeSpan PeerFarewell { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Pause before a member tries again to make its name and addresses known.</summary>
    public TimeSpan PublicationRetry { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Pause before a membership change that found another under way is tried again.</summary>
    public TimeSpan MembershipTurn { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>A learner may be promoted when it lacks at most so many entries of the leader's log.</summary>
    public long PromotionLagEntries { get; init; } = 1_000;

    /// <summary>Members compare their states after every so many entries.</summary>
    public int DigestEveryEntries { get; init; } = 256;

    /// <summary>How often the room on the disk is looked at.</summary>
    public TimeSpan SpaceLook { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Connections that the peer port holds open at once; more are closed.</summary>
    public int PeerConnections { get; init; } = 256;

    /// <summary>Pause before a write that found the disk full is tried again.</summary>
    public TimeSpan DiskFullRetry { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The journal's last write is confirmed when so long nothing was written.</summary>
    public TimeSpan JournalIdle { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a graceful stop waits for another member to take over.</summary>
    public TimeSpan HandOver { get; init; } = TimeSpan.FromSeconds(1);
}
