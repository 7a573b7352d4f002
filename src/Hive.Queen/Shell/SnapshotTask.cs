using Hive.Journal;
using Hive.Queen.Core;
using Hive.Queen.Storage;
using Hive.Raft;
using Hive.Store;

namespace Hive.Queen.Shell;

/// <summary>Writes captured states to snapshot files while the member goes on; one at a time.</summary>
internal sealed class SnapshotTask(SnapshotFiles snapshots, QueenOptions options, Action<QueenInput> report, Action<Exception> fail, CancellationToken stopping)
{
    private Task _running = Task.CompletedTask;

    /// <summary>The newest snapshot on disk.</summary>
    public SnapshotInfo? Newest { get; private set; }

    public Task Running => _running;

    public void Begin(SnapshotMetadata metadata, StoreSnapshot state)
    {
        Invariant.Check(state.AppliedIndex == metadata.Index, $"state at {state.AppliedIndex}, snapshot of {metadata.Index}");
        _running = Task.Run(() => Run(metadata, state));
    }

    private void Run(SnapshotMetadata metadata, StoreSnapshot state)
    {
        try
        {
            SnapshotInfo? written = Write(metadata, state);
            if (written is not null) Newest = written;
            if (!stopping.IsCancellationRequested) report(new QueenInput.SnapshotTaken(written is null ? null : metadata));
        }
        catch (Exception error)
        {
            fail(error);
        }
    }

    private SnapshotInfo? Write(SnapshotMetadata metadata, StoreSnapshot state)
    {
        using SnapshotWriter? writer = snapshots.Begin(new LogPosition(metadata.Index, metadata.Term), QueenStorage.EncodeHeader(metadata));
        if (writer is null) return Full();
        foreach (ReadOnlyMemory<byte> chunk in state.Export())
        {
            if (stopping.IsCancellationRequested) return null;
            if (writer.Write(chunk.Span) != DiskStatus.Ok) return Full();
        }
        SnapshotInfo? finished = writer.Finish();
        if (finished is null) return Full();
        snapshots.DeleteOld(finished.Position);
        options.Log(QueenLogLevel.Information, $"took a snapshot at {metadata.Index}");
        return finished;
    }

    private SnapshotInfo? Full()
    {
        options.Log(QueenLogLevel.Warning, "no room on the disk for a snapshot: the log grows until there is");
        return null;
    }
}
