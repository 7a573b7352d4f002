using System.Buffers;
using System.Collections.Immutable;
using Hive.Journal;
using Hive.Raft;
using Hive.Store;
using Hive.Store.Transfer;

namespace Hive.Queen.Storage;

/// <summary>What a member finds on its disk, ready to go on from: the newest snapshot is in the store, and the journal begins where it may.</summary>
internal sealed class QueenStorage : IDisposable
{
    private QueenStorage(Journal.Journal journal, SnapshotFiles snapshots, SnapshotInfo newest, SnapshotMetadata metadata, KeyValueStore store)
    {
        (Journal, Snapshots, Newest, Metadata, Store) = (journal, snapshots, newest, metadata, store);
    }

    public Journal.Journal Journal { get; }
    public SnapshotFiles Snapshots { get; }
    public SnapshotInfo Newest { get; }
    public SnapshotMetadata Metadata { get; }
    public KeyValueStore Store { get; }

    /// <exception cref="QueenStartException">What is there is not this member's, or is damaged beyond what the log can make good.</exception>
    public static QueenStorage Open(QueenOptions options, Raft.Membership genesis)
    {
        var identity = new JournalIdentity(options.Cluster, options.Self);
        var snapshots = new SnapshotFiles(options.Disk, identity, options.JournalLimits, options.Faults);
        if (snapshots.Prepare() != DiskStatus.Ok) throw new QueenStartException("no room on the disk to start", isForNow: true);
        JournalOpening opening = Hive.Journal.Journal.Open(options.Disk, identity, options.JournalLimits, options.Faults);
        if (opening.Journal is not { } journal) throw new QueenStartException($"the journal cannot be opened ({opening.Code}): {opening.Detail}", isForNow: opening.Code == JournalOpenCode.NoSpace);
        try
        {
            Report(options, opening);
            var damaged = new List<string>();
            SnapshotInfo? newest = snapshots.FindNewest(damaged);
            foreach (string name in damaged) options.Log(QueenLogLevel.Error, $"snapshot {name} does not verify and is not used");
            if (newest is null && !opening.Existed && damaged.Count == 0) newest = WriteBirth(snapshots, genesis);
            if (newest is null) throw new QueenStartException("there is a journal but no whole snapshot that it goes on from: remove this member from the cluster and add it anew");
            if (!RaftCodec.TryReadSnapshotMetadata(newest.Header, out SnapshotMetadata? metadata))
            {
                throw new QueenStartException($"the head of {newest.Path} is not readable by this version");
            }
            if (journal.LogStart.Index > newest.Position.Index)
            {
                throw new QueenStartException(
                    $"the log begins after {journal.LogStart.Index}, the newest whole snapshot ends at {newest.Position.Index}: what lies between is lost here; remove this member and add it anew");
            }
            var store = new KeyValueStore();
            if (newest.Position.Index > LogIndex.Zero) Load(snapshots, newest, store);
            FinishInstall(journal, newest.Position);
            return new QueenStorage(journal, snapshots, newest, metadata!, store);
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>How consensus is to take part with what this disk has lost of the log, if anything.</summary>
    public RaftOptions WithDamage(RaftOptions options) => Journal.Damage is not { } damage ? options
        : damage.Promise.IsKnown ? options with { PromisedEnd = new EntryId(damage.Promise.End.Index, damage.Promise.End.Term), Acquaintances = FindAcquaintances() }
        : options with { WithholdVotesUntil = damage.To };

    /// <summary>Whoever is a member by any record that can still be read; each as the newest of them says.</summary>
    private ImmutableArray<Member> FindAcquaintances()
    {
        var found = new SortedDictionary<MemberId, Member>();
        foreach (JournalEntry entry in Journal.ReadCopies((byte)EntryKind.Membership))
        {
            if (!RaftCodec.TryReadMembership(entry.Data, out Raft.Membership membership)) continue;
            foreach (Member member in membership.Members) found[member.Id] = member;
        }
        return [.. found.Values];
    }

    public void Dispose() => Journal.Dispose();

    /// <summary>Reads a snapshot file into the state that a store can take over; null when it does not verify.</summary>
    public static StateImport? Read(SnapshotFiles snapshots, SnapshotInfo snapshot)
    {
        using SnapshotReader? reader = snapshots.Open(snapshot.Path);
        if (reader is null) return null;
        var import = new StateImport();
        while (reader.Next() is { } chunk)
        {
            if (!import.Add(chunk)) return null;
        }
        return reader.IsComplete && import.IsComplete ? import : null;
    }

    public static byte[] EncodeHeader(SnapshotMetadata metadata)
    {
        var header = new ArrayBufferWriter<byte>();
        RaftCodec.WriteSnapshotMetadata(metadata, header);
        return header.WrittenSpan.ToArray();
    }

    private static void Load(SnapshotFiles snapshots, SnapshotInfo newest, KeyValueStore store)
    {
        StateImport import = Read(snapshots, newest) ?? throw new QueenStartException($"{newest.Path} does not hold a state that this version can load");
        store.Install(import);
    }

    /// <summary>A received snapshot is durable before the journal says so: a crash between the two is made good here.</summary>
    private static void FinishInstall(Journal.Journal journal, LogPosition snapshot)
    {
        bool held = journal.TermAt(snapshot.Index) is { } term ? term == snapshot.Term : snapshot.Index <= journal.LogStart.Index;
        if (held) return;
        var batch = new JournalBatch();
        batch.Reset(snapshot);
        // The leader's term was not yet durable here when its snapshot was: no vote was given in it, so it can be taken up.
        if (snapshot.Term > journal.HardState.Term) batch.SetHardState(new Journal.HardState(snapshot.Term, MemberId.None));
        if (journal.Write(batch) != DiskStatus.Ok) throw new QueenStartException("no room on the disk to start", isForNow: true);
    }

    private static SnapshotInfo WriteBirth(SnapshotFiles snapshots, Raft.Membership genesis)
    {
        using SnapshotWriter writer = snapshots.Begin(default, EncodeHeader(SnapshotMetadata.Genesis(genesis)))
            ?? throw new QueenStartException("no room on the disk to start", isForNow: true);
        return writer.Finish() ?? throw new QueenStartException("no room on the disk to start", isForNow: true);
    }

    private static void Report(QueenOptions options, JournalOpening opening)
    {
        if (opening.TornBytes > 0)
        {
            options.Log(QueenLogLevel.Information, $"journal: {opening.TornBytes} bytes of an unfinished write were cut from the end");
        }
        if (opening.Damage is { } damage)
        {
            options.Log(QueenLogLevel.Error,
                $"journal: entries {damage.From} to {damage.To} are damaged ({damage.Where}); " + (damage.Promise.IsKnown
                    ? "this member keeps what it promised of them, and does not lead until its peers have sent them again"
                    : "where the log ended is lost too, so this member does not vote until a leader has sent all again"));
        }
    }
}
