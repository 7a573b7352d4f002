namespace Hive.Etcd;

/// <summary>Every bound of the etcd face, with its relation to the others. Defaults are etcd's where etcd has the bound.</summary>
public sealed record EtcdLimits
{
    /// <summary>Largest request that may be proposed, encoded (etcd's default). Past it: "request is too large".</summary>
    public int RequestBytes { get; init; } = 1536 * 1024;

    /// <summary>Largest message taken off the wire: a request that is too large by up to 512 KiB still gets its precise refusal.</summary>
    public int ReceiveBytes => RequestBytes + 512 * 1024;

    /// <summary>Steps in one list of a transaction; nested transactions share what is left.</summary>
    public int TransactionOperations { get; init; } = 128;

    /// <summary>Unary calls of one client (an address, with the name in its certificate) under way at once: a quarter of what a queen takes from all.</summary>
    public int RequestsPerClient { get; init; } = 16_384;

    /// <summary>Bytes of those calls: half of what a queen takes from all, so that no client alone shuts the others out.</summary>
    public long RequestBytesPerClient { get; init; } = 64L * 1024 * 1024;

    /// <summary>Clients with a budget of their own; past it the idle are forgotten, and if none is idle the new share one.</summary>
    public int ClientsTracked { get; init; } = 4_096;

    /// <summary>Clients named in the metrics, the worst first: bounds what the labels can grow to.</summary>
    public int ClientsNamed { get; init; } = 10;

    /// <summary>A client that is refused is named in the log at most so often.</summary>
    public TimeSpan RefusalLogInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Open connections on all endpoints together.</summary>
    public int Connections { get; init; } = 20_000;

    /// <summary>Calls open at once on one connection. Clients put hundreds of watches and calls on one.</summary>
    public int StreamsPerConnection { get; init; } = 100_000;

    /// <summary>What a client may send ahead on one stream; below <see cref="ConnectionWindowBytes"/>.</summary>
    public int StreamWindowBytes { get; init; } = 1024 * 1024;

    /// <summary>What a client may send ahead on all streams of a connection.</summary>
    public int ConnectionWindowBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>A connection that was silent for so long is asked for a sign of life: a client that vanished must not keep its watches.</summary>
    public TimeSpan SilenceBeforePing { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>No answer to that within this closes the connection (etcd's).</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a new connection may take to show which protocol it speaks.</summary>
    public TimeSpan PrefaceTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Connections that showed their protocol and wait for the server to take them, per protocol.</summary>
    public int AcceptQueue { get; init; } = 1024;

    /// <summary>Watches open on one stream.</summary>
    public int WatchesPerStream { get; init; } = 100_000;

    /// <summary>Requests read ahead on one watch stream; past it the client is held back by flow control.</summary>
    public int WatchInbox { get; init; } = 256;

    /// <summary>
    /// About how much one watch response carries; a single revision may be larger. A client that does not read lets one such response and <see cref="StreamSendBytes"/>
    /// lie for each of its streams, so both are small.
    /// </summary>
    public int WatchBatchBytes { get; init; } = 64 * 1024;

    /// <summary>What may lie encoded and unsent on one stream before its sender waits for the client.</summary>
    public int StreamSendBytes { get; init; } = 64 * 1024;

    /// <summary>A response to a watch with fragment=true is split above this (etcd: request limit plus 512 KiB).</summary>
    public int WatchFragmentBytes => ReceiveBytes;

    /// <summary>Answers of more than a piece that are worked on at any moment: half of the processors are left to small calls, whose time they would else take.</summary>
    public int LargeAnswersAtOnce { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Work on large answers after which they rest while others are there. Timers go by the kernel's tick (4 ms), so that less work would rest far longer than it is meant to.</summary>
    public TimeSpan LargeAnswerWork { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>How many times as long as they worked they rest then. Measured (Hive.Benchmarks): at 1 and at 2 puts beside ten readers still took more than twice as long as alone, at 4 they do not.</summary>
    public int LargeAnswerRest { get; init; } = 4;

    /// <summary>The longest rest: work that seems to have taken longer was mostly a wait for a processor.</summary>
    public TimeSpan LargeAnswerLongestRest { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Others are there when a call came or an entry was applied in so short a time: fifty a second, and large answers leave them their share.</summary>
    public TimeSpan OthersPresence { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>About how much one response of a range stream carries; a single pair may be larger.</summary>
    public int RangeChunkBytes { get; init; } = 512 * 1024;

    /// <summary>Silence after which a watch with progress_notify hears the current revision.</summary>
    public TimeSpan WatchProgressInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Renewals in flight on one keep-alive stream.</summary>
    public int KeepAlivesInFlight { get; init; } = 1024;

    /// <summary>A smaller TTL is raised to this: etcd's ceil(1.5 x election time-out) at its defaults.</summary>
    public long LeaseMinimumSeconds { get; init; } = 2;

    /// <summary>A larger TTL is refused.</summary>
    public long LeaseMaximumSeconds { get; init; } = 9_000_000_000;

    /// <summary>TTL of the lease that Lock and Campaign make when none is given.</summary>
    public long SessionLeaseSeconds { get; init; } = 60;

    /// <summary>Tokens whose reading is remembered, so that not every call pays for it; past it all are forgotten.</summary>
    public int TokensRemembered { get; init; } = 10_000;

    /// <summary>Simple tokens alive at once; past it <c>Authenticate</c> answers "too many requests" until one has ended.</summary>
    public int SimpleTokens { get; init; } = 10_000;

    /// <summary>Bytes of a snapshot in one message (etcd's).</summary>
    public int SnapshotBlobBytes { get; init; } = 32 * 1024;

    /// <summary>About how much of the log one message carries: below what clients take as one message (4 MiB), with the largest entry.</summary>
    public int LogBatchBytes { get; init; } = 1024 * 1024;

    /// <summary>About how much one answer about history, or one message of differences, carries: what does not fit comes in the next.</summary>
    public int TravelBatchBytes { get; init; } = 512 * 1024;

    /// <summary>What a pair counts beside its key and value there.</summary>
    public int TravelItemBytes { get; init; } = 64;

    /// <summary>How long without a leader before streams that asked for one are ended.</summary>
    public TimeSpan LeaderlessPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long calls that come at a stop are still told to go elsewhere, before connections are closed: many round trips, and the pause of a client between two calls.</summary>
    public TimeSpan Farewell { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long <see cref="EtcdFace.DisposeAsync"/> lets open calls end.</summary>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(2);
}
