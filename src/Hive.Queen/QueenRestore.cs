using System.Buffers;
using Hive.Journal;
using Hive.Queen.Storage;
using Hive.Raft;
using Hive.Store;

namespace Hive.Queen;

/// <summary>
/// Gives a new cluster the state of a backup to be born with: one snapshot, the same on each member, in place of the empty one. The log begins behind it, in
/// a term of its own.
/// </summary>
public static class QueenRestore
{
    /// <summary>
    /// Prepares a state that was read from a backup: its revision goes up to <paramref name="goesOnAt"/> and the history before is compacted, so that no client sees a
    /// revision twice, and watches and lists from before are told.
    /// </summary>
    public static void Advance(KeyValueStore state, Revision goesOnAt)
    {
        var command = new ArrayBufferWriter<byte>();
        CommandCodec.Encode(new AdvanceRevisionCommand(goesOnAt), command);
        state.Apply(state.AppliedIndex.Next, state.AppliedTerm.Next, state.LastStamp, command.WrittenMemory);
    }

    /// <summary>Makes the state durable as what this member begins with. Its directory must hold no other.</summary>
    /// <param name="options">As the member will be started with; <see cref="QueenOptions.InitialMembers"/> are the members of the new cluster.</param>
    /// <exception cref="QueenStartException">There is a state already, or no room.</exception>
    public static void Place(QueenOptions options, StoreSnapshot state)
    {
        if (options.Disk.List("journal").Count > 0 || options.Disk.List("snapshots").Count > 0) throw new QueenStartException("there is a state in this directory already");
        Raft.Membership membership = options.Genesis();
        var snapshots = new SnapshotFiles(options.Disk, new JournalIdentity(options.Cluster, options.Self), options.JournalLimits, options.Faults);
        var position = new LogPosition(state.AppliedIndex, state.AppliedTerm);
        var metadata = new SnapshotMetadata(position.Index, position.Term, state.Stamp, membership);
        SnapshotWriter? writer = snapshots.Prepare() == DiskStatus.Ok ? snapshots.Begin(position, QueenStorage.EncodeHeader(metadata)) : null;
        if (writer is null) throw new QueenStartException("no room on the disk for the state");
        using (writer)
        {
            foreach (ReadOnlyMemory<byte> chunk in state.Export())
            {
                if (writer.Write(chunk.Span) != DiskStatus.Ok) throw new QueenStartException("no room on the disk for the state");
            }
            if (writer.Finish() is null) throw new QueenStartException("no room on the disk for the state");
        }
    }
}
