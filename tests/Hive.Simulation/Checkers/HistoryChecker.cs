using Hive.Queen.Core;
using Hive.Simulation.World;
using Hive.Store;

namespace Hive.Simulation.Checkers;

/// <summary>
/// Strict serializability of what clients saw. The log is the witness order: a write takes effect at its index, a read at the applied index of
/// the snapshot it was answered from. What ended before something began must not come after it; and every answer must be the model's at that place.
/// </summary>
internal sealed class HistoryChecker(CommittedLog log, KeyModel model)
{
    private LogIndex _highestCompleted;

    public long Writes { get; private set; }
    public long Reads { get; private set; }

    /// <summary>An operation begins: all that has completed lies at or below the index returned.</summary>
    public LogIndex Begin() => _highestCompleted;

    /// <summary>A write was acknowledged.</summary>
    public void WriteAcknowledged(LogIndex floor, ProposalHeader header, ApplyResult result)
    {
        Writes++;
        var place = log.PlaceOf(header);
        Violation.Unless(place == result.Index, "no-acknowledged-loss", () => $"{header} was acknowledged at {result.Index}, the log has it at {place}");
        Violation.Unless(result.Index > floor, "strict-serializability", () => $"write at {result.Index} began after {floor} had completed");
        Complete(result.Index);
    }

    /// <summary>A compare-and-put was acknowledged.</summary>
    public void SwapAcknowledged(LogIndex floor, ProposalHeader header, ApplyResult result)
    {
        WriteAcknowledged(floor, header, result);
        bool succeeded = result.Result is TxnResult { Succeeded: true };
        Violation.Unless(succeeded == model.OutcomeAt(result.Index), "transactions-mean-what-they-say", () => $"comparison at {result.Index}: answered {succeeded}");
    }

    /// <summary>A read barrier was answered and the key read from the snapshot.</summary>
    public void ReadAnswered(LogIndex floor, string key, StoreSnapshot snapshot)
    {
        Reads++;
        var at = snapshot.AppliedIndex;
        Violation.Unless(at >= floor, "strict-serializability", () => $"read of {key} at {at} began after {floor} had completed");
        var read = snapshot.Get(System.Text.Encoding.UTF8.GetBytes(key));
        var expected = model.At(key, at);
        string? value = read is null ? null : KeyModel.Text(read.Value);
        bool right = value == expected?.Value && (read is null || read.ModRevision.Value == expected?.Revision);
        Violation.Unless(right, "reads-see-the-state", () => $"{key} at {at}: read {value} of {read?.ModRevision}, is {expected}");
        Complete(at);
    }

    private void Complete(LogIndex index)
    {
        if (index > _highestCompleted) _highestCompleted = index;
    }
}
