using Hive.Journal;
using Hive.Queen.Core;
using Hive.Queen.Storage;
using Hive.Raft;
using Hive.Store;

namespace Hive.Simulation.Machines;

/// <summary>A snapshot that arrived from the leader, durable under its final name.</summary>
internal sealed class ReceivedFile(SnapshotInfo file, SnapshotMetadata metadata)
{
    public SnapshotInfo File => file;
    public SnapshotMetadata Metadata => metadata;
    public bool LogReplaced { get; private set; }
    public Action? WhenReplaced { get; set; }

    public void MarkLogReplaced()
    {
        LogReplaced = true;
        WhenReplaced?.Invoke();
    }
}

/// <summary>Writes, sends and receives the snapshots of a member.</summary>
internal sealed class SnapshotPart(SimMember member, SnapshotFiles files)
{
    private readonly Dictionary<LogPosition, ReceivedFile> _received = [];

    public void Write(SnapshotMetadata metadata, StoreSnapshot state) =>
        member.Later(member.DrawDiskLatency() * 10, () =>
        {
            if (member.World.Mutant == Mutant.AppliedIndexSavedApart) state = Mutations.Relabelled(member.Store!.Snapshot(), metadata.Index);
            bool written = TryWrite(metadata, state);
            member.World.Trace.Event("snapshot", member.Id.Value, metadata.Index.Value, written ? 1u : 0);
            member.Put(new QueenInput.SnapshotTaken(written ? metadata : null));
        });

    public List<byte[]>? Read(InstallSnapshot install)
    {
        if (files.Find(new LogPosition(install.Snapshot.Index, install.Snapshot.Term)) is not { } file) return null;
        using var reader = files.Open(file.Path);
        if (reader is null) return null;
        var chunks = new List<byte[]>();
        while (reader.Next() is { } chunk) chunks.Add(chunk.ToArray());
        return reader.IsComplete ? chunks : null;
    }

    public bool Receive(InstallSnapshot install, List<byte[]> chunks)
    {
        var position = new LogPosition(install.Snapshot.Index, install.Snapshot.Term);
        using var writer = files.Begin(position, QueenStorage.EncodeHeader(install.Snapshot));
        if (writer is null) return false;
        foreach (byte[] chunk in chunks)
            if (writer.Write(chunk) != DiskStatus.Ok) return false;
        if (writer.Finish() is not { } file) return false;
        _received[position] = new ReceivedFile(file, install.Snapshot);
        member.Put(new QueenInput.Message(install));
        return true;
    }

    public ReceivedFile TakeReceived(SnapshotMetadata snapshot)
    {
        bool found = _received.Remove(new LogPosition(snapshot.Index, snapshot.Term), out var received);
        Invariant.Check(found, $"snapshot {snapshot.Index} was accepted and never arrived");
        return received!;
    }

    private bool TryWrite(SnapshotMetadata metadata, StoreSnapshot state)
    {
        Invariant.Check(state.AppliedIndex == metadata.Index, $"state at {state.AppliedIndex}, snapshot of {metadata.Index}");
        using var writer = files.Begin(new LogPosition(metadata.Index, metadata.Term), QueenStorage.EncodeHeader(metadata));
        if (writer is null) return false;
        foreach (var chunk in state.Export())
            if (writer.Write(chunk.Span) != DiskStatus.Ok) return false;
        if (writer.Finish() is not { } file) return false;
        files.DeleteOld(file.Position);
        return true;
    }
}
