using System.Globalization;
using Hive.Client.Etcd;
using Hive.Store;

namespace Hive.Commands.Backup;

/// <summary>Brings an archive up to date with a running cluster.</summary>
/// <param name="longLogBytes">A new chain begins when the log behind a base is longer than this, and than the base twice.</param>
/// <param name="keep">Moments of so long ago can be gone back to; older ones are dropped. Zero keeps all.</param>
internal sealed class Archiver(ArchiveFolder folder, EtcdClient client, long longLogBytes, TimeSpan keep, Action<string> say) : IDisposable
{
    /// <summary>A restore reads base and log: three times what a base alone costs at most, and an archive takes no more than half as much for bases as for the log.</summary>
    private const long LongLogBases = 2;

    private readonly ArchiveClient _log = new(client);
    private ChainWriter? _writer;
    private ClusterId _cluster;

    /// <summary>The revision that the archive reached last; 0 before the first time.</summary>
    public long Reached { get; private set; }

    /// <summary>Once: all that was committed until now, and what has become too old goes.</summary>
    /// <exception cref="EtcdStreamException">The cluster did not answer; what came until then is kept.</exception>
    /// <exception cref="IOException">The folder cannot be written; what is durable stays good.</exception>
    public async Task PullAsync(CancellationToken cancellation)
    {
        try
        {
            await ContinueAsync(cancellation);
            if (_writer!.LogBytes > Math.Max(longLogBytes, LongLogBases * new FileInfo(folder.Chains[^1].Base).Length)) await BeginAsync(cancellation);
            if (keep <= TimeSpan.Zero) return;
            foreach (ArchiveChain dropped in folder.DropBefore(TimeProvider.System.GetUtcNow().UtcDateTime - keep)) say($"dropped {dropped.Name}, which went back to revision {dropped.Start.Revision}");
        }
        catch
        {
            // Opened anew next time, when what a failed write left behind is cut.
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _writer = null;
    }

    private async Task ContinueAsync(CancellationToken cancellation)
    {
        if (_writer is null)
        {
            _cluster = new ClusterId(await _log.ClusterAsync(cancellation));
            string problem = "";
            if (folder.Chains is [.., var newest]) _writer = ChainWriter.Open(newest, _cluster, out problem);
            if (problem.Length > 0 && _writer is null) say($"{problem}: it stays as it is");
        }
        if (_writer is null)
        {
            await BeginAsync(cancellation);
            return;
        }
        try
        {
            await AppendAsync(_writer, cancellation);
        }
        catch (EtcdStreamException broken) when (broken.Code is ArchiveClient.Gone or ArchiveClient.Differs)
        {
            say($"behind entry {_writer.Last.Index}: {broken.Message}");
            say("revisions between there and the new base cannot be restored to");
            Dispose();
            await BeginAsync(cancellation);
        }
    }

    private async Task AppendAsync(ChainWriter writer, CancellationToken cancellation)
    {
        await foreach (LogPart part in _log.LogAsync(writer.Last.Index.Value, writer.Last.Term.Value, cancellation))
        {
            writer.Append(part.Records);
            Reached = part.Revision;
        }
    }

    /// <summary>A snapshot becomes the base of a new chain; the one before reaches up to it, so that nothing is missing between them.</summary>
    private async Task BeginAsync(CancellationToken cancellation)
    {
        string place = folder.Prepare(), file = Path.Combine(place, ArchiveChain.BaseName);
        KeyValueStore state = await SnapshotCommands.SaveToAsync(client, file, cancellation);
        if (_writer is not null) await AppendAsync(_writer, cancellation);
        var start = new ChainStart(
            _cluster.Value.ToString("x16", CultureInfo.InvariantCulture), state.Revision.Value, state.AppliedIndex.Value, state.AppliedTerm.Value, state.LastStamp.Wall.ToDateTime());
        ArchiveChain chain = folder.Begin(place, start, _cluster);
        _writer?.Dispose();
        _writer = ChainWriter.Open(chain, _cluster, out string problem) ?? throw new IOException(problem);
        Reached = Math.Max(Reached, start.Revision);
        say($"{chain.Name} begins with revision {start.Revision} ({new FileInfo(chain.Base).Length} bytes)");
        await AppendAsync(_writer, cancellation);
    }
}
